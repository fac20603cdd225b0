package check

import (
	"path/filepath"
	"slices"
	"strings"
	"time"

	"tocsin/check/lint"
	"tocsin/rules"
	"tocsin/rules/file"
)

// A Report is the outcome of a check.
type Report struct {
	Problems []rules.Problem // sorted by place
	Rules    []*rules.Rule   // those without mistakes
	Files    []string        // all that were read, sorted

	options  Options
	configs  int // how many there were
	subjects []Subject
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

// Options say what to check.
type Options struct {
	Files file.Files
	// Names are configs, which are checked with all that they name, and rule files. A
	// name is a config unless the file has groups.
	Names []string
	// Today is the day by which comments that switch codes off end.
	Today time.Time
	// ScrapeInterval is how often targets are scraped; 0: unknown.
	ScrapeInterval time.Duration
	// Ignore are warnings that nobody wants to see.
	Ignore []file.Code
	// Ask finds what only sources can tell of rules without mistakes; nil: nobody asks.
	Ask func([]Subject) []rules.Problem
}

// A Subject is a rule without mistakes.
type Subject struct {
	file.Written
	// Config is the name of the config that the rule belongs to; empty: it stands alone.
	Config string
	// Limits are those of the config.
	Limits rules.Limits
}

// Run checks files.
func Run(o Options) Report {
	r := Report{options: o}
	var alone []string
	for _, name := range others(o.Names, nil) {
		if isConfig(o.Files, name) {
			r.config(name)
		} else {
			alone = append(alone, name)
		}
	}
	r.ruleFiles(alone)
	if o.Ask != nil {
		r.Problems = append(r.Problems, o.Ask(r.subjects)...)
	}
	slices.Sort(r.Files)
	r.Files = slices.Compact(r.Files)
	r.settle()
	return r
}

// settle leaves out what comments and options switch off.
func (r *Report) settle() {
	file.Sort(r.Problems)
	r.Problems = slices.Compact(r.Problems)
	r.Problems = file.Suppression{
		Read: r.options.Files.Read, Today: r.options.Today, Files: r.Files, Sought: r.sought,
	}.Apply(r.Problems)
	r.Problems = slices.DeleteFunc(r.Problems, func(p rules.Problem) bool {
		return p.Warning && slices.Contains(r.options.Ignore, file.Code(p.Code))
	})
}

// sought reports whether a code was looked for. What sources say differs from day to day,
// so that a comment for it is never useless.
func (r *Report) sought(c file.Code) bool {
	return !strings.HasPrefix(string(c), online) && (r.configs > 0 || c != file.CodeUnrouted)
}

// online begins the codes that only the source can tell.
const online = "T5"

func isConfig(files file.Files, name string) bool {
	src, err := files.Read(name)
	return err == nil && file.IsConfig(src)
}

func (r *Report) config(name string) {
	r.configs++
	loaded, problems := file.Load(file.Options{Files: r.options.Files, ConfigFile: name, Mute: true})
	r.Problems = append(r.Problems, problems...)
	r.Files = append(r.Files, name)
	if loaded != nil {
		r.Files = append(r.Files, loaded.Files...)
		r.Rules = append(r.Rules, loaded.Core.Rules...)
		r.try(loaded, loaded.Core.Rules, loaded.Texts)
		r.lint(loaded.Written, loaded.Core)
		r.subject(name, loaded.Written, loaded.Core.Limits)
	}
}

// others are the names of files that are neither among the known ones nor there twice,
// however they are written.
func others(names, known []string) (out []string) {
	path := func(name string) string {
		if abs, err := filepath.Abs(name); err == nil {
			return abs
		}
		return name
	}
	seen := map[string]bool{}
	for _, name := range known {
		seen[path(name)] = true
	}
	for _, name := range names {
		if p := path(name); !seen[p] {
			seen[p] = true
			out = append(out, name)
		}
	}
	return out
}

// ruleFiles checks the files that no config has named already.
func (r *Report) ruleFiles(names []string) {
	names = others(names, r.Files)
	if len(names) == 0 {
		return
	}
	alone, problems := file.LoadAlone(r.options.Files, names, file.Defaults{})
	r.Problems = append(r.Problems, problems...)
	r.Rules = append(r.Rules, alone.Rules...)
	r.Files = append(r.Files, names...)
	r.try(nil, alone.Rules, alone.Texts)
	r.lint(alone.Written, nil)
	r.subject("", alone.Written, file.DefaultLimits())
}

// subject notes the rules without mistakes.
func (r *Report) subject(config string, written []file.Written, limits rules.Limits) {
	for _, w := range written {
		if w.Expr != nil {
			r.subjects = append(r.subjects, Subject{w, config, limits})
		}
	}
}

// try renders the templates of what was loaded.
func (r *Report) try(l *file.Loaded, all []*rules.Rule, texts []file.Text) {
	t, err := newTrial(l, all)
	if err != nil {
		return // of a file of templates that does not parse, which was reported
	}
	r.Problems = append(r.Problems, t.run(texts)...)
}

// lint looks for what works and is likely not meant; config is nil for rules alone.
func (r *Report) lint(written []file.Written, config *rules.Config) {
	r.Problems = append(r.Problems, lint.Run(lint.Input{
		Rules: written, Config: config, ScrapeInterval: r.options.ScrapeInterval,
	})...)
}
