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

type sendKey struct {
	receiver, kind string
	outcome        notifier.Outcome
}

// A meter counts. Asking and sending goroutines, the committer and the loop
// write to it, and anyone may read.
type meter struct {
	mu      sync.Mutex
	stats   engine.DriverStats
	sources map[string]*engine.QueryStats
	sends   map[sendKey]*engine.SendStats
}

func newMeter() *meter {
	return &meter{
		stats:   engine.DriverStats{Commits: engine.NewHistogram(), Instants: engine.NewHistogram()},
		sources: map[string]*engine.QueryStats{},
		sends:   map[sendKey]*engine.SendStats{},
	}
}

// Stats returns the figures of now.
func (d *Driver) Stats() engine.DriverStats {
	m := d.meter
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.stats
	s.Commits, s.Instants = s.Commits.Clone(), s.Instants.Clone()
	for _, name := range slices.Sorted(maps.Keys(m.sources)) {
		src := *m.sources[name]
		src.Durations = src.Durations.Clone()
		s.Sources = append(s.Sources, src)
	}
	for _, sent := range m.sends {
		s.Sends = append(s.Sends, *sent)
	}
	slices.SortFunc(s.Sends, func(a, b engine.SendStats) int {
		return cmp.Or(cmp.Compare(a.Receiver, b.Receiver), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Outcome, b.Outcome))
	})
	return s
}

// update changes the figures under the lock.
func (m *meter) update(f func(s *engine.DriverStats)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f(&m.stats)
}

func (m *meter) asking(n int)     { m.update(func(s *engine.DriverStats) { s.Asking += n }) }
func (m *meter) sending(n int)    { m.update(func(s *engine.DriverStats) { s.Sending = n }) }
func (m *meter) holding(n int)    { m.update(func(s *engine.DriverStats) { s.Held = n }) }
func (m *meter) degraded(on bool) { m.update(func(s *engine.DriverStats) { s.Degraded = on }) }

func (m *meter) isDegraded() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.stats.Degraded
}

func (m *meter) lived(took, behind time.Duration) {
	m.update(func(s *engine.DriverStats) {
		s.Instants.Observe(took)
		s.Behind = max(behind, 0)
	})
}

func (m *meter) committed(took time.Duration, rows int, err error) {
	m.update(func(s *engine.DriverStats) {
		if err != nil {
			s.CommitsFailed++
			return
		}
		s.Commits.Observe(took)
		s.RowsKept += uint64(rows)
	})
}

func (m *meter) answered(a engine.Ask, o evaluator.Outcome, took time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.stats.Asking--
	s := m.sources[a.Source]
	if s == nil {
		s = &engine.QueryStats{Name: a.Source, Durations: engine.NewHistogram()}
		m.sources[a.Source] = s
	}
	s.Queries++
	s.Evaluations += uint64(len(a.Rules))
	s.Durations.Observe(took)
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
		s = &engine.SendStats{Receiver: v.Receiver, Kind: v.Kind, Outcome: o}
		m.sends[key] = s
	}
	s.Count++
	s.Seconds += took.Seconds()
}
