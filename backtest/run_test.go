package backtest_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/backtest"
	"tocsin/engine"
	"tocsin/evaluator"
	"tocsin/evaluator/promlocal"
	"tocsin/notifier"
	"tocsin/rules"
	"tocsin/rules/file"
)

// The day that is lived through begins at midnight.
var midnight = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)

func at(after time.Duration) model.Time {
	return model.TimeFromUnixNano(midnight.Add(after).UnixNano())
}

// load is a day of one sample a minute, from an hour before midnight on.
func load(t *testing.T, series string) *promlocal.Source {
	t.Helper()
	source := promlocal.New(promlocal.Options{})
	if err := source.LoadSeries(series, at(-time.Hour), time.Minute); err != nil {
		t.Fatal(err)
	}
	return source
}

// The load of a: high from 01:00 for 20 minutes, from 02:00 for 10, from 23:00 for
// 30. That of b: very high from 12:00 for 15 minutes.
const day = `
load{host="a"} 10x119 90x19 10x39 95x9 10x1249 85x29 10x29
load{host="b"} 10x779 150x14 10x700
`

const config = `
prometheus: http://127.0.0.1:1
rule_files: [rules.yaml]
route:
  receiver: team
  group_by: [alertname, host]
  group_wait: 30s
  group_interval: 1m
  repeat_interval: 12h
  routes: [{matchers: [severity="critical"], receiver: phone}]
receivers:
  - name: team
    email_configs: [{to: a@example.org, from: b@example.org, smarthost: 'mail.example.org:587', send_resolved: true}]
  - name: phone
    webhook_configs: [{url: 'http://127.0.0.1:1/'}]
`

const dayRules = `
groups:
  - name: hosts
    interval: 1m
    rules:
      - alert: Load
        expr: load
        warn: {above: 80, for: 5m}
        error: {above: 120, for: 5m}
`

func loaded(t *testing.T, ruleText string) *rules.Config {
	t.Helper()
	l, problems := file.Load(file.Options{
		Files: file.Memory{"tocsin.yaml": config, "rules.yaml": ruleText}, ConfigFile: "tocsin.yaml", Mute: true,
	})
	if l == nil {
		t.Fatal(problems)
	}
	return l.Core
}

func options(source backtest.Past, all ...*rules.Config) []backtest.Options {
	o := backtest.PagesOptions{Sources: map[string]backtest.Past{"default": source}, Until: at(24 * time.Hour)}
	for _, cfg := range all {
		o.Rules = append(o.Rules, cfg.Rules...)
	}
	pages := backtest.NewPages(o)
	var out []backtest.Options
	for _, cfg := range all {
		out = append(out, backtest.Options{Config: cfg, Pages: pages, Since: at(0), Until: at(24 * time.Hour)})
	}
	return out
}

func run(t *testing.T, o backtest.Options) *backtest.Result {
	t.Helper()
	r, err := backtest.Run(t.Context(), o)
	if err != nil || len(r.Incomplete) > 0 {
		t.Fatal(err, r)
	}
	return r
}

func clock(t model.Time) string { return t.Time().UTC().Format("15:04") }

