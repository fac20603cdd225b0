package engine_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"sort"
	"strings"
	"time"

	amlabels "github.com/prometheus/alertmanager/pkg/labels"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"tocsin/engine"
	"tocsin/evaluator"
	"tocsin/rules"
)

// A world is the made-up past and future that a simulation's source tells of:
// the value of every series at any time, and when the source fails and how.
type world struct {
	series map[string][]*track // by expression
	faults []fault
	calm   model.Time // from here on nothing changes and nothing fails
}

// A track is a series with its value over time.
type track struct {
	labels labels.Labels
	raw    []string // two spellings that a source may use
	steps  []valueStep
}

type valueStep struct {
	from  model.Time
	value float64
	gone  bool
}

type fault struct {
	from, until model.Time
	outcome     evaluator.Outcome
	expr        string // empty: every query
	empty       bool   // a good answer without samples
}

func newWorld(rng *rand.Rand, start, calm model.Time, exprs []string) *world {
	w := &world{series: map[string][]*track{}, calm: calm}
	for _, expr := range exprs {
		for i := range 1 + rng.IntN(4) {
			w.series[expr] = append(w.series[expr], newTrack(rng, start, calm, expr, i))
		}
	}
	for t := start; t < calm; t = t.Add(time.Duration(rng.IntN(40*60)) * time.Second) {
		w.faults = append(w.faults, newFault(rng, t, calm, exprs))
	}
	return w
}

func newTrack(rng *rand.Rand, start, calm model.Time, expr string, i int) *track {
	ls := labels.FromStrings("instance", fmt.Sprintf("i%d", i), "job", expr[:1], "team", []string{"web", "db"}[i%2])
	t := &track{labels: ls, raw: []string{ls.String(), " " + ls.String()}}
	values := []float64{10, 10, 10, 65, 75, 75, 90, 90, math.NaN(), math.Inf(1)}
	for at := start; at < calm; at = at.Add(time.Duration(20+rng.IntN(900)) * time.Second) {
		s := valueStep{from: at, value: values[rng.IntN(len(values))]}
		s.gone = rng.IntN(8) == 0
		t.steps = append(t.steps, s)
	}
	if rng.IntN(4) == 0 { // a series that flaps
		for at := start; at < calm; at = at.Add(time.Minute) {
			t.steps = append(t.steps, valueStep{from: at, value: values[rng.IntN(8)]})
		}
		sort.SliceStable(t.steps, func(a, b int) bool { return t.steps[a].from < t.steps[b].from })
	}
	return t
}

func newFault(rng *rand.Rand, t, calm model.Time, exprs []string) fault {
	f := fault{from: t, until: min(t.Add(time.Duration(rng.IntN(20*60))*time.Second), calm)}
	f.outcome = []evaluator.Outcome{evaluator.Unavailable, evaluator.Unavailable, evaluator.Partial, evaluator.Execution, evaluator.BadQuery, evaluator.Good}[rng.IntN(6)]
	f.empty = f.outcome == evaluator.Good
	if rng.IntN(2) == 0 {
		f.expr = exprs[rng.IntN(len(exprs))]
	}
	return f
}

func (t *track) at(when model.Time) (valueStep, bool) {
	i := sort.Search(len(t.steps), func(i int) bool { return t.steps[i].from > when })
	if i == 0 {
		return valueStep{}, false
	}
	return t.steps[i-1], !t.steps[i-1].gone
}

// value is what a series of an expression was at a time.
func (w *world) value(expr string, series labels.Labels, when model.Time) (float64, bool) {
	for _, t := range w.series[expr] {
		if labels.Equal(t.labels, series) {
			s, there := t.at(when)
			return s.value, there
		}
	}
	return 0, false
}

// answer is what the source says now to a question about ask.At.
func (w *world) answer(rng *rand.Rand, ask engine.Ask, now model.Time) evaluator.Answer {
	a := evaluator.Answer{Parse: parseSim}
	for _, f := range w.faults {
		if now >= f.from && now < f.until && (f.expr == "" || f.expr == ask.Expr) {
			a.Outcome = f.outcome
			if f.empty {
				return a
			}
		}
	}
	if a.Outcome != evaluator.Good {
		a.Error = "simulated"
	}
	if a.Outcome > evaluator.Partial {
		return a
	}
	for _, t := range w.series[ask.Expr] {
		s, ok := t.at(ask.At)
		if !ok || (a.Outcome == evaluator.Partial && rng.IntN(2) == 0) {
			continue
		}
		a.Samples = append(a.Samples, evaluator.Sample{Raw: t.raw[rng.IntN(8)/7], Value: s.value})
	}
	rng.Shuffle(len(a.Samples), func(i, j int) { a.Samples[i], a.Samples[j] = a.Samples[j], a.Samples[i] })
	return a
}

// shift moves the world with the wall clock.
func (w *world) shift(by time.Duration) {
	w.calm = w.calm.Add(by)
	for i := range w.faults {
		w.faults[i].from, w.faults[i].until = w.faults[i].from.Add(by), w.faults[i].until.Add(by)
	}
	for _, tracks := range w.series {
		for _, t := range tracks {
			for i := range t.steps {
				t.steps[i].from = t.steps[i].from.Add(by)
			}
		}
	}
}

