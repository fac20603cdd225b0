package main

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/backtest"
	"tocsin/report/past"
	"tocsin/rules"
	"tocsin/rules/file"
)

type tuneCommand struct {
	Rule       string   `arg:"" help:"Name of the alert, or the key of its rule (group/alert)."`
	Files      []string `arg:"" optional:"" help:"A config, or rule files. Default: ${configfile}."`
	ConfigFile string   `name:"config.file" placeholder:"FILE" help:"Config with the routes and receivers, where FILES are rule files."`
	Level      string   `placeholder:"LEVEL" help:"Level to tune: warn or error. Default: the lowest that the rule has."`
	Threshold  []string `placeholder:"VALUE,…" help:"Thresholds to try, in the unit of the rule, in place of those that history suggests."`
	Clear      []string `placeholder:"PERCENT,…" help:"Gaps from the threshold to clear, in percent of it, such as 0,10,25. Default: as far as now."`
	For        []string `placeholder:"DURATION,…" help:"Delays to try."`
	pastFlags
	reportFlags
}

// Help tells what is printed.
func (tuneCommand) Help() string {
	return "Lives through the past with many choices of threshold, clear and for, and prints what each would have cost: episodes, notifications, flips, and of which incidents people would have been told how soon (--require-incidents). Recommends one, and prints the YAML to paste.\n\n" +
		"Exit codes: 0 done, 1 mistakes in the files, or no such rule, 2 a file can't be opened, 3 incomplete."
}

// Run tunes a rule.
func (c tuneCommand) Run(ctx context.Context, w process) error {
	w.saveMemory()
	asked, err := c.asked("text", "json")
	if err != nil {
		return err
	}
	period, err := c.period(time.Now())
	if err != nil {
		return err
	}
	loaded, err := c.loadPast(w, c.ConfigFile, c.Files)
	if err != nil {
		return err
	}
	rule, level, err := c.find(loaded)
	if err != nil {
		return err
	}
	loaded.Core.Rules = []*rules.Rule{rule}
	t, err := c.tune(ctx, w, loaded, backtest.Tuning{Rule: rule, Level: level}, period)
	if err != nil {
		return err
	}
	for _, a := range asked {
		if err := a.write(w, func(out *bytes.Buffer) error { return past.WriteTuning(a.format, out, t) }); err != nil {
			return err
		}
	}
	return incomplete(t.Trials[0].Result)
}

// find finds the rule and the level that is tuned.
func (c tuneCommand) find(l *file.Loaded) (*rules.Rule, rules.Level, error) {
	var found []*rules.Rule
	var names []string
	for _, r := range l.Core.Rules {
		names = append(names, r.Alert)
		if r.Alert == c.Rule || r.Key == c.Rule {
			found = append(found, r)
		}
	}
	switch {
	case len(found) == 0:
		return nil, 0, &exitError{exitBad, fmt.Errorf("there is no rule %q%s", c.Rule, didYouMean(c.Rule, names))}
	case len(found) > 1:
		return nil, 0, usageError("%d rules are called %s: name one by its key, such as %s", len(found), c.Rule, found[0].Key)
	case found[0].Kind == rules.PresenceRule:
		return nil, 0, &exitError{exitBad, fmt.Errorf("%s compares within its expression, so that the value is not known: `tocsin convert` makes a rule with thresholds of it", c.Rule)}
	}
	level, err := c.level(found[0])
	return found[0], level, err
}

func didYouMean(name string, names []string) string {
	if near := file.Nearest(name, names); near != "" {
		return ": did you mean " + near + "?"
	}
	return ""
}

func (c tuneCommand) level(r *rules.Rule) (rules.Level, error) {
	switch {
	case c.Level == "" && r.Levels.Warn != nil:
		return rules.Warn, nil
	case c.Level == "":
		return rules.Error, nil
	}
	level, err := rules.ParseLevel(c.Level)
	if err != nil || level == rules.OK {
		return level, usageError("--level: %q is not warn or error", c.Level)
	}
	if r.Levels.At(level) == nil {
		return level, usageError("--level: %s has no level %s", r.Alert, level)
	}
	return level, nil
}