func TestRunTellsWhatWouldHaveBeenTold(t *testing.T) {
	o := options(load(t, day), loaded(t, dayRules))[0]
	rendered := 0
	o.Render = func(context.Context, notifier.Delivery) string { rendered++; return "text" }
	r := run(t, o)
	var got []string
	for _, n := range r.Notifications {
		got = append(got, fmt.Sprintf("%s %s %s %s %s night=%t", clock(n.At), n.Receiver, n.Level, n.Reason, n.Alerts[0].Labels.Get("host"), n.Night))
	}
	// Raised after five minutes, told half a minute later; resolved as soon as it is over.
	want := []string{
		"01:05 team warn first a night=true",
		"01:20 team ok resolved a night=true",
		"02:05 team warn first a night=true",
		"02:10 team ok resolved a night=true",
		"12:05 phone error first b night=false",
		"12:05 team error first b night=false",
		"12:15 phone ok resolved b night=false",
		"12:15 team ok resolved b night=false",
		"23:05 team warn first a night=true",
		"23:30 team ok resolved a night=true",
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	rr := r.Rules[0]
	if rr.Notifications != 10 || rr.Night != 6 || rr.Receivers["team"] != 8 || rr.Receivers["phone"] != 2 || len(rr.Episodes) != 4 || rr.Refires != 1 || rr.Series != 2 {
		t.Errorf("%+v", rr)
	}
	if rr.Warn != 55*time.Minute || rr.Error != 10*time.Minute || rr.Longest != 25*time.Minute {
		t.Errorf("warn %s, error %s, longest %s", rr.Warn, rr.Error, rr.Longest)
	}
	if rendered != 2 || len(rr.Messages) != 2 {
		t.Errorf("%d messages were rendered, %d are kept", rendered, len(rr.Messages))
	}
	b := rr.Episodes[2]
	if b.Worst != rules.Error || b.Peak != 150 || b.Labels.Get("host") != "b" || len(b.Told) != 2 || b.Lasted(r.Until) != 10*time.Minute {
		t.Errorf("%+v", b)
	}
	if most, from := r.Busiest(); most != 10 || clock(from) != "01:05" {
		t.Errorf("busiest: %d from %s", most, clock(from))
	}
	high := 0.0
	for _, v := range rr.Chart.High {
		high = max(high, v)
	}
	if high != 150 {
		t.Errorf("the chart reaches %v", high)
	}
}

// Of two that walk side by side one is ahead when the run ends: what it alone has
// seen doesn't count, or it would look as if the other were calmer.
func TestACutDifferenceComparesTheSameTime(t *testing.T) {
	rule := strings.ReplaceAll(dayRules, "for: 5m", "for: 1m")
	rule = strings.Replace(rule, "expr: load", "flap: off\n        expr: load + on() group_left() 0 * count(load @ end())", 1) // asked instant by instant
	series := `load{host="a"}` + strings.Repeat(" 10 10 10 90 90 90 90 90 90", 200)
	for cut := 2 * time.Hour; cut < 4*time.Hour; cut += 13 * time.Minute {
		ctx, stop := context.WithCancel(t.Context())
		source := stopping{load(t, series), at(cut), stop}
		o := options(source, loaded(t, rule), loaded(t, rule))
		was, is, err := backtest.Compare(ctx, o[0], o[1])
		if err != nil || len(was.Incomplete) == 0 {
			t.Fatal(err, was)
		}
		if d := backtest.Subtract(was, is); len(d.Rules) > 0 {
			t.Errorf("until %s the same rules differ", clock(was.Until))
		}
		a, b := was.Rules[0], is.Rules[0]
		if was.Until != is.Until || len(was.Notifications) != len(is.Notifications) || a.Notifications != b.Notifications || a.Refires != b.Refires || len(a.Episodes) != len(b.Episodes) {
			t.Errorf("until %s: %d and %d notifications, %d and %d refires, %d and %d episodes", clock(was.Until),
				a.Notifications, b.Notifications, a.Refires, b.Refires, len(a.Episodes), len(b.Episodes))
		}
	}
}

// A stopping source ends the run when it is asked about a time.
type stopping struct {
	*promlocal.Source
	at   model.Time
	stop func()
}

func (s stopping) Ask(ctx context.Context, a engine.Ask) evaluator.Answer {
	if a.At >= s.at {
		s.stop()
	}
	return s.Source.Ask(ctx, a)
}

// A flap is one episode, from its first raise until it is stable.
func TestAFlapIsOneEpisode(t *testing.T) {
	text := strings.ReplaceAll(dayRules, "for: 5m", "for: 1m")
	series := `load{host="a"} 10x119` + strings.Repeat(" 90 90 90 90 10 10 10", 20) + " 10x1300"
	r := run(t, options(load(t, series), loaded(t, text))[0])
	rr := r.Rules[0]
	var got []string
	for _, e := range rr.Episodes {
		got = append(got, fmt.Sprintf("%s-%s %d spans flap=%t %s", clock(e.Start), clock(e.End), len(e.Spans), e.Flap, e.Reason))
	}
	want := []string{ // the fourth raise of an hour begins the flap
		"01:01-01:04 1 spans flap=false recovered", "01:08-01:11 1 spans flap=false recovered",
		"01:15-01:18 1 spans flap=false recovered", "01:22-03:44 17 spans flap=true stable",
	}
	if !slices.Equal(got, want) || rr.Flaps != 1 || rr.Refires != 19 || rr.Warn.Round(time.Minute) != 60*time.Minute {
		t.Errorf("%q\nwant %q, %d flaps, %d refires, %s at warn", got, want, rr.Flaps, rr.Refires, rr.Warn)
	}
}

// Where the source knows nothing, silence is no all-clear.
func TestHistoryThatIsCutShort(t *testing.T) {
	const down = `
groups: [{name: g, rules: [{alert: Down, expr: up == 0}, {alert: Load, expr: load, warn: {above: 80}}]}]
`
	for _, tt := range []struct{ name, series, want string }{
		{"it begins within the period", "up _x300 1x1300", `the history of source "default" begins about 2026-03-02T04:07:30Z: what was before is not known`},
		{"it begins before", "up 1x1600", ""},
		{"it begins within, but a rule found something before", "up _x300 1x1300\nload _x50 1", ""},
		{"a rule has something only later", "up 1x1600\nload _x300 1x1300", ""},
		{"nobody ever says up", "load _x300 1x1300", ""},
		{"there is nothing at all", "other 1", `source "default" knows nothing of the period, not even that it watched`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, err := backtest.Run(t.Context(), options(load(t, tt.series), loaded(t, down))[0])
			if err != nil || strings.Join(r.Incomplete, "; ") != tt.want {
				t.Errorf("%v, %q, want %q", err, r.Incomplete, tt.want)
			}
		})
	}
}

