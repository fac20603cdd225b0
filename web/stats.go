package web

import (
	"time"

	"tocsin/engine"
	"tocsin/notifier"
)

// Stats are the figures behind the metrics, all of one instant. Counts are since
// the start of the process.
type Stats struct {
	// Core is what the core says; nil if it could not be asked in time.
	Core   *engine.Stats
	Driver DriverStats
	Reload ReloadStats
}

// DriverStats are what only the driver of the core can know.
type DriverStats struct {
	Sources []SourceStats
	Sends   []SendStats

	Commits       Histogram // seconds of one commit that succeeded
	CommitsFailed uint64
	RowsKept      uint64
	Degraded      bool // sends are released without the store

	Asking  int // queries under way
	Sending int // attempts under way
	Held    int // attempts that wait for the store

	Instants Histogram     // seconds that the loop spent on one instant
	Behind   time.Duration // how late the last instant was
}

// SourceStats count what a source was asked.
type SourceStats struct {
	Name        string
	Queries     uint64
	Evaluations uint64    // of rules: several may share a query
	Durations   Histogram // seconds of one query
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
// are above the bound before.
type Histogram struct {
	Bounds []float64
	Counts []uint64
	Count  uint64
	Sum    float64
}

// ReloadStats say how the last reload of the configuration went.
type ReloadStats struct {
	OK bool
	At time.Time // of the last that succeeded; zero if none did
}

// cumulative returns the counts as Prometheus has them.
func (h Histogram) cumulative() map[float64]uint64 {
	buckets := make(map[float64]uint64, len(h.Bounds))
	var n uint64
	for i, bound := range h.Bounds {
		n += h.Counts[i]
		buckets[bound] = n
	}
	return buckets
}