// parseSim reads what labels.Labels.String writes, with a space before it or not.
func parseSim(raw string) (labels.Labels, error) {
	raw = strings.Trim(strings.TrimSpace(raw), "{}")
	b := labels.NewScratchBuilder(4)
	for _, part := range strings.Split(raw, ", ") {
		name, value, ok := strings.Cut(part, "=")
		if !ok {
			return labels.EmptyLabels(), fmt.Errorf("no label in %q", part)
		}
		b.Add(name, strings.Trim(value, `"`))
	}
	b.Sort()
	return b.Labels(), nil
}

// simConfig makes a configuration; a variant changes what a reload may change.
func simConfig(rng *rand.Rand, exprs []string, variant int) *rules.Config {
	c := &rules.Config{
		Sources:  []rules.Source{{Name: "default", Timeout: 10 * time.Second, DownAfter: 5 * time.Minute, Concurrency: 2}},
		Severity: rules.SeverityLabels{Warn: "warning", Error: "critical"},
		Limits:   rules.Limits{SeriesPerRule: 1000, ActiveAlerts: 1000},
	}
	for i, expr := range exprs {
		if variant%4 == 3 && i == 1 {
			continue // a rule is removed, and comes back with the next variant
		}
		c.Rules = append(c.Rules, simRule(i, expr, variant))
	}
	names := []string{"all", "pager", "web"}
	if variant%2 == 1 {
		names = []string{"everyone", "pager", "website"} // renamed: nothing may be sent for it
	}
	if variant%5 == 4 {
		c.ExternalLabels = labels.FromStrings("region", "eu")
	}
	c.Receivers = simReceivers(names)
	c.Route = simRoutes(names)
	_ = rng
	return c
}

func simRule(i int, expr string, variant int) *rules.Rule {
	r := &rules.Rule{
		Key: "g/" + expr, Alert: "Alert" + expr, Group: "g", PhaseKey: fmt.Sprint("g", i%2), Source: "default",
		Expr: expr, Interval: []time.Duration{30 * time.Second, time.Minute}[i%2],
		Absent: rules.Absent{After: 5 * time.Minute}, NoData: rules.NoData{After: 10 * time.Minute, Then: rules.ThenWarn},
		Flap: rules.Flap{Raises: 4, Within: time.Hour},
	}
	warn := &rules.LevelRule{Threshold: rules.Threshold{Side: rules.Above, High: 70, ClearHigh: 60}}
	errs := &rules.LevelRule{Threshold: rules.Threshold{Side: rules.Above, High: 80, ClearHigh: 70}}
	switch i % 4 {
	case 1:
		warn.For, errs.For, warn.KeepFiringFor = 2*time.Minute, time.Minute, 3*time.Minute
	case 2:
		errs.Votes = rules.Votes{Need: 3, Of: 5}
	case 3:
		r.Kind = rules.PresenceRule
		warn = &rules.LevelRule{For: time.Minute}
		errs = nil
		r.Labels = []rules.LabelTemplate{{Name: "severity", Text: "warning"}}
	}
	if variant%3 == 2 && i == 0 {
		errs.Threshold.High, errs.Threshold.ClearHigh = 95, 70
		r.Expr = expr + "2" // the same series with another story
	}
	r.Levels = rules.Levels{Warn: warn, Error: errs}
	recast(r, i%4, variant%5)
	r.Revision = fmt.Sprint(variant, r.Expr)
	return r
}

// recast changes what a rule asks before it fires, and which levels it has.
func recast(r *rules.Rule, kind, variant int) {
	switch {
	case variant == 1 && kind == 1:
		r.Levels.Warn.For, r.Levels.Warn.Votes = 0, rules.Votes{Need: 2, Of: 4}
	case variant == 1 && kind == 2:
		r.Levels.Error.Votes, r.Levels.Error.For = rules.Votes{}, time.Minute
	case variant == 2 && kind == 0:
		r.Levels.Error = nil
	case variant == 3 && kind == 3:
		r.Levels.Warn, r.Levels.Error = nil, r.Levels.Warn
		r.Labels = []rules.LabelTemplate{{Name: "severity", Text: "critical"}}
	case variant == 4:
		r.Annotations = []rules.Annotation{{Name: "summary", Text: "another"}}
	}
}

func simReceivers(names []string) []rules.Receiver {
	kinds := []string{"slack", "webhook", "email"}
	var all []rules.Receiver
	for i, kind := range kinds {
		in := rules.Integration{Key: kind, Kind: kind, Receiver: names[i], SendResolved: true, Timeout: 10 * time.Second}
		if kind == "slack" {
			in.Lane, in.LaneEvery = "#ops", time.Second
		}
		all = append(all, rules.Receiver{Name: names[i], Integrations: []rules.Integration{in}})
	}
	return all
}

func simRoutes(names []string) *rules.Route {
	node := func(id, receiver string, by ...string) *rules.Route {
		return &rules.Route{
			ID: id, Receiver: receiver, GroupBy: by, Continue: true,
			GroupWait: 10 * time.Second, GroupInterval: 2 * time.Minute, RepeatInterval: 2 * time.Hour,
		}
	}
	matcher := func(name, value string) amlabels.Matchers {
		m, err := amlabels.NewMatcher(amlabels.MatchEqual, name, value)
		if err != nil {
			panic(err)
		}
		return amlabels.Matchers{m}
	}
	root := node("{}", names[0], "alertname")
	pager := node(`{}/{severity="critical"}`, names[1], "alertname", "instance")
	pager.Matchers = matcher("severity", "critical")
	web := node(`{}/{team="web"}`, names[2], "job")
	web.Matchers = matcher("team", "web")
	rest := node(`{}/{}`, names[0], "alertname")
	root.Routes = []*rules.Route{pager, web, rest}
	return root
}
