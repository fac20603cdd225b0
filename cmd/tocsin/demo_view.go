package main

import (
	"context"
	"errors"
	"math"
	"slices"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/demo/page"
	"tocsin/engine"
	"tocsin/evaluator"
	"tocsin/notifier/message"
	"tocsin/notifier/slack/slacktest"
	"tocsin/rules"
)

const (
	shown     = 5 * time.Minute // of the past, in the small charts
	shownStep = 2 * time.Second
	lookFor   = 5 * time.Second // at most, for one view
)

// look makes the view of now.
func (s *stage) look() (page.View, error) {
	ctx, cancel := context.WithTimeout(context.Background(), lookFor)
	defer cancel()
	now := time.Now()
	v := page.View{Now: now, Links: s.links()}
	for _, w := range s.world.Switches() {
		v.Switches = append(v.Switches, page.Switch{Name: string(w.Switch), Label: w.Label, Help: w.Help, On: w.On})
	}
	var statuses []engine.RuleStatus
	instances := map[string][]evaluator.Instance{}
	driver := s.daemon.driver.Load()
	if driver == nil {
		return v, errors.New("the daemon is starting")
	}
	err := driver.Look(ctx, func(core *engine.Core) {
		core.Rules(func(r engine.RuleStatus) {
			statuses = append(statuses, r)
			r.Instances(func(i evaluator.Instance) { instances[r.Rule.Key] = append(instances[r.Rule.Key], i) })
		})
		core.Alerts(func(a evaluator.Alert) {
			if instances[a.Rule] == nil { // about tocsin itself or a source
				v.Alerts = append(v.Alerts, alertRow(a, ""))
			}
		})
	})
	if err != nil {
		return v, err
	}
	for _, r := range statuses {
		v.Rules = append(v.Rules, s.ruleCard(ctx, r.Rule, instances[r.Rule.Key], now))
		for _, i := range instances[r.Rule.Key] {
			v.Alerts = append(v.Alerts, instanceRows(r.Rule, i)...)
		}
	}
	s.sent(&v)
	return v, nil
}

func (s *stage) links() []page.Link {
	return []page.Link{
		{Text: "metrics of the daemon", URL: "http://" + s.daemon.address() + "/metrics"},
		{Text: "the Prometheus API", URL: "http://" + s.prom.address() + "/api/v1/query?query=up"},
	}
}

// sent adds what the catchers took, newest first.
func (s *stage) sent(v *page.View) {
	v.Slack = threads(s.slack.Messages())
	for _, m := range s.mail.Mails() {
		v.Mail = append(v.Mail, page.Mail{At: m.At, Raw: m.Raw})
	}
	slices.Reverse(v.Slack)
	slices.Reverse(v.Mail)
	v.Slack, v.Mail = v.Slack[:min(len(v.Slack), 30)], v.Mail[:min(len(v.Mail), 30)]
}

// threads puts answers below what they answer, and last the message about which
// something was said last.
func threads(all []slacktest.Message) (out []page.SlackMessage) {
	for _, m := range all {
		now := page.SlackMessage{
			At: m.At, TS: m.TS, Channel: m.Channel, Payload: m.Payload, Edited: len(m.Edits) > 0, Shown: m.Broadcast,
		}
		if m.ThreadTS == "" {
			out = append(out, now)
			continue
		}
		n := slices.IndexFunc(out, func(root page.SlackMessage) bool { return root.TS == m.ThreadTS })
		if n < 0 {
			continue
		}
		root := out[n]
		root.Answers = append(root.Answers, now)
		out = append(slices.Delete(out, n, n+1), root)
	}
	return out
}

// ruleCard is a rule with its worst value over the last minutes.
func (s *stage) ruleCard(ctx context.Context, r *rules.Rule, open []evaluator.Instance, now time.Time) page.Rule {
	card := page.Rule{Name: r.Alert, Expr: r.Expr, Level: rules.OK.String(), Value: "no data"}
	level := rules.OK
	for _, i := range open {
		if i.Alert != nil {
			level = max(level, i.Alert.Notify)
		} else if card.Level == rules.OK.String() && slices.ContainsFunc(i.Levels, pending) {
			card.Level = "pending"
		}
	}
	if level > rules.OK {
		card.Level = level.String()
	}
	for _, l := range []rules.Level{rules.Warn, rules.Error} {
		if lr := r.Levels.At(l); lr != nil {
			card.Lines = append(card.Lines, line(l, lr.Threshold))
			card.Bounds = append(card.Bounds, l.String()+" "+boundText(lr.Threshold, r.Unit))
		}
	}
	card.Values = s.worst(ctx, r, now)
	if n := len(card.Values); n > 0 && !math.IsNaN(card.Values[n-1]) {
		card.Value = message.Quantity{Float: card.Values[n-1], Unit: r.Unit}.String()
	}
	return card
}