// What is known when somebody interrupts a run is told, and is not all there is.
func TestAnInterruptedRunTellsWhatItKnows(t *testing.T) {
	ctx, stop := context.WithCancelCause(t.Context())
	o := options(load(t, day), loaded(t, dayRules))[0]
	o.Progress = func(now model.Time) {
		if now >= at(12*time.Hour) {
			stop(errors.New("somebody is in a hurry"))
		}
	}
	r, err := backtest.Run(ctx, o)
	if err != nil || len(r.Incomplete) != 1 || !strings.HasSuffix(r.Incomplete[0], ": somebody is in a hurry") {
		t.Fatal(err, r)
	}
	if r.Until < at(11*time.Hour) || r.Until > at(13*time.Hour) || len(r.Notifications) != 8 {
		t.Errorf("%d notifications until %s", len(r.Notifications), clock(r.Until))
	}
}

// What began before the period is not counted, but what ends in it is told, as a
// daemon would have.
func TestWhatBeganBeforeIsCarried(t *testing.T) {
	o := options(load(t, `load{host="a"} 90x89 10x1400`), loaded(t, dayRules))[0]
	r := run(t, o)
	rr := r.Rules[0]
	if len(rr.Episodes) != 0 || len(rr.Carried) != 1 || len(r.Notifications) != 1 || r.Notifications[0].Level != rules.OK {
		t.Errorf("%d episodes, %d carried, %+v", len(rr.Episodes), len(rr.Carried), r.Notifications)
	}
	if rr.Warn.Round(time.Minute) != 30*time.Minute { // the grid is not that of the clock
		t.Errorf("%s of the period at warn", rr.Warn)
	}
}

// What fires since before the longest timer is no news when the period begins, though
// its group waits before it tells: people knew of it.
func TestWhatPeopleKnewIsNoNews(t *testing.T) {
	long := strings.NewReplacer("for: 5m", "for: 3h", "interval: 1m", "interval: 10s").Replace(dayRules)
	o := options(load(t, `load{host="a"} 90x1500`), loaded(t, long))[0]
	o.Since, o.Until = at(6*time.Hour), at(8*time.Hour)
	r := run(t, o)
	if rr := r.Rules[0]; len(rr.Carried) != 1 || len(rr.Episodes) != 0 || len(r.Notifications) != 0 {
		t.Errorf("%d carried, %d episodes, %+v", len(rr.Carried), len(rr.Episodes), r.Notifications)
	}
}

func TestSilencesHold(t *testing.T) {
	o := options(load(t, day), loaded(t, dayRules))[0]
	m, problems := file.LoadIncidents(file.Memory{"i": `incidents: [{from: 2026-03-02T00:00:00Z, until: 2026-03-02T01:00:00Z, match: '{host="a"}'}]`}, "i")
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	o.Silences = []rules.Silence{{ID: "s", Matchers: m[0].Match, StartsAt: at(30 * time.Minute), EndsAt: at(90 * time.Minute)}}
	r := run(t, o)
	if len(r.Notifications) != 8 || clock(r.Notifications[0].At) != "02:05" {
		t.Errorf("%d notifications, the first at %s", len(r.Notifications), clock(r.Notifications[0].At))
	}
}

