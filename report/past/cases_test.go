package past_test

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"tocsin/backtest"
	"tocsin/evaluator"
	"tocsin/notifier"
	"tocsin/rules"
)

// hour is an instant so many hours after the begin of the week.
func hour(h float64) model.Time {
	return at(weekBegin).Add(time.Duration(h * float64(time.Hour)))
}

// made is a result with these rules.
func made(all ...*backtest.RuleResult) *backtest.Result {
	r := &backtest.Result{From: at(weekBegin), Until: at(weekEnd), Rules: all}
	for _, rr := range all {
		for _, e := range rr.Episodes {
			r.Notifications = append(r.Notifications, backtest.Notification{
				At: e.Start, Receiver: "web", Kind: "slack", Reason: notifier.ReasonFirst, Level: e.Worst, Group: labels.EmptyLabels(),
				Alerts: []backtest.Entry{{Rule: rr.Rule.Key, Name: rr.Rule.Alert, Labels: e.Labels, News: notifier.New, Level: e.Worst, Episode: e.ID}},
				Night:  backtest.Night(e.Start.Time().UTC()),
			})
		}
	}
	return r
}

// threshold is a rule that warns above 1.
func threshold(name string, episodes ...*backtest.Episode) *backtest.RuleResult {
	warn := rules.LevelRule{Threshold: rules.Threshold{Side: rules.Above, High: 1, ClearHigh: 0.8}}
	rr := &backtest.RuleResult{
		Rule:          &rules.Rule{Key: "g/" + name, Revision: "1", Alert: name, Group: "g", File: "rules.yaml", Line: 3, Expr: "x", Levels: rules.Levels{Warn: &warn}},
		Notifications: len(episodes), Receivers: map[string]int{}, Episodes: episodes, Series: 1,
		Chart: backtest.Chart{From: at(weekBegin), Step: 21 * time.Minute},
	}
	if len(episodes) > 0 {
		rr.Receivers["web"] = len(episodes)
	}
	for i := range 480 {
		rr.Chart.Low, rr.Chart.High = append(rr.Chart.Low, 0.2), append(rr.Chart.High, 0.4+0.001*float64(i))
	}
	return rr
}

// episode is one that lasts so many hours.
func episode(id string, start, hours float64, pairs ...string) *backtest.Episode {
	e := &backtest.Episode{
		ID: id, Labels: labels.FromStrings(append([]string{"alertname", "A"}, pairs...)...), Series: labels.FromStrings(pairs...),
		Start: hour(start), End: hour(start + hours), Worst: rules.Warn, Peak: 1.5, Side: rules.Above, Reason: evaluator.Recovered,
	}
	e.Spans = []backtest.Span{{Level: rules.Warn, From: e.Start, Until: e.End}}
	return e
}

// hostiles are labels that try to be something else, wherever they are written.
func hostiles() []string {
	return []string{
		"</code></summary></details><script>alert(1)</script>",
		`"><img src=x onerror=alert(1)>`,
		"| cell | @octocat #1 :tada: ![i](https://evil.example/i.png) [l](https://evil.example) https://evil.example www.evil.example a@evil.example",
		"```\n# heading\n````\n**bold** _i_ ~~s~~ `c` $x$ <!-- \\| -->",
		"\x1b[2J\x1b]0;title\x07\r\n::error::x\u202egnp.exe",
		strings.Repeat("long|", 400),
		"{{.Secret}} {{ template }}",
		"\xff\xfe",
	}
}

// hostile is a result in which everything that comes from outside is hostile.
func hostile() *backtest.Result {
	var all []*backtest.RuleResult
	for n, text := range hostiles() {
		rr := threshold(text, episode(fmt.Sprint("h", n), float64(n), 2, "x", text))
		rr.Rule.Group, rr.Rule.File, rr.Rule.Expr, rr.Rule.Unit = text, text, text, rules.Unit(text)
		rr.Messages, rr.Problems, rr.Receivers = []string{text}, []string{text}, map[string]int{text: 1}
		rr.Chart = backtest.Chart{}
		all = append(all, rr)
	}
	r := made(all...)
	for i := range r.Notifications {
		r.Notifications[i].Receiver = hostiles()[i]
	}
	r.Incomplete = hostiles()
	for _, text := range hostiles() {
		r.Incidents = append(r.Incidents, backtest.Caught{Incident: rules.Incident{Name: text, From: hour(1), Until: hour(2)}, At: hour(1.5), Alert: text})
	}
	return r
}

