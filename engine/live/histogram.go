package live

import (
	"slices"
	"time"
)

// A Histogram counts durations, as Prometheus does: Counts[i] are those up to
// Bounds[i] seconds that are above the bound before; what is above all is in
// Count alone.
type Histogram struct {
	Bounds []float64
	Counts []uint64
	Count  uint64
	Sum    float64
}

func newHistogram() Histogram {
	bounds := []float64{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30}
	return Histogram{Bounds: bounds, Counts: make([]uint64, len(bounds))}
}

func (h *Histogram) observe(d time.Duration) {
	s := d.Seconds()
	h.Count++
	h.Sum += s
	if i, _ := slices.BinarySearch(h.Bounds, s); i < len(h.Counts) {
		h.Counts[i]++
	}
}

func (h Histogram) clone() Histogram {
	h.Counts = slices.Clone(h.Counts)
	return h
}
