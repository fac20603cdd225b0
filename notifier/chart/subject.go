package chart

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"tocsin/notifier/message"
	"tocsin/rules"
)

// A subject is what a chart is about: alerts of one rule with the same
// thresholds.
type subject struct {
	items      []message.Item // the worst first
	all        int            // of the rule, in the message
	at         time.Time
	interval   time.Duration
	thresholds []Threshold
}

// subject picks the alerts to draw: of the rule that comes first, for the worst
// do, as many as can be told apart. False if none has a series.
func (c *Charter) subject(m *message.Message) (subject, bool) {
	s := subject{at: m.At}
	for _, i := range m.Items {
		if i.Whole || i.Expr == "" {
			continue
		}
		r := c.rule(i.Rule)
		if len(s.items) == 0 {
			s.thresholds = thresholdsOf(r, i)
			if r != nil {
				s.interval = r.Interval
			}
		} else if i.Rule != s.items[0].Rule || i.Expr != s.items[0].Expr || i.Source != s.items[0].Source {
			continue
		}
		s.all++
		if slices.Equal(thresholdsOf(r, i), s.thresholds) {
			s.items = append(s.items, i)
		}
	}
	slices.SortStableFunc(s.items, worse)
	s.items = s.items[:min(len(s.items), MostSeries)]
	return s, len(s.items) > 0
}

// worse sorts by level, then by how far beyond its threshold a value is.
func worse(a, b message.Item) int {
	return cmp.Or(cmp.Compare(b.Level, a.Level), cmp.Compare(excess(b), excess(a)))
}

func excess(i message.Item) float64 {
	by := i.Value.Float - i.Threshold.Float
	switch i.Side {
	case rules.Below:
		return -by
	case rules.Outside:
		return math.Abs(by)
	case rules.Above, rules.Present:
	}
	return by
}

// thresholdsOf are those of the rule for the series, or the one that decided if
// the rule is not known or is another by now.
func thresholdsOf(r *rules.Rule, i message.Item) (all []Threshold) {
	if i.Side == rules.Present {
		return nil
	}
	if r != nil {
		levels := r.For(i.Series)
		for _, l := range []rules.Level{rules.Warn, rules.Error} {
			if lr := levels.At(l); lr != nil {
				all = append(all, linesOf(l, lr.Threshold)...)
			}
		}
	}
	level, bound := max(i.Level, rules.Warn), i.Threshold.Float
	if i.Level == rules.OK {
		level = max(i.Was, rules.Warn)
	}
	if slices.ContainsFunc(all, func(t Threshold) bool { return t.Bound == bound }) || math.IsNaN(bound) {
		return all
	}
	return []Threshold{{level, bound, bound}}
}

func linesOf(l rules.Level, t rules.Threshold) []Threshold {
	high, low := Threshold{l, t.High, t.ClearHigh}, Threshold{l, t.Low, t.ClearLow}
	switch t.Side {
	case rules.Above:
		return []Threshold{high}
	case rules.Below:
		return []Threshold{low}
	case rules.Outside:
		return []Threshold{high, low}
	case rules.Present:
	}
	return nil
}

// query asks for the history of the alerts until the message was planned.
func (s subject) query() Query {
	first := s.items[0]
	began := s.at
	var series []labels.Labels
	for _, i := range s.items {
		series = append(series, i.Series)
		if !i.StartsAt.IsZero() && i.StartsAt.Before(began) {
			began = i.StartsAt
		}
	}
	long, step := history(s.at.Sub(began), s.interval)
	until := model.TimeFromUnixNano(s.at.UnixNano())
	return Query{Source: first.Source, Expr: narrow(first.Expr, series), From: until.Add(-long), Until: until, Step: step}
}

// data joins the alerts with what was found of them.
func (s subject) data(found []Found) Data {
	q := s.query()
	d := Data{
		Title: s.items[0].Name, Unit: s.items[0].Value.Unit, From: stamp(q.From), Until: stamp(q.Until), Step: q.Step,
		Thresholds: s.thresholds,
	}
	names := s.names()
	for n, i := range s.items {
		d.Firing = append(d.Firing, firing(i, s.at)...)
		for _, f := range found {
			if labels.Equal(f.Labels, i.Series) {
				d.Series = append(d.Series, seriesOf(names[n], f))
				break
			}
		}
	}
	d.Note = s.note()
	d.trim()
	return d
}

// seriesOf takes at most as many points as were asked for.
func seriesOf(name string, f Found) Series {
	s := Series{Name: name}
	for i := range f.Times[:min(len(f.Times), len(f.Values), points+1)] {
		s.Times, s.Values = append(s.Times, stamp(f.Times[i])), append(s.Values, f.Values[i])
	}
	return s
}

// trim lets the axis of time begin shortly before there are data, rather than
// draw a wide void.
func (d *Data) trim() {
	begin := d.Until
	for _, s := range d.Series {
		if len(s.Times) > 0 && s.Times[0].Before(begin) {
			begin = s.Times[0]
		}
	}
	for _, f := range d.Firing {
		if f.From.Before(begin) {
			begin = f.From
		}
	}
	void := begin.Sub(d.From)
	if left := d.Until.Sub(begin); void > d.Until.Sub(d.From)/4 && left > 0 {
		d.From = begin.Add(-max(left/20, d.Step))
	}
}

// firing is the episode of an alert, as far as it is known: when it began, when it
// reached the level of now, and when it ended.
func firing(i message.Item, at time.Time) []Interval {
	end := i.EndsAt
	if end.IsZero() {
		end = at
	}
	if i.StartsAt.IsZero() {
		return nil
	}
	level, before := i.Level, rules.Warn
	switch level {
	case rules.OK:
		return []Interval{{max(i.Was, rules.Warn), i.StartsAt, end}}
	case rules.Warn:
		before = rules.Error
	case rules.Error:
	}
	if i.LevelSince.After(i.StartsAt) && i.LevelSince.Before(end) {
		return []Interval{{before, i.StartsAt, i.LevelSince}, {level, i.LevelSince, end}}
	}
	return []Interval{{level, i.StartsAt, end}}
}

func stamp(t model.Time) time.Time { return t.Time().UTC() }
