package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// reportFlags say in which formats a command tells what it found, and where.
type reportFlags struct {
	Report []string `name:"report" sep:"none" placeholder:"FORMAT[=PATH]" help:"Form of the report, and the file to write it to (default: text to stdout). May be repeated: --report text --report json=out.json."`
}

// An asked report has a format and goes to a file, or to stdout.
type asked struct{ format, path string }

// asked returns the reports that are asked for: text on stdout unless flags say
// otherwise.
func (f reportFlags) asked(formats ...string) ([]asked, error) {
	if len(f.Report) == 0 {
		return []asked{{format: "text"}}, nil
	}
	var all []asked
	paths := map[string]bool{}
	for _, text := range f.Report {
		format, path, _ := strings.Cut(text, "=")
		if !slices.Contains(formats, format) {
			return nil, usageError("--report: %q is none of the formats %s", format, strings.Join(formats, ", "))
		}
		if paths[path] {
			return nil, usageError("--report: two reports go to %s: give one a file, as in --report %s=report.%s", placeOf(path), format, format)
		}
		if info, err := os.Stat(filepath.Dir(path)); path != "" && (err != nil || !info.IsDir()) {
			return nil, usageError("--report: %s: there is no such folder", path) // said before the work
		}
		paths[path] = true
		all = append(all, asked{format, path})
	}
	return all, nil
}

func placeOf(path string) string {
	if path == "" {
		return "stdout"
	}
	return path
}

// write hands a report to where it is asked: a file is there whole or not at all.
func (r asked) write(w process, render func(out *bytes.Buffer) error) error {
	var out bytes.Buffer
	if err := render(&out); err != nil {
		return err
	}
	if r.path == "" {
		_, err := w.out.Write(out.Bytes())
		return err
	}
	if err := os.WriteFile(r.path, out.Bytes(), 0o644); err != nil { //nolint:gosec // a report is for others to read
		return &exitError{exitUsage, fmt.Errorf("--report: %w", err)}
	}
	return nil
}
