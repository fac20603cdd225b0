package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/common/version"

	"tocsin/check"
	"tocsin/report"
	"tocsin/rules/file"
)

type checkCommand struct {
	Files   []string `arg:"" optional:"" help:"Rule files, configs, folders of them, patterns, or - for standard input. Default: ${configfile} and the rules that it names."`
	Explain string   `placeholder:"CODE" complete:"codes" help:"Say what a code means, why it matters, how to mend it and how to switch it off, by number or name."`
	Strict  bool     `help:"Exit with 1 on warnings too."`
	Ignore  []string `placeholder:"CODE" complete:"warnings" help:"Leave warnings of these codes out. May be repeated."`
	Scrape  string   `name:"scrape-interval" placeholder:"DURATION" help:"How often targets are scraped, to tell ranges that are too short. Default: the interval of the rule, at most 30s."`
	onlineFlags
	sourceFlags
	reportFlags
}

// Help tells the exit codes.
func (checkCommand) Help() string {
	return "Reads files as the daemon would, but expands nothing from the environment and asks no source: it is safe on files of strangers. With --online it asks the source that --prometheus.url names, and no other.\n\n" +
		"A warning is switched off by a comment: # tocsin:ignore T226 reason in words until 2026-12-31\n\n" +
		"Exit codes: 0 clean (warnings too, unless --strict), 1 mistakes, 2 a file can't be opened, 3 a source was down or gave no answer, so that not all was looked at.\n" +
		"Formats: text, json, github, gitlab, sarif."
}

// Run checks the files and shows all that is wrong with them.
func (c checkCommand) Run(ctx context.Context, w process) error {
	if !c.Online {
		w.stopSignals() // there is nothing to end in order
	}
	if c.Explain != "" {
		return c.explain(w)
	}
	reports, err := c.asked(append([]string{"text"}, report.ProblemFormats()...)...)
	if err != nil {
		return err
	}
	o, found, err := c.options(w)
	if err != nil {
		return err
	}
	online, err := c.online(ctx, w, &o)
	if err != nil {
		return err
	}
	// Memory is given back when the process ends, which is soon: collecting it would
	// take a third of the time.
	debug.SetGCPercent(400)
	outcome := checked{check.Run(o), found, online}
	if online.err != nil {
		return online.err
	}
	for _, r := range reports {
		color := r.path == "" && w.color(w.out)
		if err := r.write(w, func(out *bytes.Buffer) error { return outcome.render(r.format, color, out) }); err != nil {
			return err
		}
	}
	short := online.incomplete()
	switch {
	case outcome.Errors() > 0 || (c.Strict && outcome.Warnings() > 0):
		return &exitError{exitBad, short}
	case short != nil:
		return &exitError{exitIncomplete, short}
	}
	return nil
}

func (c checkCommand) options(w process) (check.Options, named, error) {
	o := check.Options{Today: time.Now()}
	if c.Scrape != "" {
		every, err := model.ParseDuration(c.Scrape)
		if err != nil || every == 0 {
			return o, named{}, usageError("--scrape-interval: %q is not a duration such as 15s", c.Scrape)
		}
		o.ScrapeInterval = time.Duration(every)
	}
	for _, word := range c.Ignore {
		e, err := explained(word)
		if err != nil {
			return o, named{}, err
		}
		if !e.Warning {
			return o, named{}, usageError("--ignore: %s is a mistake: only warnings can be left out", e.Code)
		}
		o.Ignore = append(o.Ignore, e.Code)
	}
	found, err := c.named(w)
	o.Files, o.Names = found.files, found.names
	return o, found, err
}

// A checked outcome is what was found in the files that were named.
type checked struct {
	check.Report
	in     named
	online *interview
}

// render writes the outcome in the form that is asked for.
func (c checked) render(format string, color bool, out *bytes.Buffer) error {
	if format == "text" {
		if err := check.Render(out, c.Problems, c.in.files.Read, color); err != nil {
			return err
		}
		_, err := fmt.Fprintln(out, c.in.others()+c.online.summary()+c.Summary())
		return err
	}
	dir, err := os.Getwd()
	if err != nil {
		return fmt.Errorf("folder to name files against: %w", err)
	}
	problems := report.Problems{
		Version: version.Version, Dir: dir, Problems: c.Problems,
		Files: len(c.Files), Checked: len(c.Rules), Read: c.in.files.Read, Incomplete: c.online.gaps(),
	}
	for _, e := range file.Codes() {
		problems.Rules = append(problems.Rules, report.Rule{
			Code: string(e.Code), Name: e.Name, Warning: e.Warning, Text: e.Text, Help: strings.Join(paragraphs(e), "\n\n"),
		})
	}
	return problems.Write(out, format)
}