func pending(l evaluator.LevelStatus) bool { return l.Phase == evaluator.Pending }

func line(l rules.Level, t rules.Threshold) page.Line {
	if t.Side == rules.Below {
		return page.Line{Value: t.Low, Clear: t.ClearLow, Class: l.String()}
	}
	return page.Line{Value: t.High, Clear: t.ClearHigh, Class: l.String()}
}

func boundText(t rules.Threshold, u rules.Unit) string {
	sign, v := ">", t.High
	if t.Side == rules.Below {
		sign, v = "<", t.Low
	}
	return sign + " " + message.Quantity{Float: v, Unit: u}.String()
}

// worst is, at each instant, the value of the series that is nearest to trouble.
func (s *stage) worst(ctx context.Context, r *rules.Rule, now time.Time) []float64 {
	until := model.TimeFromUnixNano(now.UnixNano())
	from := until.Add(-shown)
	m, err := s.source.Range(ctx, engine.RangeAsk{Source: r.Source, Expr: r.Expr, From: from, Until: until, Step: shownStep})
	if err != nil {
		return nil
	}
	values := make([]float64, int(shown/shownStep)+1)
	for i := range values {
		values[i] = math.NaN()
	}
	worse := math.Max
	if r.Levels.Warn != nil && r.Levels.Warn.Threshold.Side == rules.Below {
		worse = math.Min
	}
	for _, series := range m.Series {
		for i, t := range series.Times {
			n := int(t.Sub(from) / shownStep)
			if v := series.Values[i]; math.IsNaN(values[n]) {
				values[n] = v
			} else {
				values[n] = worse(values[n], v)
			}
		}
	}
	return values
}

// instanceRows are the rows of the table for one series: what fires, and what
// waits to.
func instanceRows(r *rules.Rule, i evaluator.Instance) (rows []page.Alert) {
	if i.Alert != nil {
		rows = append(rows, alertRow(*i.Alert, recovering(i)))
	}
	for _, l := range i.Levels {
		if !pending(l) {
			continue
		}
		row := page.Alert{
			Level: l.Level.String(), Phase: "pending", Name: r.Alert, Labels: message.Pairs(i.Labels.MatchLabels(false, model.AlertNameLabel)),
			Value: message.Quantity{Float: float64(i.Value), Unit: r.Unit}.String(),
			Bound: boundText(l.Rule.Threshold, r.Unit), Since: l.Since.Time(),
		}
		row.Waits, row.Progress = progress(l)
		rows = append(rows, row)
	}
	return rows
}

func alertRow(a evaluator.Alert, waits string) page.Alert {
	row := page.Alert{
		Level: a.Notify.String(), Phase: "firing", Name: a.Name, Labels: message.Pairs(a.Labels.MatchLabels(false, model.AlertNameLabel)),
		Since: a.StartsAt.Time(), Waits: waits, Progress: 100,
	}
	switch {
	case a.Reason == evaluator.ReasonNoData || a.Reason == evaluator.ReasonAbsent:
		row.Value = "no data"
	case a.Side != rules.Present:
		row.Value = message.Quantity{Float: float64(a.Current), Unit: a.Unit}.String()
		row.Bound = "threshold " + message.Quantity{Float: float64(a.Bound), Unit: a.Unit}.String()
	}
	return row
}

func recovering(i evaluator.Instance) string {
	for _, l := range i.Levels {
		if l.Phase == evaluator.Recovering {
			return "recovering"
		}
	}
	if i.Alert.Flapping {
		return "flapping"
	}
	return ""
}

func progress(l evaluator.LevelStatus) (waits string, percent int) {
	if l.Rule.Votes.Of > 0 {
		return "votes", 100 * l.Breached / l.Rule.Votes.Need
	}
	if l.Needed <= 0 {
		return "", 0
	}
	return "pending", int(100 * l.Credit / l.Needed)
}
