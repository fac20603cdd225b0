package chart

import (
	"math"
	"slices"
	"time"

	"tocsin/notifier/message"
	"tocsin/rules"
)

// An axis is the range of what is drawn, and where its marks are.
type axis struct {
	low, high float64
	marks     []float64
	texts     []string
	digits    int // that tell the marks apart
}

// place is where on the axis a value is, from 0 to 1; what is beyond it is at its
// edge.
func (a axis) place(v float64) float64 {
	return min(max((v-a.low)/(a.high-a.low), 0), 1)
}

// wantedMarks is into how many parts an axis of values is cut, more or less.
const wantedMarks = 4

// valueAxis covers a range with marks at round numbers of a unit.
func valueAxis(low, high float64, unit rules.Unit) axis {
	low, high = roomy(low, high)
	step := stepOf(unit, (high-low)/wantedMarks)
	a := axis{low: step * math.Floor(low/step+1e-9), high: step * math.Ceil(high/step-1e-9)}
	for n := math.Round(a.low / step); n*step <= a.high+step/2; n++ {
		a.marks = append(a.marks, n*step)
	}
	a.digits = 1
	for a.texts = a.write(unit); alike(a.texts) && a.digits < 17; a.texts = a.write(unit) {
		a.digits++
	}
	return a
}

// write writes the marks.
func (a axis) write(unit rules.Unit) []string {
	all := make([]string, len(a.marks))
	for i, v := range a.marks {
		all[i] = a.text(v, unit)
	}
	return all
}

// text writes a value with as many digits as it takes to tell the marks apart.
// Words of a user's own are said once, beside the title.
func (a axis) text(v float64, unit rules.Unit) string {
	if own(unit) {
		unit = rules.NoUnit
	}
	return message.Quantity{Float: v, Unit: unit}.Format(a.digits)
}

// alike reports whether two neighbours read the same.
func alike(texts []string) bool { return len(slices.Compact(slices.Clone(texts))) < len(texts) }

// roomy makes a range out of one value, lets one of positive values that comes
// near to zero begin there, and leaves some room above.
func roomy(low, high float64) (float64, float64) {
	size := max(math.Abs(low), math.Abs(high))
	switch {
	case size < smallest:
		return -0.5, 0.5
	case high-low < 1e-9*size && low >= 0:
		return 0, high * 1.25
	case high-low < 1e-9*size:
		return low - size/4, high + size/4
	}
	span := high - low
	switch {
	case low >= 0 && low < high/2:
		return 0, high + span/20
	case high <= 0 && high > low/2:
		return low - span/20, 0
	}
	return low - span/20, high + span/20
}

// stepOf returns the round number of a unit that is next to a step.
func stepOf(unit rules.Unit, rough float64) float64 {
	switch {
	case unit == rules.Bytes && rough >= 1:
		return math.Exp2(math.Round(math.Log2(rough)))
	case unit == rules.Seconds && rough >= 20:
		return clockStep(time.Duration(min(rough, 1e9)*float64(time.Second)), rough)
	}
	ten := math.Pow(10, math.Floor(math.Log10(rough)))
	for _, times := range []float64{1, 2, 2.5, 5} {
		if rough <= times*ten*1.1 {
			return times * ten
		}
	}
	return 10 * ten
}

// clockStep is a step in minutes, hours or days; what is longer goes by tens of
// days.
func clockStep(rough time.Duration, seconds float64) float64 {
	for _, s := range []time.Duration{
		30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute,
		time.Hour, 2 * time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour,
	} {
		if rough <= s*11/10 {
			return s.Seconds()
		}
	}
	const day = 86400
	return day * stepOf(rules.NoUnit, max(seconds/day, 1))
}

// own reports whether a unit is a word that a user made up.
func own(unit rules.Unit) bool {
	switch unit {
	case rules.NoUnit, rules.Seconds, rules.Bytes, rules.Ratio, rules.Percent, rules.PerSecond:
		return false
	}
	return true
}

// timeAxis marks round times of day in UTC, at most so many.
func timeAxis(from, until time.Time, most int) axis {
	a := axis{low: float64(from.UnixMilli()), high: float64(until.UnixMilli())}
	step := timeStep(until.Sub(from), most)
	for t := from.UTC().Truncate(step); !t.After(until); t = t.Add(step) {
		if t.Before(from) {
			continue
		}
		text := t.Format("15:04")
		switch {
		case step < time.Minute:
			text = t.Format("15:04:05")
		case t.Equal(t.Truncate(24 * time.Hour)):
			text = t.Format("2 Jan")
		}
		a.marks, a.texts = append(a.marks, float64(t.UnixMilli())), append(a.texts, text)
	}
	return a
}

func timeStep(span time.Duration, most int) time.Duration {
	for _, s := range []time.Duration{
		10 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute,
		30 * time.Minute, time.Hour, 2 * time.Hour, 3 * time.Hour, 4 * time.Hour, 6 * time.Hour, 12 * time.Hour,
	} {
		if span/s <= time.Duration(most) {
			return s
		}
	}
	days := span / (24 * time.Hour) / time.Duration(most)
	return (days + 1) * 24 * time.Hour
}
