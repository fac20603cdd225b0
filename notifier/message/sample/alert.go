package sample

import (
	"strconv"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"tocsin/evaluator"
	"tocsin/rules"
)

// lasted is for how long the alerts of a scene have fired.
const lasted = 5 * time.Minute

// alert makes the nth alert of the scene, as if it fired at a level.
func (s Scene) alert(level rules.Level, n int) evaluator.Alert {
	r, series := s.Rule, s.series(n)
	began := s.At.Add(-lasted)
	a := evaluator.Alert{
		Rule: r.Key, Instance: "sample-" + strconv.Itoa(n), Name: s.name(),
		Series: series, Level: level, Notify: level, Has: has(r),
		Episode: "sample-" + strconv.FormatInt(int64(s.At), 36) + "-" + strconv.Itoa(n), StartsAt: began, LevelSince: began,
		Side: rules.Present, Unit: r.Unit, Reason: evaluator.Breached,
		Annotations: r.Annotations, Source: r.Source, Expr: r.Expr,
	}
	value := 1.0
	if t, ok := threshold(r, level); ok {
		a.Side = t.Side
		value = beyond(t)
		a.Bound = rules.Number(t.Bound(value))
	}
	a.Value = rules.Number(value)
	a.Labels = s.labels(series, value)
	if r.Kind == rules.PresenceRule {
		a.FixedSeverity = a.Labels.Get("severity")
	}
	return a
}

// over is the alert after its end.
func (s Scene) over(a evaluator.Alert) evaluator.Alert {
	if t, ok := threshold(s.Rule, a.Notify); ok {
		a.Value = rules.Number(within(t))
	}
	a.Level, a.Notify, a.EndsAt, a.LevelSince, a.Reason = rules.OK, rules.OK, s.At, s.At, evaluator.Recovered
	return a
}

// series are the labels of the nth series: those of the scene, told apart by one
// of them.
func (s Scene) series(n int) labels.Labels {
	if n == 1 {
		return s.Series
	}
	name := "series"
	s.Series.Range(func(l labels.Label) {
		if l.Name != model.MetricNameLabel {
			name = l.Name
		}
	})
	b := labels.NewBuilder(s.Series)
	b.Set(name, s.Series.Get(name)+strconv.Itoa(n))
	return b.Labels()
}

// labels are those of an alert as the evaluator makes them.
func (s Scene) labels(series labels.Labels, value float64) labels.Labels {
	b := labels.NewBuilder(series)
	b.Del(model.MetricNameLabel)
	for _, t := range s.Rule.Labels {
		text := t.Text
		if t.Expand != nil {
			if got, err := t.Expand(rules.LabelData{Series: series, Value: value, At: s.At}); err == nil {
				text = got
			}
		}
		b.Set(t.Name, text)
	}
	b.Set(model.AlertNameLabel, s.name())
	return b.Labels()
}

func has(r *rules.Rule) (set uint8) {
	for _, l := range []rules.Level{rules.Warn, rules.Error} {
		if r.Levels.At(l) != nil {
			set |= 1 << l
		}
	}
	return set
}

// threshold returns that of the level, or of the other if the rule has only that.
func threshold(r *rules.Rule, level rules.Level) (rules.Threshold, bool) {
	for _, l := range []rules.Level{level, rules.Error, rules.Warn} {
		if lr := r.Levels.At(l); lr != nil && lr.Threshold.Side != rules.Present {
			return lr.Threshold, true
		}
	}
	return rules.Threshold{}, false
}

// beyond returns a value that breaches a threshold.
func beyond(t rules.Threshold) float64 {
	if t.Side == rules.Below {
		return t.Low - margin(t.Low)
	}
	return t.High + margin(t.High)
}

// within returns a value that is well.
func within(t rules.Threshold) float64 {
	switch t.Side {
	case rules.Below:
		return t.ClearLow + margin(t.ClearLow)
	case rules.Outside:
		return (t.ClearLow + t.ClearHigh) / 2
	case rules.Above, rules.Present:
	}
	return t.ClearHigh - margin(t.ClearHigh)
}

// margin is a fifth of a bound, and 1 of one that is 0.
func margin(bound float64) float64 {
	if bound == 0 {
		return 1
	}
	return max(bound, -bound) / 5
}
