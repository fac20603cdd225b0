package promlocal

import (
	"context"
	"slices"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/util/annotations"
)

// A querier reads what is in memory between two times, both included.
type querier struct {
	memory     *memory
	mint, maxt int64
}

var _ storage.Querier = (*querier)(nil)

// Querier opens a reader of a range of time.
func (m *memory) Querier(mint, maxt int64) (storage.Querier, error) {
	return &querier{memory: m, mint: mint, maxt: maxt}, nil
}

// Select returns the series that match, in the order in which they began unless
// that of their labels is asked for.
func (q *querier) Select(_ context.Context, ordered bool, _ *storage.SelectHints, ms ...*labels.Matcher) storage.SeriesSet {
	q.memory.mu.RLock()
	defer q.memory.mu.RUnlock()
	set := &seriesSet{at: -1}
	for _, s := range q.memory.candidates(ms) {
		if !matches(s.labels, ms) {
			continue
		}
		if in := s.within(q.mint, q.maxt); len(in) > 0 {
			set.found = append(set.found, storage.SeriesEntry{Lset: s.labels, SampleIteratorFn: in.iterator})
		}
	}
	if ordered {
		slices.SortFunc(set.found, func(a, b storage.SeriesEntry) int { return labels.Compare(a.Lset, b.Lset) })
	}
	return set
}

// candidates are the series of the metric if the matchers name one, else all.
func (m *memory) candidates(ms []*labels.Matcher) []*series {
	for _, x := range ms {
		if x.Name == model.MetricNameLabel && x.Type == labels.MatchEqual {
			return m.byName[x.Value]
		}
	}
	return m.all
}

func matches(ls labels.Labels, ms []*labels.Matcher) bool {
	for _, m := range ms {
		if !m.Matches(ls.Get(m.Name)) {
			return false
		}
	}
	return true
}

func (s *series) within(mint, maxt int64) points {
	from, _ := slices.BinarySearchFunc(s.points, mint, comparePoint)
	until, found := slices.BinarySearchFunc(s.points, maxt, comparePoint)
	if found {
		until++
	}
	if from >= until {
		return nil
	}
	return s.points[from:until]
}

func (p points) iterator(used chunkenc.Iterator) chunkenc.Iterator {
	if r, ok := used.(interface{ Reset(storage.Samples) }); ok {
		r.Reset(p)
		return used
	}
	return storage.NewListSeriesIterator(p)
}

// LabelNames returns the names of the labels of the series that match, sorted.
func (q *querier) LabelNames(ctx context.Context, h *storage.LabelHints, ms ...*labels.Matcher) ([]string, annotations.Annotations, error) {
	names := map[string]struct{}{}
	q.each(ctx, ms, func(ls labels.Labels) {
		ls.Range(func(l labels.Label) { names[l.Name] = struct{}{} })
	})
	return sorted(names, h), nil, nil
}

// LabelValues returns the values of a label of the series that match, sorted.
func (q *querier) LabelValues(ctx context.Context, name string, h *storage.LabelHints, ms ...*labels.Matcher) ([]string, annotations.Annotations, error) {
	values := map[string]struct{}{}
	q.each(ctx, ms, func(ls labels.Labels) {
		if v := ls.Get(name); v != "" {
			values[v] = struct{}{}
		}
	})
	return sorted(values, h), nil, nil
}

func (q *querier) each(ctx context.Context, ms []*labels.Matcher, f func(labels.Labels)) {
	for set := q.Select(ctx, false, nil, ms...); set.Next(); {
		f(set.At().Labels())
	}
}

func sorted(set map[string]struct{}, h *storage.LabelHints) []string {
	out := make([]string, 0, len(set))
	for s := range set {
		out = append(out, s)
	}
	slices.Sort(out)
	if h != nil && h.Limit > 0 && len(out) > h.Limit {
		out = out[:h.Limit]
	}
	return out
}

// Close has nothing to release.
func (*querier) Close() error { return nil }

// A seriesSet is what Select found.
type seriesSet struct {
	found []storage.SeriesEntry
	at    int
}

// Next goes on to the next series.
func (s *seriesSet) Next() bool {
	s.at++
	return s.at < len(s.found)
}

// At returns the series.
func (s *seriesSet) At() storage.Series { return &s.found[s.at] }

// Err returns nil: reading memory doesn't fail.
func (*seriesSet) Err() error { return nil }

// Warnings returns none.
func (*seriesSet) Warnings() annotations.Annotations { return nil }
