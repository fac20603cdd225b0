package main

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/backtest"
	"tocsin/engine"
	"tocsin/engine/replay"
	"tocsin/evaluator"
	"tocsin/notifier/message"
	"tocsin/rules"
	"tocsin/rules/file"
)

// once lives through as much of the past as fills the timers, evaluates every
// rule a last time, and prints what is pending and firing.
func once(ctx context.Context, w process, l *file.Loaded, failOn rules.Level) error {
	world, err := connect(l, nil)
	if err != nil {
		return &exitError{exitBad, err}
	}
	defer world.Close()
	now := model.TimeFromUnixNano(time.Now().UnixNano())
	core := engine.New("default")
	begin := now.Add(-replay.Window(l.Core, now))
	past := map[string]backtest.Past{}
	for name, s := range world.Sources {
		past[name] = s.(backtest.Past)
	}
	pages := backtest.NewPages(backtest.PagesOptions{Sources: past, Rules: l.Core.Rules, Until: now, Lenient: true})
	sources := map[string]engine.Source{}
	for name := range world.Sources {
		sources[name] = pages
	}
	ctx, end := pages.Open(ctx)
	defer end()
	_, _ = fmt.Fprintf(w.err, "asking for the last %s of %s\n", model.Duration(now.Sub(begin).Round(time.Second)), count(len(l.Core.Rules), "rule"))
	err = replay.Run(ctx, replay.Options{
		Core: core, Start: begin, End: now, Sources: sources,
		Inputs: []replay.Scheduled{{At: begin, Input: engine.Reloaded{Config: l.Core}}},
	})
	if err != nil {
		return &exitError{exitIncomplete, err}
	}
	o := &outcome{out: w.out, now: now}
	core.Rules(o.rule)
	return o.end(failOn)
}

// An outcome collects what --once found.
type outcome struct {
	out             io.Writer
	now, last       model.Time
	rows            []row
	failing         []string
	rules           int
	worst           rules.Level
	pending, firing int
}

type row struct{ state, name, labels, value, timer string }

func (o *outcome) rule(r engine.RuleStatus) {
	o.rules++
	o.last = max(o.last, r.Status.LastGood)
	if r.Status.Health == evaluator.Stale || r.Status.Health == evaluator.Failing {
		o.failing = append(o.failing, fmt.Sprintf("%s: %s", r.Rule.Alert, r.Status.Error))
	}
	r.Instances(func(i evaluator.Instance) {
		if i.Alert != nil {
			o.fires(r.Rule, i)
			return
		}
		o.waits(r.Rule, i)
	})
}

func (o *outcome) fires(rule *rules.Rule, i evaluator.Instance) {
	if i.Alert.Level == rules.OK && !i.Alert.Flapping {
		return
	}
	o.firing++
	o.worst = max(o.worst, i.Alert.Level)
	since := o.now.Sub(i.Alert.StartsAt).Round(time.Second)
	o.rows = append(o.rows, row{
		i.Alert.Level.String(), i.Alert.Name, message.Pairs(i.Labels.MatchLabels(false, model.AlertNameLabel)), compare(i.Alert.Current, i.Alert.Bound, i.Alert.Side, rule.Unit),
		"for at least " + model.Duration(since).String(),
	})
}

func (o *outcome) waits(rule *rules.Rule, i evaluator.Instance) {
	for _, l := range i.Levels {
		if l.Phase != evaluator.Pending {
			continue
		}
		o.pending++
		timer := fmt.Sprintf("%s of %s", model.Duration(l.Credit.Round(time.Second)), model.Duration(l.Needed))
		if l.Rule.Votes.Of > 0 {
			timer = fmt.Sprintf("%d of %d votes", l.Breached, l.Rule.Votes.Need)
		}
		bound := rules.Number(l.Rule.Threshold.Bound(float64(i.Value)))
		o.rows = append(o.rows, row{
			"pending " + l.Level.String(), rule.Alert, message.Pairs(i.Labels.MatchLabels(false, model.AlertNameLabel)), compare(i.Value, bound, l.Rule.Threshold.Side, rule.Unit), timer,
		})
	}
}

// asOf is the last instant at which a rule was evaluated. Each has its own, up to
// one interval old.
func (o *outcome) asOf() model.Time {
	if o.last == 0 {
		return o.now
	}
	return o.last
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// compare writes a value against its bound, such as 612 ms > 500 ms.
func compare(value, bound rules.Number, side rules.Side, unit rules.Unit) string {
	text := message.Quantity{Float: float64(value), Unit: unit}.String()
	limit := message.Quantity{Float: float64(bound), Unit: unit}.String()
	switch side {
	case rules.Above:
		return text + " > " + limit
	case rules.Below:
		return text + " < " + limit
	case rules.Outside:
		return text + ", bound " + limit
	case rules.Present:
	}
	return text
}

// end prints what was found and turns it into the exit code.
func (o *outcome) end(failOn rules.Level) error {
	t := tabwriter.NewWriter(o.out, 0, 0, 2, ' ', 0)
	for _, r := range o.rows {
		_, _ = fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", r.state, r.name, r.value, r.timer, r.labels)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, f := range o.failing {
		_, _ = fmt.Fprintf(o.out, "no answer  %s\n", f)
	}
	_, err := fmt.Fprintf(o.out, "%s as of %s: %d firing, %d pending, %d without an answer\n",
		count(o.rules, "rule"), o.asOf().Time().UTC().Format(time.RFC3339), o.firing, o.pending, len(o.failing))
	switch {
	case err != nil:
		return err
	case failOn != rules.OK && o.worst >= failOn:
		return &exitError{code: exitBad}
	case len(o.failing) > 0:
		return &exitError{exitIncomplete, fmt.Errorf("a source gave no answer: the picture is incomplete")}
	}
	return nil
}
