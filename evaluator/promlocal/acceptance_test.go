package promlocal

import (
	"context"
	"strings"
	"testing"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/promqltest"
	"github.com/prometheus/prometheus/storage"
)

// A testStorage lets Prometheus' own acceptance tests write into memory. What
// they don't use is nil.
type testStorage struct {
	storage.Storage
	memory *memory
}

func (s testStorage) Querier(mint, maxt int64) (storage.Querier, error) {
	return s.memory.Querier(mint, maxt)
}

func (s testStorage) AppenderV2(context.Context) storage.AppenderV2 {
	return &testAppender{memory: s.memory}
}

func (testStorage) Close() error { return nil }

type testAppender struct {
	storage.AppenderV2
	memory  *memory
	samples []Sample
}

func (a *testAppender) Append(_ storage.SeriesRef, ls labels.Labels, _, t int64, v float64, h *histogram.Histogram, fh *histogram.FloatHistogram, _ storage.AppendV2Options) (storage.SeriesRef, error) {
	if h != nil {
		fh = h.ToFloat(nil)
	}
	a.samples = append(a.samples, Sample{Labels: ls, At: model.Time(t), Value: v, Histogram: fh})
	return 0, nil
}

func (a *testAppender) Commit() error { return a.memory.append(a.samples) }

func (*testAppender) Rollback() error { return nil }

// withoutStarts leaves out the one file about start timestamps of counters,
// which neither a Prometheus with its defaults nor this package keeps.
type withoutStarts struct{ *testing.T }

func (t withoutStarts) Run(name string, f func(*testing.T)) bool {
	return strings.HasSuffix(name, "start_timestamps.test") || t.T.Run(name, f)
}

// TestPrometheusAcceptance runs Prometheus' own acceptance tests of PromQL over
// this package's storage.
func TestPrometheusAcceptance(t *testing.T) {
	engine := promqltest.NewTestEngine(t, false, 0, promqltest.DefaultMaxSamplesPerQuery)
	promqltest.RunBuiltinTestsWithStorage(withoutStarts{t}, engine, func(testing.TB) storage.Storage {
		return testStorage{memory: newMemory(0)}
	})
}
