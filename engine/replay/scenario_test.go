package replay_test

import (
	"context"
	"fmt"
	"hash/fnv"
	"math"
	"time"

	amlabels "github.com/prometheus/alertmanager/pkg/labels"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"tocsin/engine"
	"tocsin/evaluator"
	"tocsin/notifier"
	"tocsin/rules"
)

// A scenario is a world that answers the same to the same question whoever asks
// it and when: every value, failure and delay is a hash of what was asked.
type scenario struct {
	name   string
	seed   uint64
	lasts  time.Duration
	quiet  bool // nothing fails and nothing is slow
	gates  bool // threads, a budget, mute times, inhibition, a fallback, escalation
	events []event
	acks   []time.Duration // when somebody takes on what fires
}

// An event is a reload, a step of the clock, or another input.
type event struct {
	at     time.Duration // since the start, by a clock that does not step
	reload int           // number of the configuration, from 1
	step   time.Duration
	input  engine.Input
}

// bubbleStart is where the time of every bubble begins.
var bubbleStart = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

func hash(seed uint64, what string) uint64 {
	h := fnv.New64a()
	fmt.Fprint(h, seed, " ", what)
	x := h.Sum64() // FNV alone leaves the low bits poor
	x = (x ^ x>>31) * 0x9e3779b97f4a7c15
	return x ^ x>>29
}

// wall returns a wall clock that steps as the scenario says.
func (sc scenario) wall(began time.Time) func() time.Time {
	return func() time.Time {
		now := time.Now()
		since := now.Sub(began)
		for _, e := range sc.events {
			if e.step != 0 && since >= e.at {
				now = now.Add(e.step)
			}
		}
		return now
	}
}

func (sc scenario) askTakes(a engine.Ask) time.Duration {
	return sc.takes(fmt.Sprint("ask", a.Expr, a.At))
}

func (sc scenario) sendTakes(d notifier.Delivery) time.Duration {
	return sc.takes(fmt.Sprint("send", d.ID, d.Attempt))
}

// takes is mostly short, sometimes long, and now and then for ever.
func (sc scenario) takes(what string) time.Duration {
	h := hash(sc.seed, what)
	switch {
	case sc.quiet:
		return 0
	case h%20 == 0:
		return time.Hour
	case h%5 == 0:
		return time.Duration(h>>8%9000) * time.Millisecond
	}
	return time.Duration(h>>8%300) * time.Millisecond
}

// Ask answers. Failures come by the minute, so that sources go down and come
// back.
func (sc scenario) Ask(_ context.Context, a engine.Ask) evaluator.Answer {
	answer := evaluator.Answer{Parse: parseRaw}
	spell := hash(sc.seed, fmt.Sprint("spell", a.Source, int64(a.At)/600_000))
	one := hash(sc.seed, fmt.Sprint("fault", a.Expr, a.At))
	switch {
	case sc.quiet:
	case spell%5 == 0:
		return evaluator.Answer{Outcome: evaluator.Unavailable, Error: "connection refused"}
	case one%12 == 0:
		return evaluator.Answer{Outcome: evaluator.Execution, Error: "too many samples"}
	case one%12 == 1:
		answer.Outcome, answer.Error = evaluator.Partial, "a store is away"
	}
	for i := range 4 {
		if v, ok := sc.value(a.Expr, i, a.At); ok {
			answer.Samples = append(answer.Samples, evaluator.Sample{Raw: fmt.Sprintf("%s %d", a.Expr, i), Value: v})
		}
	}
	return answer
}

// value goes up and down in spells of some minutes; now and then a series is
// gone or not a number.
func (sc scenario) value(expr string, i int, at model.Time) (float64, bool) {
	spell := 4 * time.Minute
	if sc.quiet {
		spell = 45 * time.Minute // long enough for reminders
	}
	h := hash(sc.seed, fmt.Sprint(expr, i, int64(at)/spell.Milliseconds()))
	values := []float64{20, 30, 40, 65, 75, 85, 95, math.NaN(), math.Inf(1)}
	return values[h%uint64(len(values))], h>>8%10 != 0
}

func parseRaw(raw string) (labels.Labels, error) {
	var expr string
	var i int
	if _, err := fmt.Sscan(raw, &expr, &i); err != nil {
		return labels.EmptyLabels(), err
	}
	return labels.FromStrings("instance", fmt.Sprint("i", i), "job", expr, "team", []string{"web", "db"}[i%2]), nil
}

