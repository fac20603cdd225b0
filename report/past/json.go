package past

import (
	"encoding/json"
	"math"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"tocsin/backtest"
	"tocsin/notifier"
	"tocsin/rules"
)

// jsonVersion rises when what a program reads is no longer what it was. New fields
// don't raise it.
const jsonVersion = 1

// The JSON form holds everything. docs/backtest.md describes each field, and a test
// sees to that. Durations are in seconds, times are RFC 3339.
type jsonReport struct {
	Version int    `json:"version"`
	Kind    string `json:"kind"` // backtest
	jsonRun
}

type jsonRun struct {
	From          string             `json:"from"`
	Until         string             `json:"until"`
	Timezone      string             `json:"timezone"`
	Complete      bool               `json:"complete"`
	Incomplete    []string           `json:"incomplete,omitempty"`
	Totals        jsonTotals         `json:"totals"`
	Rules         []jsonRule         `json:"rules"`
	Incidents     []jsonIncident     `json:"incidents,omitempty"`
	Notifications []jsonNotification `json:"notifications"`
	Queries       int64              `json:"queries"`
	Samples       int64              `json:"samples"`
}

type jsonTotals struct {
	Notifications int            `json:"notifications"`
	PerDay        float64        `json:"per_day"`
	Busiest       int            `json:"busiest"` // most in 24 hours
	Night         int            `json:"night"`
	Quiet         int            `json:"quiet"`
	Episodes      int            `json:"episodes"`
	Flaps         int            `json:"flaps"`
	Refires       int            `json:"refires"`
	Receivers     map[string]int `json:"receivers"`
	Days          []jsonDay      `json:"days"`
}

type jsonDay struct {
	Date          string `json:"date"`
	Notifications int    `json:"notifications"`
	Night         int    `json:"night"`
}

type jsonRule struct {
	Key           string         `json:"key"`
	Alert         string         `json:"alert"`
	Group         string         `json:"group"`
	File          string         `json:"file"`
	Line          int            `json:"line"`
	Revision      string         `json:"revision"`
	Source        string         `json:"source"`
	Expr          string         `json:"expr"`
	Unit          rules.Unit     `json:"unit,omitempty"`
	Thresholds    []jsonLevel    `json:"thresholds"`
	Notifications int            `json:"notifications"`
	Night         int            `json:"night"`
	Receivers     map[string]int `json:"receivers"`
	Flaps         int            `json:"flaps"`
	Refires       int            `json:"refires"`
	Warn          float64        `json:"warn_seconds"`
	Error         float64        `json:"error_seconds"`
	Longest       float64        `json:"longest_seconds"`
	Series        int            `json:"series"`
	Problems      []string       `json:"problems,omitempty"`
	Messages      []string       `json:"messages,omitempty"`
	Episodes      []jsonEpisode  `json:"episodes"`
	Carried       []jsonEpisode  `json:"carried,omitempty"` // began before the period
	Chart         *jsonChart     `json:"chart,omitempty"`
}

type jsonLevel struct {
	Level rules.Level `json:"level"`
	Text  string      `json:"text"`
}

type jsonEpisode struct {
	ID      string            `json:"id"`
	Labels  map[string]string `json:"labels"`
	Series  map[string]string `json:"series"`
	Start   string            `json:"start"`
	End     string            `json:"end,omitempty"` // none: it goes on
	Seconds float64           `json:"seconds"`
	Worst   rules.Level       `json:"worst"`
	Peak    *jsonNumber       `json:"peak,omitempty"`
	Flap    bool              `json:"flapping,omitempty"`
	Reason  string            `json:"reason,omitempty"`
	Spans   []jsonSpan        `json:"spans"`
	Told    []jsonTelling     `json:"told"`
}

type jsonSpan struct {
	Level rules.Level `json:"level"`
	From  string      `json:"from"`
	Until string      `json:"until,omitempty"`
}

type jsonTelling struct {
	At       string      `json:"at"`
	Receiver string      `json:"receiver"`
	Level    rules.Level `json:"level"`
}

type jsonIncident struct {
	Name    string   `json:"name"`
	From    string   `json:"from"`
	Until   string   `json:"until"`
	Missed  bool     `json:"missed"`
	Outside bool     `json:"outside,omitempty"`
	At      string   `json:"at,omitempty"`
	After   *float64 `json:"after_seconds,omitempty"`
	Alert   string   `json:"alert,omitempty"`
	TooLate string   `json:"too_late,omitempty"`
}

type jsonNotification struct {
	At       string            `json:"at"`
	Receiver string            `json:"receiver"`
	Kind     string            `json:"kind"`
	Reason   notifier.Reason   `json:"reason"`
	Level    rules.Level       `json:"level"`
	Night    bool              `json:"night"`
	Group    map[string]string `json:"group"`
	Alerts   []jsonEntry       `json:"alerts"`
	Hidden   int               `json:"hidden,omitempty"`
}

type jsonEntry struct {
	Rule    string            `json:"rule"`
	Alert   string            `json:"alert"`
	Labels  map[string]string `json:"labels"`
	News    string            `json:"news"`
	Level   rules.Level       `json:"level"`
	Episode string            `json:"episode"`
}

type jsonChart struct {
	From string        `json:"from"`
	Step float64       `json:"step_seconds"`
	Low  []*jsonNumber `json:"low"` // null where there was no value
	High []*jsonNumber `json:"high"`
}

// A jsonNumber is a number, or "+Inf" or "-Inf".
type jsonNumber float64

// MarshalJSON writes infinities as Prometheus does.
func (n jsonNumber) MarshalJSON() ([]byte, error) { return rules.Number(n).MarshalJSON() }

func numberOf(v float64) *jsonNumber {
	if math.IsNaN(v) {
		return nil
	}
	n := jsonNumber(v)
	return &n
}

func jsonResult(r *backtest.Result, o Options) (string, error) {
	return encode(jsonReport{jsonVersion, "backtest", o.jsonRun(r)})
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
