package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"

	"tocsin/check"
	"tocsin/rules/file"
	"tocsin/unittest"
)

type testCommand struct {
	Files       []string `arg:"" help:"Files of unit tests, or patterns of them: promtool's format, and tocsin's own keys."`
	Names       []string `name:"run" sep:"none" placeholder:"REGEXP" help:"Run only tests whose name matches. May be repeated."`
	Trace       bool     `help:"Print each transition of each alert, and each message."`
	Verbose     bool     `short:"v" help:"Name the tests that pass, too."`
	Coverage    bool     `help:"Say which rules, levels and transitions no test reaches."`
	MinCoverage float64  `name:"min-coverage" placeholder:"PERCENT" help:"Exit with 1 if less than that is reached."`
	Update      bool     `help:"Write what is sent into the notifications of tests that say record: true."`
	reportFlags
}

// Help tells the exit codes.
func (testCommand) Help() string {
	return "Runs unit tests of rules, routes and notifications in virtual time. Nothing is expanded from the environment and no source is asked: it is safe on files of strangers.\n\n" +
		"Exit codes: 0 all pass, 1 a test failed, rules are wrong or --min-coverage is not reached, 2 a file can't be opened."
}

// Run runs the tests of all files and shows how they went.
func (c testCommand) Run(ctx context.Context, w process) error {
	names, err := filesOf(c.Files)
	if err != nil {
		return err
	}
	if c.MinCoverage < 0 || c.MinCoverage > 100 {
		return usageError("--min-coverage: %g is no percentage", c.MinCoverage)
	}
	reports, err := c.asked("text", "json", "junit", "github")
	if err != nil {
		return err
	}
	run, err := c.selection()
	if err != nil {
		return err
	}
	o := unittest.Options{Files: file.Disk{}, Run: run, Trace: c.Trace, Update: c.Update}
	results := runAll(ctx, w, names, o)
	if err := ctx.Err(); err != nil {
		return &exitError{exitIncomplete, errors.New("interrupted")}
	}
	if err := c.keep(w, results); err != nil {
		return err
	}
	coverage := unittest.NewCoverage()
	for _, r := range results {
		coverage.Add(r.Coverage)
	}
	for _, r := range reports {
		if err := r.write(w, func(out *bytes.Buffer) error { return c.render(w, out, r, results, coverage) }); err != nil {
			return err
		}
	}
	return c.verdict(results, coverage)
}

func (c testCommand) selection() (*regexp.Regexp, error) {
	if len(c.Names) == 0 {
		return nil, nil //nolint:nilnil // all of them
	}
	re, err := regexp.Compile(strings.Join(c.Names, "|"))
	if err != nil {
		return nil, usageError("--run: %v", err)
	}
	return re, nil
}

// runAll runs files side by side, as many as there are processors. Results come in
// the order of names.
func runAll(ctx context.Context, w process, names []string, o unittest.Options) []*unittest.Result {
	results := make([]*unittest.Result, len(names))
	next := make(chan int)
	meter := w.meter()
	var done int
	var mu sync.Mutex
	var all sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(names)) {
		all.Go(func() {
			for i := range next {
				results[i] = unittest.Run(ctx, names[i], o)
				mu.Lock()
				done++
				meter.show(float64(done)/float64(len(names)), fmt.Sprintf("%d of %s", done, count(len(names), "file")))
				mu.Unlock()
			}
		})
	}
	for i := range names {
		next <- i
	}
	close(next)
	all.Wait()
	meter.end()
	return results
}

// keep writes the files whose recorded notifications have changed.
func (c testCommand) keep(w process, results []*unittest.Result) error {
	if !c.Update {
		return nil
	}
	for _, r := range results {
		if r.Recorded == nil {
			continue
		}
		info, err := os.Stat(r.File)
		if err == nil {
			err = os.WriteFile(r.File, r.Recorded, info.Mode().Perm())
		}
		if err != nil {
			return &exitError{exitUsage, fmt.Errorf("--update: %w", err)}
		}
		_, _ = fmt.Fprintf(w.err, "%s: recorded %s\n", r.File, count(r.Messages, "notification"))
	}
	return nil
}

func (c testCommand) render(w process, out *bytes.Buffer, r asked, results []*unittest.Result, coverage *unittest.Coverage) error {
	switch r.format {
	case "json":
		return unittest.JSON(out, results, c.covered(coverage))
	case "junit":
		return unittest.JUnit(out, results)
	case "github":
		return unittest.GitHub(out, results)
	}
	return c.text(out, w.color(w.out) && r.path == "", results, coverage)
}

// covered is the coverage if it is asked for.
func (c testCommand) covered(coverage *unittest.Coverage) *unittest.Coverage {
	if !c.Coverage && c.MinCoverage == 0 {
		return nil
	}
	return coverage
}

func (c testCommand) text(out *bytes.Buffer, color bool, results []*unittest.Result, coverage *unittest.Coverage) error {
	x := unittest.Text{Out: out, Color: color, Verbose: c.Verbose}
	for _, r := range results {
		if err := check.Render(out, r.Problems, os.ReadFile, color); err != nil {
			return err
		}
		if err := x.File(r); err != nil {
			return err
		}
	}
	if c.covered(coverage) != nil {
		if err := x.Uncovered(coverage); err != nil {
			return err
		}
	}
	return x.Sum(results)
}

// verdict is the exit code.
func (c testCommand) verdict(results []*unittest.Result, coverage *unittest.Coverage) error {
	if percent := coverage.Percent(); percent < c.MinCoverage {
		return &exitError{exitBad, fmt.Errorf("coverage is %.1f%%, less than the %g%% of --min-coverage", percent, c.MinCoverage)}
	}
	if slices.ContainsFunc(results, (*unittest.Result).Failed) {
		return &exitError{code: exitBad}
	}
	return nil
}

// filesOf expands patterns, which a shell may have left alone, into files that can
// be opened.
func filesOf(patterns []string) (all []string, err error) {
	for _, pattern := range patterns {
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
	return all, nil
}
