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
// period; NaN where there is none. Parts that are shorter than what the chart knows
// of share it.
func envelope(c backtest.Chart, from, until model.Time, n int) (low, high []float64) {
	low, high = make([]float64, n), make([]float64, n)
	size, step, ahead := float64(until-from)/float64(n), float64(c.Step.Milliseconds()), float64(from-c.From)
	for i := range n {
		low[i], high[i] = math.NaN(), math.NaN()
		if step <= 0 || size <= 0 {
			continue
		}
		begin, end := (ahead+float64(i)*size)/step, (ahead+float64(i+1)*size)/step
		first, last := int(math.Ceil(begin-0.5)), int(math.Ceil(end-0.5)) // whose middles lie in it
		if first >= last {
			first = int((begin + end) / 2)
			last = first + 1
		}
		for k := max(first, 0); k < min(last, len(c.Low), len(c.High)); k++ {
			low[i], high[i] = lower(low[i], c.Low[k]), higher(high[i], c.High[k])
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
