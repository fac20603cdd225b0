package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"time"

	"tocsin/backtest"
	"tocsin/check"
	"tocsin/report/past"
	"tocsin/rules/file"
)

type diffCommand struct {
	Base       string   `arg:"" help:"What there is: a git revision, such as origin/main, or a folder."`
	Head       string   `arg:"" optional:"" default:"." help:"What there is to be, in the same forms. Default: this folder as it is."`
	ConfigFile string   `name:"config.file" placeholder:"FILE" help:"Config, from the top of either tree. Default: ${configfile} if it is there."`
	Rules      []string `name:"rules" sep:"none" placeholder:"PATTERN" help:"Rule files in place of those that the config names; may be repeated. Default without a config: rules/*.yaml and *.yaml."`
	MaxNew     int      `name:"max-new-notifications" default:"-1" placeholder:"N" help:"Exit with 1 if there are more than so many notifications more than before, in the period."`
	pastFlags
	pastReportFlags
}

// Help tells the exit codes.
func (diffCommand) Help() string {
	return "Lives through the past with both versions of the rules, side by side, and tells what a change of them would change: notifications, receivers, episodes. Nothing is sent.\n\n" +
		"Exit codes: 0 done, whatever differs, 1 a gate is exceeded or a file has mistakes, 2 a tree can't be opened, 3 incomplete."
}

// Run compares two trees.
func (c diffCommand) Run(ctx context.Context, w process) error {
	w.saveMemory()
	asked, err := c.asked()
	if err != nil {
		return err
	}
	period, err := c.period(time.Now())
	if err != nil {
		return err
	}
	base, err := c.tree(ctx, w, c.Base)
	if err != nil {
		return err
	}
	head, err := c.tree(ctx, w, c.Head)
	if err != nil {
		return err
	}
	if len(base.Core.Rules)+len(head.Core.Rules) == 0 {
		return noRules(c.Base, c.Head)
	}
	wanted, err := c.incidents(w)
	if err != nil {
		return err
	}
	d, err := c.compare(ctx, w, base, head, period)
	if err != nil {
		return err
	}
	d.Base.Judge(wanted)
	d.Head.Judge(wanted)
	err = c.write(w, asked, period, func(format string, out io.Writer, o past.Options) error {
		return past.WriteDifference(format, out, d, o)
	})
	if err != nil {
		return err
	}
	return c.judge(d.Head, incomplete(d.Base, d.Head), c.tooMany(d)...)
}

// tooMany is the gate of new notifications.
func (c diffCommand) tooMany(d *backtest.Difference) []error {
	more := len(d.Head.Notifications) - len(d.Base.Notifications)
	if c.MaxNew < 0 || more <= c.MaxNew {
		return nil
	}
	return []error{fmt.Errorf("%s more than before, and %d are allowed (--max-new-notifications)", count(more, "notification"), c.MaxNew)}
}

// tree loads one version.
func (c diffCommand) tree(ctx context.Context, w process, name string) (*file.Loaded, error) {
	t, err := openTree(ctx, name)
	if err != nil {
		return nil, err
	}
	config, patterns, err := c.files(t)
	if err != nil {
		return nil, err
	}
	loaded, problems, err := c.readFrom(w, t, config, patterns)
	if err != nil {
		return nil, err
	}
	if err := check.Render(w.err, mistakes(problems), t.Read, w.color(w.err)); err != nil {
		return nil, err
	}
	if loaded == nil {
		return nil, &exitError{exitBad, fmt.Errorf("%s: %w", name, refused(problems))}
	}
	return loaded, c.sourced(loaded)
}

// files says what to read of a tree: its config, or the rule files alone.
func (c diffCommand) files(t tree) (config string, patterns []string, err error) {
	config = c.ConfigFile
	if config == "" {
		config = defaultConfigFile
	}
	_, err = t.Read(config)
	switch {
	case err == nil:
		return config, c.Rules, nil
	case c.ConfigFile != "" || !errors.Is(err, fs.ErrNotExist):
		return "", nil, &exitError{exitUsage, fmt.Errorf("%s: %w", t.name, err)}
	case len(c.Rules) > 0:
		return "", c.Rules, nil
	}
	for _, pattern := range []string{"rules/*.yaml", "rules/*.yml", "*.yaml", "*.yml"} {
		if names, err := t.Glob(pattern); err == nil {
			patterns = append(patterns, names...)
		}
	}
	if patterns = slices.DeleteFunc(patterns, func(name string) bool { return !holdsRules(t, name) }); len(patterns) > 0 {
		return "", patterns, nil
	}
	return "", nil, usageError("%s has neither %s nor rule files: name them with --config.file or --rules", t.name, defaultConfigFile)
}

func holdsRules(t tree, name string) bool {
	src, err := t.Read(name)
	return err == nil && !file.IsConfig(src) && !file.IsOther(src)
}

// allSources are those of the head, and those that only the base has: a source may
// come or go with a change of the rules.
func allSources(base, head []file.SourceConfig) []file.SourceConfig {
	all := slices.Clone(head)
	for _, s := range base {
		if !slices.ContainsFunc(head, func(other file.SourceConfig) bool { return other.Name == s.Name }) {
			all = append(all, s)
		}
	}
	return all
}

// compare lives through the period with both.
func (c diffCommand) compare(ctx context.Context, w process, base, head *file.Loaded, p period) (*backtest.Difference, error) {
	both := *head
	both.Sources = allSources(base.Sources, head.Sources)
	pages, sources, err := c.pages(&both, slices.Concat(base.Core.Rules, head.Core.Rules), p)
	if err != nil {
		return nil, err
	}
	defer context.AfterFunc(ctx, w.stopSignals)()
	bar := w.meter()
	defer bar.end()
	silences, err := c.silences()
	if err != nil {
		return nil, err
	}
	var options [2]backtest.Options
	for i, l := range []*file.Loaded{base, head} {
		render, err := messages(l, sources)
		if err != nil {
			return nil, err
		}
		options[i] = c.options(l, pages, p, render)
		options[i].Silences = silences
	}
	options[0].Progress = p.progress(bar)
	was, is, err := backtest.Compare(ctx, options[0], options[1])
	if err != nil {
		return nil, err
	}
	return backtest.Subtract(was, is), nil
}
