package engine

import (
	"slices"
	"time"

	"tocsin/notifier"
)

// DriverStats are figures since the start that only a driver in real time can
// know; the rest is in Stats.
type DriverStats struct {
	Sources []QueryStats // by name
	Sends   []SendStats  // by receiver, kind, outcome

	Commits       Histogram // seconds of one commit that succeeded
	CommitsFailed uint64
	RowsKept      uint64
	Degraded      bool // sends are released without the store

	Asking  int // questions under way
	Sending int // attempts under way
	Held    int // attempts that wait for the store

	Instants Histogram     // seconds that the loop spent on one instant
	Behind   time.Duration // how late the last instant was
}

// QueryStats count what a source was asked.
type QueryStats struct {
	Name        string
	Queries     uint64
	Evaluations uint64 // of rules: several may share a query
	Failures    uint64 // queries without a usable answer
	Partial     uint64
	Durations   Histogram // seconds of one query, from asking to the decoded answer
}

// SendStats count attempts at deliveries that ended alike.
type SendStats struct {
	Receiver string
	Kind     string
	Outcome  notifier.Outcome
	Count    uint64
	Seconds  float64 // in all
}

// A Histogram counts durations: Counts[i] are those up to Bounds[i] seconds that
// are above the bound before; what is above all is in Count alone.
type Histogram struct {
	Bounds []float64
	Counts []uint64
	Count  uint64
	Sum    float64
}

// NewHistogram returns one with bounds from a millisecond to half a minute.
func NewHistogram() Histogram {
	bounds := []float64{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30}
	return Histogram{Bounds: bounds, Counts: make([]uint64, len(bounds))}
}

// Observe counts one duration.
func (h *Histogram) Observe(d time.Duration) {
	s := d.Seconds()
	h.Count++
	h.Sum += s
	if i, _ := slices.BinarySearch(h.Bounds, s); i < len(h.Counts) {
		h.Counts[i]++
	}
}

// Clone returns a copy that shares nothing that changes.
func (h Histogram) Clone() Histogram {
	h.Counts = slices.Clone(h.Counts)
	return h
}

// Cumulative returns the counts as Prometheus has them: up to each bound.
func (h Histogram) Cumulative() map[float64]uint64 {
	buckets := make(map[float64]uint64, len(h.Bounds))
	var n uint64
	for i, bound := range h.Bounds {
		n += h.Counts[i]
		buckets[bound] = n
	}
	return buckets
}
