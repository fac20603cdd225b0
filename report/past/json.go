package past

import (
	"encoding/json"
	"math"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"tocsin/backtest"
	"tocsin/rules"
)

func numberOf(v float64) *jsonNumber {
	if math.IsNaN(v) {
		return nil
	}
	n := jsonNumber(v)
	return &n
}

func jsonResult(r *backtest.Result, o Options) (string, error) {
	return encode(jsonReport{backtestSchema, o.jsonRun(r)})
}

func encode(v any) (string, error) {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(v)
	return b.String(), err
}

// instant is RFC 3339 in the zone of the report; nothing for no time.
func (o Options) instant(at model.Time) string {
	if at == 0 {
		return ""
	}
	return at.Time().In(o.zone()).Format("2006-01-02T15:04:05.999Z07:00")
}

func (o Options) jsonRun(r *backtest.Result) jsonRun {
	out := jsonRun{
		From: o.instant(r.From), Until: o.instant(r.Until), Timezone: o.zone().String(),
		Complete: len(r.Incomplete) == 0, Incomplete: r.Incomplete, Totals: o.jsonTotals(r),
		Rules: []jsonRule{}, Notifications: []jsonNotification{}, Queries: r.Queries, Samples: r.Samples,
	}
	for _, rr := range r.Rules {
		out.Rules = append(out.Rules, o.jsonRule(r, rr))
	}
	for i := range r.Incidents {
		out.Incidents = append(out.Incidents, o.jsonIncident(&r.Incidents[i]))
	}
	for i := range r.Notifications {
		out.Notifications = append(out.Notifications, o.jsonNotification(&r.Notifications[i]))
	}
	return out
}

func (o Options) jsonTotals(r *backtest.Result) jsonTotals {
	t := o.totals(r)
	busiest, _ := r.Busiest()
	out := jsonTotals{
		Notifications: t.notifications, Night: t.night, Quiet: r.Quiet, Episodes: t.episodes, Flaps: t.flaps, Refires: t.refires,
		Receivers: map[string]int{}, Days: []jsonDay{}, Busiest: busiest,
		PerDay: math.Round(float64(t.notifications)/max(r.Days(), 1.0/24)*1000) / 1000,
	}
	for _, x := range t.receivers {
		out.Receivers[x.name] = x.count
	}
	for _, d := range t.days {
		out.Days = append(out.Days, jsonDay{d.day.Format(time.DateOnly), d.count, d.night})
	}
	return out
}

func (o Options) jsonRule(r *backtest.Result, rr *backtest.RuleResult) jsonRule {
	out := jsonRule{
		Key: rr.Rule.Key, Alert: rr.Rule.Alert, Group: rr.Rule.Group, File: rr.Rule.File, Line: rr.Rule.Line,
		Revision: rr.Rule.Revision, Source: rr.Rule.Source, Expr: rr.Rule.Expr, Unit: rr.Rule.Unit,
		Thresholds: []jsonLevel{}, Notifications: rr.Notifications, Night: rr.Night, Receivers: rr.Receivers,
		Flaps: rr.Flaps, Refires: rr.Refires, Warn: rr.Warn.Seconds(), Error: rr.Error.Seconds(), Longest: rr.Longest.Seconds(),
		Series: rr.Series, Problems: rr.Problems, Messages: rr.Messages, Episodes: o.jsonEpisodes(r, rr.Episodes), Carried: o.jsonEpisodes(r, rr.Carried),
	}
	if out.Receivers == nil {
		out.Receivers = map[string]int{}
	}
	for _, l := range []rules.Level{rules.Warn, rules.Error} {
		if lr := rr.Rule.Levels.At(l); lr != nil {
			out.Thresholds = append(out.Thresholds, jsonLevel{l, level(rr.Rule, lr)})
		}
	}
	if o.Charts {
		out.Chart = o.jsonChart(rr.Chart)
	}
	return out
}

func (o Options) jsonChart(c backtest.Chart) *jsonChart {
	out := &jsonChart{From: o.instant(c.From), Step: c.Step.Seconds(), Low: []*jsonNumber{}, High: []*jsonNumber{}}
	for i := range c.Low {
		out.Low, out.High = append(out.Low, numberOf(c.Low[i])), append(out.High, numberOf(c.High[i]))
	}
	return out
}

func (o Options) jsonEpisodes(r *backtest.Result, all []*backtest.Episode) []jsonEpisode {
	out := []jsonEpisode{}
	for _, e := range all {
		x := jsonEpisode{
			ID: e.ID, Labels: mapOf(e.Labels), Series: mapOf(e.Series), Start: o.instant(e.Start), End: o.instant(e.End),
			Seconds: e.Lasted(r.Until).Seconds(), Worst: e.Worst, Peak: numberOf(e.Peak), Flap: e.Flap, Reason: string(e.Reason),
			Spans: []jsonSpan{}, Told: []jsonTelling{},
		}
		for _, s := range e.Spans {
			x.Spans = append(x.Spans, jsonSpan{s.Level, o.instant(s.From), o.instant(s.Until)})
		}
		for _, t := range e.Told {
			x.Told = append(x.Told, jsonTelling{o.instant(t.At), t.Receiver, t.Level})
		}
		out = append(out, x)
	}
	return out
}

func (o Options) jsonNotification(n *backtest.Notification) jsonNotification {
	out := jsonNotification{
		At: o.instant(n.At), Receiver: n.Receiver, Kind: n.Kind, Reason: n.Reason, Level: n.Level, Night: n.Night,
		Group: mapOf(n.Group), Alerts: []jsonEntry{}, Hidden: n.Hidden,
	}
	for _, t := range n.Alerts {
		out.Alerts = append(out.Alerts, jsonEntry{t.Rule, t.Name, mapOf(t.Labels), t.News.String(), t.Level, t.Episode})
	}
	return out
}

func (o Options) jsonIncident(c *backtest.Caught) jsonIncident {
	i := jsonIncident{
		Name: c.Incident.Name, From: o.instant(c.Incident.From), Until: o.instant(c.Incident.Until), Missed: c.Missed(),
		Outside: c.Outside, At: o.instant(c.At), Alert: c.Alert, TooLate: o.instant(c.Late),
	}
	if c.At != 0 {
		after := c.After().Seconds()
		i.After = &after
	}
	return i
}

func mapOf(ls labels.Labels) map[string]string {
	m := map[string]string{}
	ls.Range(func(l labels.Label) { m[l.Name] = l.Value })
	return m
}
