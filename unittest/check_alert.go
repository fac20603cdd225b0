package unittest

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"tocsin/evaluator"
	"tocsin/rules"
	"tocsin/rules/file"
)

// A described alert is one with its labels and annotations.
type described struct{ labels, annotations map[string]string }

func (d described) equal(o described) bool {
	return maps.Equal(d.labels, o.labels) && maps.Equal(d.annotations, o.annotations)
}

// check compares the alerts that fire with those that are expected.
func (k *ticks) check(ctx context.Context, w *world, c file.AlertCase) {
	k.out.Checks++
	var want, got []described
	for _, e := range c.Alerts {
		d := described{maps.Clone(e.Labels), e.Annotations}
		if d.labels == nil {
			d.labels = map[string]string{}
		}
		d.labels[model.AlertNameLabel] = c.Alert
		want = append(want, d)
	}
	for _, a := range k.called(c.Alert) {
		got = append(got, a.firing(ctx, w)...)
	}
	want, got, same := pair(want, got)
	if len(want) == 0 && len(got) == 0 {
		return
	}
	k.fail(Failure{
		Place: c.Spot, At: span(c.At),
		What:  fmt.Sprintf("%s at %s: expected %s, %s fire", c.Alert, span(c.At), count(len(c.Alerts), "alert"), countNone(same+len(got))),
		Diff:  differences(want, got, same),
		Facts: k.facts(c.Alert),
	})
}

// called are the rules of a name.
func (k *ticks) called(name string) (all []*alert) {
	for _, g := range k.groups {
		for _, a := range g.alerts {
			if a.rule.Alert == name {
				all = append(all, a)
			}
		}
	}
	return all
}

// firing are the alerts of a rule that fire.
func (a *alert) firing(ctx context.Context, w *world) (all []described) {
	a.machine.List(func(i evaluator.Instance) {
		state, level := stateOf(i)
		g := a.seen[i.Series.String()]
		if state != "firing" || g == nil || len(i.Levels) == 0 {
			return
		}
		all = append(all, described{a.labelsAt(i, level).Map(), a.annotations(ctx, w, g)})
	})
	return all
}

// facts say where the alerts of a name stand: values, thresholds, timers.
func (k *ticks) facts(name string) (all []string) {
	for _, a := range k.called(name) {
		n := len(all)
		a.machine.List(func(i evaluator.Instance) {
			if len(i.Levels) > 0 {
				all = append(all, factsOf(a.rule, i)...)
			}
		})
		if s := a.machine.Status(); len(all) == n {
			all = append(all, fmt.Sprintf("%s: no series is pending or firing (%s)", a.rule.Alert, strings.TrimSpace(fmt.Sprint(s.Health, " ", s.Error))))
		}
	}
	return all
}

// factsOf says where one series stands, a line for each of its levels.
func factsOf(r *rules.Rule, i evaluator.Instance) (all []string) {
	for _, l := range i.Levels {
		all = append(all, fmt.Sprintf("%s %s: %s, value %s%s%s",
			nameOf(r.Alert, i.Labels), l.Level, l.Phase, number(float64(i.Value)), threshold(l), timer(l)))
	}
	return all
}

func threshold(l evaluator.LevelStatus) string {
	if l.Rule.Threshold.Side == rules.Present {
		return ""
	}
	return ", " + l.Rule.Threshold.String()
}

func timer(l evaluator.LevelStatus) string {
	switch {
	case l.Phase == evaluator.Pending && l.Rule.Votes.Of > 0:
		return fmt.Sprintf(", %d of %d votes", l.Breached, l.Rule.Votes.Need)
	case l.Phase == evaluator.Pending:
		return fmt.Sprintf(", for %s of %s", span(l.Credit), span(l.Needed))
	case l.Phase == evaluator.Recovering:
		return fmt.Sprintf(", clear for %s of %s", span(l.Credit), span(l.Needed))
	}
	return ""
}