func TestCompare(t *testing.T) {
	edit := func(old, with string) string {
		if !strings.Contains(dayRules, old) {
			t.Fatalf("%q is not in the rules", old)
		}
		return strings.Replace(dayRules, old, with, 1)
	}
	more := dayRules + "      - alert: More\n        expr: load\n        warn: {above: 140}\n"
	tests := []struct {
		name       string
		base, head string
		want       []string // rules that differ: name, was, is
	}{
		{"the same rules are no difference", dayRules, dayRules, nil},
		{"a text makes none", dayRules, edit("expr: load", "expr: load\n        annotations: {summary: x}"), nil},
		{"a threshold", dayRules, edit("above: 80", "above: 88"), []string{"Load 10 8"}},
		{"a threshold that nothing comes near is edited all the same", dayRules, edit("above: 120", "above: 121"), []string{"Load 10 10"}},
		{"a longer for", dayRules, edit("for: 5m}\n        error", "for: 15m}\n        error"), []string{"Load 10 8"}},
		{"a new rule", dayRules, more, []string{"More 0 2"}},
		{"a rule that is gone", more, dayRules, []string{"More 2 0"}},
		{"another interval", dayRules, edit("interval: 1m", "interval: 5m"), []string{"Load 10 10"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := options(load(t, day), loaded(t, tt.base), loaded(t, tt.head))
			was, is, err := backtest.Compare(t.Context(), o[0], o[1])
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, d := range backtest.Subtract(was, is).Rules {
				before, now := d.Notifications()
				got = append(got, fmt.Sprint(d.Rule().Alert, " ", before, " ", now))
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("differ: %q, want %q", got, tt.want)
			}
		})
	}
}

// A counting source tells how often it was asked.
type counting struct {
	*promlocal.Source
	n *int
}

func (c counting) Range(ctx context.Context, a engine.RangeAsk) (engine.Matrix, error) {
	*c.n++
	return c.Source.Range(ctx, a)
}

func TestCompareAsksOnce(t *testing.T) {
	alone, both := 0, 0
	run(t, options(counting{load(t, day), &alone}, loaded(t, dayRules))[0])
	o := options(counting{load(t, day), &both}, loaded(t, dayRules), loaded(t, strings.Replace(dayRules, "above: 80", "above: 88", 1)))
	if _, _, err := backtest.Compare(t.Context(), o[0], o[1]); err != nil {
		t.Fatal(err)
	}
	if both > alone {
		t.Errorf("%d queries for two, %d for one", both, alone)
	}
}

func TestJudge(t *testing.T) {
	r := run(t, options(load(t, day), loaded(t, dayRules))[0])
	tests := []struct {
		name, incident string
		want           string
	}{
		{"told while it lasts", "{from: 2026-03-02T01:00:00Z, until: 2026-03-02T01:30:00Z}", "at 01:05 by Load"},
		{"soon enough", "{from: 2026-03-02T01:00:00Z, until: 2026-03-02T01:30:00Z, within: 10m}", "at 01:05 by Load"},
		{"too late", "{from: 2026-03-02T01:00:00Z, until: 2026-03-02T01:30:00Z, within: 2m}", "missed, late at 01:05"},
		{"known before it began", "{from: 2026-03-02T01:10:00Z, until: 2026-03-02T01:30:00Z}", "at 01:05 by Load"},
		{"over before it began", "{from: 2026-03-02T01:25:00Z, until: 2026-03-02T01:40:00Z}", "missed"},
		{"a level that is not reached", "{from: 2026-03-02T01:00:00Z, until: 2026-03-02T01:30:00Z, level: error}", "missed"},
		{"a level that is", "{from: 2026-03-02T12:00:00Z, until: 2026-03-02T12:30:00Z, level: error}", "at 12:05 by Load"},
		{"another alert", "{from: 2026-03-02T01:00:00Z, until: 2026-03-02T01:30:00Z, alerts: [Other]}", "missed"},
		{"another label", `{from: 2026-03-02T01:00:00Z, until: 2026-03-02T01:30:00Z, match: 'host="b"'}`, "missed"},
		{"a receiver that is told", "{from: 2026-03-02T12:00:00Z, until: 2026-03-02T12:30:00Z, receiver: phone}", "at 12:05 by Load"},
		{"a receiver that is not", "{from: 2026-03-02T01:00:00Z, until: 2026-03-02T01:30:00Z, receiver: phone}", "missed"},
		{"outside of the period", "{from: 2026-03-01T01:00:00Z, until: 2026-03-01T01:30:00Z}", "outside"},
	}
	for _, tt := range tests {
		all, problems := file.LoadIncidents(file.Memory{"i": "incidents: [" + tt.incident + "]"}, "i")
		if len(problems) > 0 {
			t.Fatal(tt.name, problems)
		}
		r.Judge(all)
		if got := verdict(r.Incidents[0]); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

func verdict(c backtest.Caught) string {
	switch {
	case c.Outside && !c.Missed():
		return "outside"
	case c.Missed() && c.Late != 0:
		return "missed, late at " + clock(c.Late)
	case c.Missed():
		return "missed"
	}
	return "at " + clock(c.At) + " by " + c.Alert
}
