package past

import (
	"math"

	"github.com/prometheus/common/model"

	"tocsin/backtest"
	"tocsin/rules"
)

// levels is the worst level of any alert in each of n equal parts of a period.
func levels(all []*backtest.Episode, from, until model.Time, n int) []rules.Level {
	out := make([]rules.Level, n)
	length := float64(until - from)
	for _, e := range all {
		for _, s := range e.Spans {
			end := s.Until
			if end == 0 || end > until {
				end = until
			}
			if s.From >= until || end <= from || length <= 0 {
				continue
			}
			first := max(int(float64(s.From-from)/length*float64(n)), 0)
			last := min(int(math.Ceil(float64(end-from)/length*float64(n))), n)
			for i := first; i < max(last, first+1) && i < n; i++ {
				out[i] = max(out[i], s.Level)
			}
		}
	}
	return out
}

// envelope is the lowest and the highest value in each of n equal parts of a
// period; NaN where there is none.
func envelope(c backtest.Chart, from, until model.Time, n int) (low, high []float64) {
	low, high = make([]float64, n), make([]float64, n)
	for i := range n {
		low[i], high[i] = math.NaN(), math.NaN()
	}
	length := float64(until - from)
	if length <= 0 || c.Step <= 0 {
		return low, high
	}
	for i := range min(len(c.Low), len(c.High)) {
		middle := float64(c.From-from) + (float64(i)+0.5)*float64(c.Step.Milliseconds())
		if k := int(middle / length * float64(n)); middle >= 0 && k < n {
			low[k], high[k] = lower(low[k], c.Low[i]), higher(high[k], c.High[i])
		}
	}
	return low, high
}

func lower(a, b float64) float64 {
	if !(a <= b) && !math.IsNaN(b) {
		return b
	}
	return a
}

func higher(a, b float64) float64 {
	if !(a >= b) && !math.IsNaN(b) {
		return b
	}
	return a
}
