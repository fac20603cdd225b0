package promlocal

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
)

// A Sample is one value of one series. With a Histogram the Value is not used.
type Sample struct {
	Labels    labels.Labels
	At        model.Time
	Value     float64
	Histogram *histogram.FloatHistogram
}

// Stale returns the mark that a series has ended: from it on, queries don't find
// the series, rather than for the five minutes after.
func Stale() float64 { return math.Float64frombits(value.StaleNaN) }

// Errors of Append.
var (
	ErrOutOfOrder = errors.New("sample is older than the last one of its series")
	ErrDuplicate  = errors.New("series has another value at this time")
)

// memory holds series. Points are only ever added behind what readers may hold,
// so a reader goes on with what it took without a lock.
type memory struct {
	mu        sync.RWMutex
	byKey     map[string]*series
	byName    map[string][]*series // in order of their beginning
	all       []*series            // the same
	retention int64                // ms; 0 is for ever
	newest    int64
	swept     int64 // newest at the last sweep
	key       []byte
}

type series struct {
	labels labels.Labels
	points []point
}

func newMemory(retention time.Duration) *memory {
	return &memory{
		byKey:     map[string]*series{},
		byName:    map[string][]*series{},
		retention: retention.Milliseconds(),
		newest:    math.MinInt64,
	}
}

// append adds samples; a query sees all of them or none. Samples that don't fit
// are left out and named in the error, the others are kept.
func (m *memory) append(samples []Sample) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	var errs []error
	for _, s := range samples {
		if err := m.series(s.Labels).add(s); err != nil {
			errs = append(errs, fmt.Errorf("%s at %v: %w", s.Labels, s.At, err))
			continue
		}
		m.newest = max(m.newest, int64(s.At))
	}
	m.sweep()
	return errors.Join(errs...)
}

// series finds the series of a label set, or begins it.
func (m *memory) series(ls labels.Labels) *series {
	m.key = ls.Bytes(m.key[:0])
	if s := m.byKey[string(m.key)]; s != nil {
		return s
	}
	s := &series{labels: ls}
	m.byKey[string(m.key)] = s
	name := ls.Get(model.MetricNameLabel)
	m.byName[name] = append(m.byName[name], s)
	m.all = append(m.all, s)
	return s
}

func (s *series) add(x Sample) error {
	p := point{at: int64(x.At), value: x.Value, histogram: x.Histogram}
	if n := len(s.points); n > 0 {
		last := s.points[n-1]
		switch {
		case p.at < last.at:
			return ErrOutOfOrder
		case p.at == last.at && p.same(last):
			return nil
		case p.at == last.at:
			return ErrDuplicate
		}
		p.histogram = hinted(p.histogram, last.histogram)
	}
	s.points = append(s.points, p)
	return nil
}

// hinted notes on a histogram that it follows on from the one before, if it
// does, as Prometheus' storage notes it.
func hinted(h, before *histogram.FloatHistogram) *histogram.FloatHistogram {
	if h == nil || before == nil || value.IsStaleNaN(h.Sum) ||
		h.CounterResetHint != histogram.UnknownCounterReset || h.DetectReset(before) {
		return h
	}
	h = h.Copy()
	h.CounterResetHint = histogram.NotCounterReset
	return h
}

// sweep drops what is older than the retention, every tenth of it.
func (m *memory) sweep() {
	if m.retention == 0 || m.newest < m.swept+m.retention/10 {
		return
	}
	m.swept = m.newest
	before := m.newest - m.retention
	gone := func(s *series) bool { return len(s.points) == 0 }
	for _, s := range m.all {
		i, _ := slices.BinarySearchFunc(s.points, before, comparePoint)
		// A copy: readers may still be reading the old points.
		s.points = slices.Clone(s.points[i:])
		if gone(s) {
			m.forget(s)
		}
	}
	m.all = slices.DeleteFunc(m.all, gone)
}

func (m *memory) forget(s *series) {
	m.key = s.labels.Bytes(m.key[:0])
	delete(m.byKey, string(m.key))
	name := s.labels.Get(model.MetricNameLabel)
	left := slices.DeleteFunc(m.byName[name], func(o *series) bool { return o == s })
	if len(left) == 0 {
		delete(m.byName, name)
		return
	}
	m.byName[name] = left
}
