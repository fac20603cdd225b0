package chart

import (
	"math"
	"time"

	"tocsin/rules"
)

// MostSeries is how many series one picture shows: more can't be told apart.
const MostSeries = 5

// Data are what a picture shows.
type Data struct {
	Title string
	// Note is said beside the title: what sets a single series apart.
	Note string
	Unit rules.Unit
	// From and Until are the ends of the axis of time. Points that are more than
	// Step and a half apart are not joined; 0 joins all.
	From, Until time.Time
	Step        time.Duration

	Series     []Series // at most MostSeries are drawn, the first on top
	Thresholds []Threshold
	Firing     []Interval
}

// A Series is one line. NaN is a gap; infinities are drawn at the edge.
type Series struct {
	Name   string // for the legend
	Times  []time.Time
	Values []float64
}

// A Threshold is one dashed line. Between it and Clear a level that fires goes
// on; NaN or the same value is no such band.
type Threshold struct {
	Level        rules.Level
	Bound, Clear float64
}

// An Interval is a time in which a level fired.
type Interval struct {
	Level       rules.Level
	From, Until time.Time
}

// What is beyond largest stands for infinity, and what is below smallest for 0:
// between them no sum of an axis overflows.
const (
	largest  = 1e300
	smallest = 1e-280
)

// drawable reports whether a value has a place of its own on an axis.
func drawable(v float64) bool { return !math.IsNaN(v) && math.Abs(v) < largest }

// first returns the series that are drawn.
func (d Data) first() []Series { return d.Series[:min(len(d.Series), MostSeries)] }

// empty reports whether there is no point to draw.
func (d Data) empty() bool {
	for _, s := range d.first() {
		for i, t := range s.Times {
			if !math.IsNaN(s.Values[i]) && !t.Before(d.From) && !t.After(d.Until) {
				return false
			}
		}
	}
	return true
}
