package backtest

import (
	"math"
	"time"

	"github.com/prometheus/common/model"
)

// A Chart is what the series of a rule did, in buckets of equal length: the lowest
// and the highest value in each; NaN where there was none.
type Chart struct {
	From      model.Time
	Step      time.Duration
	Low, High []float64
}

// buckets is how many there are in a period.
const buckets = 480

func newChart(from, until model.Time) Chart {
	c := Chart{From: from, Step: max(until.Sub(from)/buckets, time.Second), Low: make([]float64, buckets), High: make([]float64, buckets)}
	for n := range c.Low {
		c.Low[n], c.High[n] = math.NaN(), math.NaN()
	}
	return c
}

// add takes in the values of an instant.
func (c *Chart) add(at model.Time, low, high float64) {
	if at < c.From || len(c.Low) == 0 {
		return
	}
	n := min(int(at.Sub(c.From)/c.Step), len(c.Low)-1)
	if !(c.Low[n] <= low) {
		c.Low[n] = low
	}
	if !(c.High[n] >= high) {
		c.High[n] = high
	}
}