// queries checks promql_expr_test.
func (k *ticks) queries(ctx context.Context, w *world) {
	for _, c := range k.Queries {
		k.out.Checks++
		if f, bad := k.query(ctx, w, c); bad {
			f.Place, f.At = c.Spot, span(c.At)
			k.fail(f)
		}
	}
}

// A sampled series is one sample of a result, as it is compared.
type sampled struct {
	labels    string
	value     float64
	histogram string
}

// seriesName writes labels as expressions do: up{job="a"}.
func seriesName(ls labels.Labels) string {
	name := ls.Get(model.MetricNameLabel)
	rest := ls.MatchLabels(false, model.MetricNameLabel)
	switch {
	case name == "" || !model.LegacyValidation.IsValidMetricName(name):
		return ls.String()
	case rest.IsEmpty():
		return name
	}
	return name + rest.String()
}

func (s sampled) String() string {
	if s.histogram != "" {
		return s.labels + " " + s.histogram
	}
	return s.labels + " " + number(s.value)
}

func (k *ticks) query(ctx context.Context, w *world, c file.QueryCase) (Failure, bool) {
	found, err := w.query(ctx, c.Expr, k.Start.Add(c.At))
	if err != nil {
		return Failure{What: fmt.Sprintf("%s at %s: %v", c.Expr, span(c.At), err)}, true
	}
	var got []sampled
	for _, s := range found {
		x := sampled{labels: seriesName(s.Labels), value: s.Value}
		if s.Histogram != nil {
			x.histogram = s.Histogram.TestExpression()
		}
		got = append(got, x)
	}
	want, err := expected(w, c)
	if err != nil {
		return Failure{What: fmt.Sprintf("%s at %s: %v", c.Expr, span(c.At), err)}, true
	}
	diff, differ := k.compare(want, got)
	return Failure{
		What: fmt.Sprintf("%s at %s: expected %s, got %s", c.Expr, span(c.At), count(len(want), "sample"), countNone(len(got))),
		Diff: diff,
	}, differ
}

// expected reads the samples that are expected.
func expected(w *world, c file.QueryCase) (all []sampled, err error) {
	for _, e := range c.Samples {
		ls, err := w.source.ParseMetric(e.Labels)
		if err != nil {
			return nil, fmt.Errorf("labels %q: %w", e.Labels, err)
		}
		s := sampled{labels: seriesName(ls), value: e.Value}
		if e.Histogram != "" {
			h, err := w.source.ParseHistogram(e.Histogram)
			if err != nil {
				return nil, fmt.Errorf("labels %q: %w", e.Labels, err)
			}
			s.histogram, s.value = h.TestExpression(), 0
		}
		all = append(all, s)
	}
	return all, nil
}

// compare pairs samples by their labels.
func (k *ticks) compare(want, got []sampled) (diff []Line, differ bool) {
	byLabels := func(a, b sampled) int { return cmp.Compare(a.labels, b.labels) }
	slices.SortStableFunc(want, byLabels)
	slices.SortStableFunc(got, byLabels)
	for len(want) > 0 || len(got) > 0 {
		switch {
		case len(got) == 0 || len(want) > 0 && want[0].labels < got[0].labels:
			diff, differ = append(diff, Line{Want, want[0].String()}), true
			want = want[1:]
		case len(want) == 0 || got[0].labels < want[0].labels:
			diff, differ = append(diff, Line{Got, got[0].String()}), true
			got = got[1:]
		default:
			if k.same(want[0], got[0]) {
				diff = append(diff, Line{Both, got[0].String()})
			} else {
				diff, differ = append(diff, Line{Want, want[0].String()}, Line{Got, got[0].String()}), true
			}
			want, got = want[1:], got[1:]
		}
	}
	return diff, differ
}

// same compares two values; fuzzily if the file says so: they may differ in the last
// place.
func (k *ticks) same(a, b sampled) bool {
	if a.histogram != b.histogram {
		return false
	}
	if a.value == b.value {
		return true
	}
	return k.suite.Fuzzy && (math.Nextafter(a.value, math.Inf(-1)) == b.value || math.Nextafter(a.value, math.Inf(1)) == b.value)
}
