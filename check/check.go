package check

import (
	"slices"

	"tocsin/rules"
	"tocsin/rules/file"
)

// A Report is the outcome of a check.
type Report struct {
	Problems []rules.Problem // sorted by place
	Rules    []*rules.Rule   // those without mistakes
	Files    []string        // all that were read, sorted
}

// Errors counts the problems that are no warnings.
func (r Report) Errors() int {
	n := 0
	for _, p := range r.Problems {
		if !p.Warning {
			n++
		}
	}
	return n
}

// Warnings counts the warnings.
func (r Report) Warnings() int { return len(r.Problems) - r.Errors() }

// Run checks files by name: configs with all that they name, and rule files on
// their own. A name is a config unless the file has groups.
func Run(files file.Files, names []string) Report {
	var r Report
	var alone []string
	for _, name := range names {
		if isConfig(files, name) {
			r.config(files, name)
		} else {
			alone = append(alone, name)
		}
	}
	r.ruleFiles(files, alone)
	file.Sort(r.Problems)
	r.Problems = slices.Compact(r.Problems)
	slices.Sort(r.Files)
	r.Files = slices.Compact(r.Files)
	return r
}

func isConfig(files file.Files, name string) bool {
	src, err := files.Read(name)
	return err == nil && file.IsConfig(src)
}

func (r *Report) config(files file.Files, name string) {
	loaded, problems := file.Load(file.Options{Files: files, ConfigFile: name, Mute: true})
	r.Problems = append(r.Problems, problems...)
	r.Files = append(r.Files, name)
	if loaded != nil {
		r.Files = append(r.Files, loaded.Files...)
		r.Rules = append(r.Rules, loaded.Core.Rules...)
		r.try(loaded, loaded.Core.Rules, loaded.Texts)
	}
}

// ruleFiles checks the files that no config has named already.
func (r *Report) ruleFiles(files file.Files, names []string) {
	names = slices.DeleteFunc(names, func(n string) bool { return slices.Contains(r.Files, n) })
	if len(names) == 0 {
		return
	}
	all, texts, problems := file.LoadTexts(files, names, file.Defaults{})
	r.Problems = append(r.Problems, problems...)
	r.Rules = append(r.Rules, all...)
	r.Files = append(r.Files, names...)
	r.try(nil, all, texts)
}

// try renders the templates of what was loaded.
func (r *Report) try(l *file.Loaded, all []*rules.Rule, texts []file.Text) {
	t, err := newTrial(l, all)
	if err != nil {
		return // of a file of templates that does not parse, which was reported
	}
	r.Problems = append(r.Problems, t.run(texts)...)
}