// Send delivers three attempts of four.
func (sc scenario) Send(_ context.Context, d notifier.Delivery) notifier.Settled {
	s := notifier.Settled{ID: d.ID, Attempt: d.Attempt, Outcome: notifier.Delivered, Handle: "ts " + d.ID}
	if sc.quiet {
		return s
	}
	switch hash(sc.seed, fmt.Sprint("outcome", d.ID, d.Attempt)) % 12 {
	case 0:
		s.Outcome, s.RetryAfter, s.Error = notifier.Refused, 45*time.Second, "429"
	case 1:
		s.Outcome, s.Error = notifier.Unknown, "cut"
	case 2:
		s.Outcome, s.Error = notifier.Rejected, "400"
	case 3:
		s.Left = []string{"someone@example.org"}
	}
	return s
}

// config returns the numbered configuration: others have other thresholds, names
// of receivers and rules.
func (sc scenario) config(n int) *rules.Config {
	cfg := &rules.Config{
		Sources: []rules.Source{
			{Name: "a", Timeout: 10 * time.Second, DownAfter: 5 * time.Minute, Concurrency: 2},
			{Name: "b", Timeout: 5 * time.Second, DownAfter: 2 * time.Minute, Concurrency: 1},
		},
		ExternalLabels: labels.FromStrings("cluster", "eu1"),
		Severity:       rules.SeverityLabels{Warn: "warning", Error: "critical"},
		Limits:         rules.Limits{SeriesPerRule: 100, ActiveAlerts: 1000},
	}
	for i := range 6 {
		if n%3 == 2 && i == 2 {
			continue // removed, and back with the next
		}
		cfg.Rules = append(cfg.Rules, parityRule(i, n))
	}
	cfg.Route, cfg.Receivers = parityRoutes(n)
	if sc.gates {
		addGates(cfg, n)
	}
	return cfg
}

func parityRule(i, n int) *rules.Rule {
	r := &rules.Rule{
		Key: fmt.Sprint("g/r", i), Revision: fmt.Sprint(i, n%2), Alert: fmt.Sprint("R", i), Group: "g",
		PhaseKey: fmt.Sprint("g", i%3), Source: []string{"a", "b"}[i%2], Expr: fmt.Sprint("x", i/2),
		Interval: []time.Duration{15 * time.Second, 20 * time.Second, time.Minute}[i%3],
		Absent:   rules.Absent{After: 5 * time.Minute}, NoData: rules.NoData{After: 10 * time.Minute, Then: rules.ThenWarn},
		Flap: rules.Flap{Raises: 4, Within: time.Hour},
	}
	high := 80 + float64(n%2)*10
	r.Levels = rules.Levels{
		Warn:  &rules.LevelRule{Threshold: rules.Threshold{Side: rules.Above, High: 70, ClearHigh: 60}, For: time.Minute},
		Error: &rules.LevelRule{Threshold: rules.Threshold{Side: rules.Above, High: high, ClearHigh: 70}},
	}
	switch i {
	case 3:
		r.Levels.Error.Votes = rules.Votes{Need: 2, Of: 4}
	case 4:
		r.Levels.Warn.KeepFiringFor = 2 * time.Minute
	case 5:
		r.Kind, r.Levels = rules.PresenceRule, rules.Levels{Warn: &rules.LevelRule{For: 2 * time.Minute}}
		r.Labels = []rules.LabelTemplate{{Name: "severity", Text: "warning"}}
	}
	return r
}

func parityRoutes(n int) (*rules.Route, []rules.Receiver) {
	names := [3]string{"all", "pager", "web"}
	if n%2 == 1 {
		names = [3]string{"everyone", "pager", "website"}
	}
	var receivers []rules.Receiver
	for i, kind := range []string{"slack", "webhook", "email"} {
		in := rules.Integration{Key: kind, Kind: kind, Receiver: names[i], SendResolved: true, Timeout: 10 * time.Second}
		if kind == "slack" {
			in.Lane, in.LaneEvery = "#ops", time.Second
		}
		receivers = append(receivers, rules.Receiver{Name: names[i], Integrations: []rules.Integration{in}})
	}
	route := func(id, receiver, name, value string) *rules.Route {
		r := &rules.Route{
			ID: id, Receiver: receiver, GroupBy: []string{"alertname"}, Continue: true,
			GroupWait: 10 * time.Second, GroupInterval: time.Minute, RepeatInterval: 20 * time.Minute,
		}
		if name != "" {
			r.Matchers = amlabels.Matchers{{Type: amlabels.MatchEqual, Name: name, Value: value}}
		}
		return r
	}
	root := route("{}", names[0], "", "")
	root.Routes = []*rules.Route{
		route(`{}/{severity="critical"}`, names[1], "severity", "critical"),
		route(`{}/{team="web"}`, names[2], "team", "web"),
		route(`{}/{}`, names[0], "", ""),
	}
	return root, receivers
}
