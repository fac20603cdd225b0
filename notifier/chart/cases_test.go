package chart

import (
	"fmt"
	"math"
	"time"

	"tocsin/rules"
)

// The cases of pictures: each is a golden PNG in testdata, to be looked at.

var at = time.Date(2026, 11, 22, 14, 10, 0, 0, time.UTC)

type pictureCase struct {
	name string
	data Data
}

// wave is a series of n points until at.
func wave(name string, n int, step time.Duration, f func(i int) float64) Series {
	s := Series{Name: name}
	for i := range n {
		s.Times = append(s.Times, at.Add(-time.Duration(n-1-i)*step))
		s.Values = append(s.Values, f(i))
	}
	return s
}

// calm is a value that moves a little around a mean, the same in each run.
func calm(mean, by float64) func(int) float64 {
	return func(i int) float64 {
		x := float64(i)
		return mean + by*(math.Sin(x/7)+0.6*math.Sin(x/3.1+1)+0.3*math.Sin(x*1.7))
	}
}

// incident is calm, and rises within the last points.
func incident(mean, by, to float64, last int) func(int) float64 {
	base := calm(mean, by)
	return func(i int) float64 {
		if i < 121-last {
			return base(i)
		}
		part := min(1, float64(i-121+last)/8)
		return base(i)*(1-part) + part*(to+by*math.Sin(float64(i)))
	}
}

func latencyData() Data {
	return Data{
		Title: "ApiLatencyP95", Note: "route=/pay", Unit: rules.Seconds,
		From: at.Add(-3 * time.Hour), Until: at, Step: 90 * time.Second,
		Series:     []Series{wave("/pay", 121, 90*time.Second, incident(0.21, 0.02, 0.61, 34))},
		Thresholds: []Threshold{{rules.Warn, 0.3, 0.25}, {rules.Error, 0.5, 0.4}},
		Firing: []Interval{
			{rules.Warn, at.Add(-46 * time.Minute), at.Add(-38 * time.Minute)},
			{rules.Error, at.Add(-38 * time.Minute), at},
		},
	}
}

func with(change func(*Data)) Data {
	d := latencyData()
	change(&d)
	return d
}

// short is an hour of a unit with one threshold.
func short(unit rules.Unit, level rules.Level, bound float64, f func(int) float64) Data {
	return Data{
		Title: "Rule", Note: "job=api", Unit: unit, From: at.Add(-time.Hour), Until: at, Step: 30 * time.Second,
		Series:     []Series{wave("", 121, 30*time.Second, f)},
		Thresholds: []Threshold{{level, bound, bound}},
		Firing:     []Interval{{level, at.Add(-10 * time.Minute), at}},
	}
}

func pictureCases() []pictureCase {
	constant := func(v float64) func(int) float64 { return func(int) float64 { return v } }
	return []pictureCase{
		{"latency", latencyData()},
		{"resolved", with(func(d *Data) {
			d.Series[0] = wave("", 121, 90*time.Second, func(i int) float64 {
				if i > 60 && i < 95 {
					return calm(0.58, 0.03)(i)
				}
				return calm(0.2, 0.02)(i)
			})
			d.Firing = []Interval{{rules.Error, at.Add(-86 * time.Minute), at.Add(-38 * time.Minute)}}
		})},
		{"five", with(func(d *Data) {
			d.Note, d.Series = "5 of 12 alerts", nil
			for i, name := range []string{"/pay", "/orders/{id}", "/customers/{id}/invoices/{number}", "/login", "/search"} {
				d.Series = append(d.Series, wave("route="+name, 121, 90*time.Second, incident(0.2+0.03*float64(i), 0.015, 0.75-0.08*float64(i), 34-3*i)))
			}
		})},
		{"gaps", with(func(d *Data) {
			f := calm(0.4, 0.05)
			d.Series[0] = wave("", 121, 90*time.Second, func(i int) float64 {
				switch {
				case i > 20 && i < 35, i == 81, i == 83:
					return math.NaN()
				case i == 60:
					return math.Inf(1)
				case i == 100:
					return math.Inf(-1)
				}
				return f(i)
			})
		})},
		{"one-point", with(func(d *Data) { d.Series[0] = wave("", 1, time.Minute, constant(0.6)) })},
		{"all-infinite", short(rules.Ratio, rules.Error, 0.05, constant(math.Inf(1)))},
		{"constant", short(rules.NoUnit, rules.Error, 1, constant(0))},
		{"present", with(func(d *Data) {
			*d = short(rules.NoUnit, rules.Error, 0, constant(0))
			d.Thresholds = nil
		})},
		{"bytes", short(rules.Bytes, rules.Warn, 6<<30, incident(3.1e9, 2e8, 7.2e9, 40))},
		{"below", short(rules.PerSecond, rules.Error, 5, incident(1240, 60, 1, 24))},
		{"percent", short(rules.Percent, rules.Warn, 90, calm(93, 3))},
		{"ratio", short(rules.Ratio, rules.Error, 0.05, incident(0.002, 0.001, 0.078, 30))},
		{"minutes", short(rules.Seconds, rules.Warn, 1800, incident(300, 40, 2400, 50))},
		{"huge", short("requests per widget and day", rules.Warn, 3e15, calm(2.9e15, 2e14))},
		{"tiny", short(rules.Seconds, rules.Warn, 4e-8, calm(3e-8, 4e-9))},
		{"alike", short(rules.NoUnit, rules.Error, 1000000.5, calm(1000000.4, 0.1))},
		{"negative", short("°C", rules.Error, -18, calm(-21, 1.4))},
		{"far", with(func(d *Data) {
			*d = short(rules.Bytes, rules.Warn, 120<<20, incident(8e7, 4e6, 1.4e8, 30))
			d.Thresholds = append(d.Thresholds, Threshold{rules.Error, 64 << 30, 64 << 30})
		})},
		{"close", with(func(d *Data) {
			d.Thresholds = []Threshold{{rules.Warn, 0.5, 0.5}, {rules.Error, 0.505, 0.505}}
		})},
		{"outside", with(func(d *Data) {
			*d = short(rules.Percent, rules.Warn, 40, incident(55, 3, 82, 30))
			d.Thresholds = append(d.Thresholds, Threshold{rules.Warn, 70, 70}, Threshold{rules.Error, 30, 30}, Threshold{rules.Error, 80, 80})
		})},
		{"midnight", with(func(d *Data) {
			d.From, d.Until, d.Step = at.Add(-24*time.Hour), at, 12*time.Minute
			d.Series[0] = wave("", 121, 12*time.Minute, incident(0.21, 0.02, 0.61, 34))
			d.Firing = []Interval{{rules.Warn, at.Add(-7 * time.Hour), at}}
		})},
		{"minute", with(func(d *Data) {
			d.From, d.Until, d.Step = at.Add(-5*time.Minute), at, 0
			d.Series[0] = wave("", 121, 2500*time.Millisecond, incident(0.21, 0.02, 0.61, 34))
			d.Firing = []Interval{{rules.Warn, at.Add(-30 * time.Second), at}}
		})},
		{"hostile", with(func(d *Data) {
			d.Title, d.Note, d.Unit = "日本語 \u202Eevil\x00"+fmt.Sprint(make([]int, 200)), "line\nbreak "+fmt.Sprint(make([]int, 500)), "<b>widgets</b> \n and so on for ever"
			d.Series = append(d.Series, d.Series[0])
			d.Series[0].Name, d.Series[1].Name = fmt.Sprint(make([]int, 400)), "👩‍👩‍👧‍👦🔥"
		})},
	}
}
