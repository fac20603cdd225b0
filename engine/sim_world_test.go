package engine_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"sort"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"tocsin/engine"
	"tocsin/evaluator"
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
