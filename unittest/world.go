package unittest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/evaluator/promlocal"
	"tocsin/rules/file"
)

// A world is the series of a test. They come to be known as time goes by, as they
// would to a Prometheus: what is to come can't be asked for.
type world struct {
	source *promlocal.Source
	start  model.Time
	coming []promlocal.Sample // sorted by time
}

// A seriesError is a mistake in an input series.
type seriesError struct {
	place file.Spot
	err   error
}

func newWorld(t *file.SuiteTest, step time.Duration) (*world, []seriesError) {
	w := &world{source: promlocal.New(promlocal.Options{Step: step, Experimental: true}), start: t.Start}
	var bad []seriesError
	bySeries := map[string][]promlocal.Sample{}
	var order []string
	for _, s := range t.Series {
		all, err := w.source.ParseSeries(s.Series, s.Values, t.Start, t.Interval)
		if err != nil {
			bad = append(bad, w.blame(s, err))
			continue
		}
		if len(all) == 0 {
			continue
		}
		key := all[0].Labels.String()
		if _, twice := bySeries[key]; !twice {
			order = append(order, key)
		}
		bySeries[key] = all // of two with one label set the later counts, as in promtool
	}
	for _, key := range order {
		w.coming = append(w.coming, bySeries[key]...)
	}
	slices.SortStableFunc(w.coming, func(a, b promlocal.Sample) int { return cmp.Compare(a.At, b.At) })
	return w, bad
}

// blame says whether the series or its values are wrong.
func (w *world) blame(s file.SuiteSeries, err error) seriesError {
	at, what := s.At, "values: "
	if _, wrong := w.source.ParseMetric(s.Series); wrong != nil {
		at, what, err = s.Spot, "series: ", wrong
	}
	return seriesError{at, errors.New(what + regexp.MustCompile(`^\d+:\d+: parse error: `).ReplaceAllString(err.Error(), ""))}
}

// end is when the last sample comes.
func (w *world) end() model.Time {
	if len(w.coming) == 0 {
		return w.start
	}
	return w.coming[len(w.coming)-1].At
}

// until lets the samples up to a time be known.
func (w *world) until(at model.Time) error {
	n := 0
	for n < len(w.coming) && w.coming[n].At <= at {
		n++
	}
	if n == 0 {
		return nil
	}
	now := w.coming[:n]
	w.coming = w.coming[n:]
	if err := w.source.Append(now...); err != nil {
		return fmt.Errorf("input series: %w", err)
	}
	return nil
}

func (w *world) query(ctx context.Context, expr string, at model.Time) ([]promlocal.Sample, error) {
	return w.source.Query(ctx, expr, at)
}

// since writes a time as one of the test.
func (w *world) since(at model.Time) string { return span(at.Sub(w.start)) }

// span writes a duration as people do: 1h30m, 90s as 1m30s.
func span(d time.Duration) string {
	if d < 0 {
		return "-" + span(-d)
	}
	return model.Duration(d).String()
}
