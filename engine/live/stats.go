package live

import (
	"cmp"
	"maps"
	"slices"
	"sync"
	"time"

	"tocsin/engine"
	"tocsin/evaluator"
	"tocsin/notifier"
)

// Stats are figures since the start. They are what only the driver can know; the
// rest is in the core's own.
type Stats struct {
	Sources []SourceStats // by name
	Sends   []SendStats   // by receiver, kind, outcome

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

// SourceStats count what a source was asked.
type SourceStats struct {
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

type sendKey struct {
	receiver, kind string
	outcome        notifier.Outcome
}

// A meter counts. Asking and sending goroutines, the committer and the loop
// write to it, and anyone may read.
type meter struct {
	mu      sync.Mutex
	stats   Stats
	sources map[string]*SourceStats
	sends   map[sendKey]*SendStats
}

func newMeter() *meter {
	return &meter{
		stats:   Stats{Commits: newHistogram(), Instants: newHistogram()},
		sources: map[string]*SourceStats{},
		sends:   map[sendKey]*SendStats{},
	}
}

// Stats returns the figures of now.
func (d *Driver) Stats() Stats {
	m := d.meter
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.stats
	s.Commits, s.Instants = s.Commits.clone(), s.Instants.clone()
	for _, name := range slices.Sorted(maps.Keys(m.sources)) {
		src := *m.sources[name]
		src.Durations = src.Durations.clone()
		s.Sources = append(s.Sources, src)
	}
	for _, sent := range m.sends {
		s.Sends = append(s.Sends, *sent)
	}
	slices.SortFunc(s.Sends, func(a, b SendStats) int {
		return cmp.Or(cmp.Compare(a.Receiver, b.Receiver), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Outcome, b.Outcome))
	})
	return s
}

// update changes the figures under the lock.
func (m *meter) update(f func(s *Stats)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f(&m.stats)
}

func (m *meter) asking(n int)     { m.update(func(s *Stats) { s.Asking += n }) }
func (m *meter) sending(n int)    { m.update(func(s *Stats) { s.Sending = n }) }
func (m *meter) holding(n int)    { m.update(func(s *Stats) { s.Held = n }) }
func (m *meter) degraded(on bool) { m.update(func(s *Stats) { s.Degraded = on }) }

func (m *meter) isDegraded() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.stats.Degraded
}

func (m *meter) lived(took, behind time.Duration) {
	m.update(func(s *Stats) {
		s.Instants.observe(took)
		s.Behind = max(behind, 0)
	})
}

func (m *meter) committed(took time.Duration, rows int, err error) {
	m.update(func(s *Stats) {
		if err != nil {
			s.CommitsFailed++
			return
		}
		s.Commits.observe(took)
		s.RowsKept += uint64(rows)
	})
}

func (m *meter) answered(a engine.Ask, o evaluator.Outcome, took time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.stats.Asking--
	s := m.sources[a.Source]
	if s == nil {
		s = &SourceStats{Name: a.Source, Durations: newHistogram()}
		m.sources[a.Source] = s
	}
	s.Queries++
	s.Evaluations += uint64(len(a.Rules))
	s.Durations.observe(took)
	switch o {
	case evaluator.Good:
	case evaluator.Partial:
		s.Partial++
	case evaluator.BadQuery, evaluator.Execution, evaluator.Unavailable:
		s.Failures++
	}
}

func (m *meter) settled(v notifier.Delivery, o notifier.Outcome, took time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	key := sendKey{v.Receiver, v.Kind, o}
	s := m.sends[key]
	if s == nil {
		s = &SendStats{Receiver: v.Receiver, Kind: v.Kind, Outcome: o}
		m.sends[key] = s
	}
	s.Count++
	s.Seconds += took.Seconds()
}
