package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"

	"tocsin/check"
	"tocsin/convert"
	"tocsin/rules"
	"tocsin/rules/file"
)

type convertCommand struct {
	Files      []string `arg:"" help:"Rule files or patterns of them; - is stdin."`
	Write      bool     `help:"Change the files in place."`
	Output     string   `placeholder:"DIR" help:"Write the files to a folder, under their names."`
	Diff       bool     `help:"Print a unified diff in place of the whole text: the default for several files."`
	Check      bool     `help:"Exit with 1 if anything could be converted, and change nothing. With --diff, print it too."`
	Comment    bool     `help:"Put the reason why a rule is kept before it, as a comment."`
	ConfigFile string   `name:"config.file" placeholder:"FILE" help:"Config whose severity_labels hold. Default: warn is warning, error is critical."`

	reportFlags
}

// Help tells what is converted and the exit codes.
func (convertCommand) Help() string {
	return "Rules that compare with a number become threshold rules, and pairs of a warning and an error become one rule, where nothing changes by it. The rest stays as it is, to the byte, and the report says why. docs/convert.md is the manual.\n\n" +
		"The report goes to stderr, and to stdout with --write, --output or --check.\n\n" +
		"Exit codes: 0 done, 1 mistakes in the files (nothing is written then) or, with --check, something to convert, 2 a file can't be read or written."
}

// Run converts all files, or none.
func (c convertCommand) Run(w process) error {
	w.stopSignals() // a file is written whole or not at all
	reports, err := c.asked("text", "json")
	if err != nil {
		return err
	}
	if err := c.contradictions(); err != nil {
		return err
	}
	results, err := c.convert(w)
	if err != nil {
		return err
	}
	if err := c.put(w, results); err != nil {
		return err
	}
	aside := w
	if !c.silent() || c.Diff {
		aside.out = w.err
	}
	for _, r := range reports {
		err := r.write(aside, func(out *bytes.Buffer) error { return convert.Report(out, r.format, results) })
		if err != nil {
			return err
		}
	}
	if c.Check && slices.ContainsFunc(results, convert.Result.Converts) {
		return &exitError{code: exitBad}
	}
	return nil
}

// silent reports whether the text goes elsewhere than to stdout.
func (c convertCommand) silent() bool { return c.Write || c.Output != "" || c.Check }

func (c convertCommand) contradictions() error {
	count := 0
	for _, on := range []bool{c.Write, c.Output != "", c.Diff || c.Check} {
		if on {
			count++
		}
	}
	switch {
	case count > 1:
		return usageError("only one of --write, --output, and --diff or --check")
	case slices.Contains(c.Files, "-") && (len(c.Files) > 1 || c.Write || c.Output != ""):
		return usageError("- is stdin: it is converted alone, and to stdout")
	}
	return nil
}

// convert converts the files; what is wrong with any of them is shown, for all.
func (c convertCommand) convert(w process) ([]convert.Result, error) {
	names, err := c.names()
	if err != nil {
		return nil, err
	}
	opts, err := c.options(w, names)
	if err != nil {
		return nil, err
	}
	var results []convert.Result
	var mistakes []rules.Problem
	texts := map[string][]byte{}
	for _, name := range names {
		src, err := c.read(w, name)
		if err != nil {
			return nil, &exitError{exitUsage, err}
		}
		if name == pipedName {
			name = stdinName
		}
		texts[name] = src
		result, problems := convert.Convert(name, src, opts)
		if result == nil {
			mistakes = append(mistakes, slices.DeleteFunc(problems, func(p rules.Problem) bool { return p.Warning })...)
			continue
		}
		results = append(results, *result)
	}
	if len(mistakes) > 0 {
		return nil, c.refuse(w, mistakes, texts)
	}
	return results, nil
}

// refuse shows what is wrong.
func (c convertCommand) refuse(w process, mistakes []rules.Problem, texts map[string][]byte) error {
	read := func(name string) ([]byte, error) { return texts[name], nil }
	if err := check.Render(w.err, mistakes, read, w.color(w.err)); err != nil {
		return err
	}
	if len(mistakes) == 1 {
		return &exitError{exitBad, errors.New("nothing is converted: there is a mistake")}
	}
	return &exitError{exitBad, fmt.Errorf("nothing is converted: there are %d mistakes", len(mistakes))}
}

// pipedName stands for what is piped in.
const pipedName = "-"

func (c convertCommand) names() ([]string, error) {
	if slices.Contains(c.Files, pipedName) {
		return c.Files, nil
	}
	var all []string
	for _, pattern := range c.Files {
		names, err := filepath.Glob(pattern)
		if err != nil {
			return nil, usageError("%q is no pattern: %v", pattern, err)
		}
		if len(names) == 0 {
			names = []string{pattern}
		}
		for _, name := range names {
			if err := readable(name); err != nil {
				return nil, err
			}
			all = append(all, name)
		}
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}

func (c convertCommand) read(w process, name string) ([]byte, error) {
	if name == pipedName {
		return io.ReadAll(io.LimitReader(w.in, mostPiped))
	}
	return file.Disk{}.Read(name)
}

// options takes from the config how severity and levels belong together.
func (c convertCommand) options(w process, names []string) (convert.Options, error) {
	o := convert.Options{Comment: c.Comment, Severity: rules.SeverityLabels{Warn: "warning", Error: "critical"}}
	if c.ConfigFile == "" {
		return o, nil
	}
	if err := readable(c.ConfigFile); err != nil {
		return o, err
	}
	if slices.Contains(names, pipedName) {
		names = nil
	}
	loaded, problems := file.Load(file.Options{ConfigFile: c.ConfigFile, Rules: names, Mute: true})
	if loaded == nil {
		mistakes := slices.DeleteFunc(problems, func(p rules.Problem) bool { return p.Warning })
		if err := w.showProblems(mistakes); err != nil {
			return o, err
		}
		return o, &exitError{exitBad, refused(problems)}
	}
	o.Defaults, o.Severity = loaded.Defaults, loaded.Core.Severity
	return o, nil
}