// tune looks at what the rule did, and lives through the choices.
func (c tuneCommand) tune(ctx context.Context, w process, l *file.Loaded, t backtest.Tuning, p period) (_ *past.Tuning, err error) {
	if t.Incidents, err = c.incidents(w); err != nil {
		return nil, err
	}
	result, err := c.run(ctx, w, l, p)
	if err != nil {
		return nil, err
	}
	if ctx.Err() != nil {
		return nil, incomplete(result)
	}
	if t.Variants, err = c.variants(t.Rule, t.Level, result.Rules[0].Chart); err != nil {
		return nil, err
	}
	pages, _, err := c.pages(l, l.Core.Rules, p)
	if err != nil {
		return nil, err
	}
	defer context.AfterFunc(ctx, w.stopSignals)()
	bar := w.meter()
	defer bar.end()
	o := c.options(l, pages, p, nil)
	o.Progress = p.progress(bar)
	if o.Silences, err = c.silences(); err != nil {
		return nil, err
	}
	trials, err := backtest.Tune(ctx, o, t)
	if err != nil {
		return nil, err
	}
	return &past.Tuning{Rule: t.Rule, Level: t.Level, Trials: trials, Advice: backtest.Recommend(trials), Write: file.WriteLevel}, nil
}

// variants are those that flags name, or that history suggests.
func (c tuneCommand) variants(r *rules.Rule, level rules.Level, chart backtest.Chart) ([]backtest.Variant, error) {
	if len(c.Threshold)+len(c.Clear)+len(c.For) == 0 {
		return backtest.Variants(r, level, chart), nil
	}
	now := backtest.VariantOf(r, level)
	thresholds, err := c.thresholds(r, now.Threshold)
	if err != nil {
		return nil, err
	}
	delays, err := c.delays(now)
	if err != nil {
		return nil, err
	}
	all := []backtest.Variant{now}
	for _, t := range thresholds {
		cleared, err := c.clears(t)
		if err != nil {
			return nil, err
		}
		for _, t := range cleared {
			for _, v := range delays {
				v.Threshold = t
				if !slices.Contains(all, v) && backtest.Fits(r, level, v) {
					all = append(all, v)
				}
			}
		}
	}
	return all, nil
}

func (c tuneCommand) thresholds(r *rules.Rule, now rules.Threshold) (all []rules.Threshold, err error) {
	if len(c.Threshold) == 0 {
		return []rules.Threshold{now}, nil
	}
	if now.Side == rules.Outside {
		return nil, usageError("--threshold: %s has two bounds (outside), which are not varied: try --clear and --for", r.Alert)
	}
	for _, text := range c.Threshold {
		v, err := file.ParseNumber(text, r.Unit)
		if err != nil {
			return nil, usageError("--threshold: %v", err)
		}
		all = append(all, backtest.Moved(now, v))
	}
	return all, nil
}

func (c tuneCommand) clears(t rules.Threshold) (all []rules.Threshold, err error) {
	if len(c.Clear) == 0 {
		return []rules.Threshold{t}, nil
	}
	for _, text := range c.Clear {
		share, err := file.ParseNumber(text, rules.Percent)
		if err != nil || share < 0 || share > 100 {
			return nil, usageError("--clear: %q is no share of the threshold, such as 10 or 10%%", text)
		}
		all = append(all, backtest.Gap(t, share/100))
	}
	return all, nil
}

func (c tuneCommand) delays(now backtest.Variant) (all []backtest.Variant, err error) {
	if len(c.For) == 0 {
		return []backtest.Variant{now}, nil
	}
	for _, text := range c.For {
		d, err := model.ParseDuration(text)
		if err != nil {
			return nil, usageError("--for: %q is not a duration, such as 5m", text)
		}
		all = append(all, backtest.Variant{For: time.Duration(d)})
	}
	return all, nil
}