// storm is a result with hundreds of rules, of which one has so many episodes.
func storm(most int) *backtest.Result {
	var all []*backtest.RuleResult
	for n := range 300 {
		rr := threshold(fmt.Sprintf("Rule%03d", n))
		for k := range most / (n + 1) {
			rr.Episodes = append(rr.Episodes, episode(fmt.Sprintf("e%d-%d", n, k), float64(k)*0.03, 0.02, "instance", fmt.Sprint("i", k%50)))
		}
		rr.Notifications = len(rr.Episodes)
		rr.Receivers[fmt.Sprintf("team-%02d", n%70)] = len(rr.Episodes)
		rr.Messages = []string{strings.Repeat("a line of a message\n", 200)}
		all = append(all, rr)
	}
	r := made(all...)
	for i := range r.Notifications {
		r.Notifications[i].Receiver = fmt.Sprintf("team-%02d", i%70)
	}
	return r
}

// short is a result that was cut short, with an episode that goes on and a value
// that is none.
func short() *backtest.Result {
	open := episode("open", 20, 0, "route", "/a")
	open.End, open.Reason, open.Spans = 0, "", []backtest.Span{{Level: rules.Warn, From: open.Start, Until: hour(22)}, {Level: rules.Error, From: hour(22)}}
	open.Worst, open.Flap, open.Peak = rules.Error, true, math.Inf(1)
	none := episode("none", 2, 1)
	none.Peak, none.Reason = math.NaN(), evaluator.ReasonNoData
	old := episode("old", -5, 6, "route", "/b")
	rr := threshold("Latency", none, open)
	rr.Carried, rr.Flaps, rr.Refires = []*backtest.Episode{old}, 1, 1
	rr.Warn, rr.Error, rr.Longest = 6*time.Hour, 2*time.Hour, 4*time.Hour
	rr.Problems = []string{"the query failed: execution: too many samples"}
	for i := range rr.Chart.High {
		if i > 100 && i < 140 {
			rr.Chart.Low[i], rr.Chart.High[i] = math.NaN(), math.NaN()
		}
	}
	rr.Chart.High[60], rr.Chart.Low[61] = math.Inf(1), math.Inf(-1)
	r := made(rr)
	r.Until = hour(24)
	r.Incomplete = []string{"the run ended at 2026-10-20T00:00:00Z: the budget of 20 queries is used up"}
	return r
}

// nothing is a result that was cut short before it began.
func nothing() *backtest.Result {
	r := made(threshold("Latency"))
	r.Until = r.From
	r.Incomplete = []string{"the run ended at 2026-10-19T00:00:00Z: the source is down"}
	return r
}

// results are those that each form is looked at with.
func results() map[string]func() *backtest.Result {
	return map[string]func() *backtest.Result{
		"empty":   func() *backtest.Result { return made() },
		"quiet":   func() *backtest.Result { return made(threshold("Calm"), threshold("Silent")) },
		"short":   short,
		"nothing": nothing,
		"hostile": hostile,
	}
}

// differences are those that each form is looked at with.
func differences() map[string]func() *backtest.Difference {
	return map[string]func() *backtest.Difference{
		"diff-empty": func() *backtest.Difference { return backtest.Subtract(made(), made()) },
		"diff-same": func() *backtest.Difference {
			return backtest.Subtract(made(threshold("A", episode("a", 3, 1))), made(threshold("A", episode("a", 3, 1))))
		},
		"diff-short":   func() *backtest.Difference { return backtest.Subtract(made(threshold("Latency")), short()) },
		"diff-hostile": func() *backtest.Difference { return backtest.Subtract(made(), hostile()) },
	}
}
