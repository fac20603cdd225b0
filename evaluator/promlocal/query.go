package promlocal

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
)

// Query answers a query at one instant as a rule of Prometheus gets it: with
// histograms, and a scalar as one sample without labels. Samples bear the instant.
func (s *Source) Query(ctx context.Context, expr string, at model.Time) ([]Sample, error) {
	q, err := s.engine.NewInstantQuery(ctx, s.memory, nil, expr, at.Time())
	if err != nil {
		return nil, err
	}
	defer q.Close()
	result := q.Exec(ctx)
	if result.Err != nil {
		return nil, result.Err
	}
	switch v := result.Value.(type) {
	case promql.Scalar:
		return []Sample{{At: at, Value: v.V}}, nil
	case promql.Vector:
		out := make([]Sample, 0, len(v))
		for _, x := range v {
			out = append(out, Sample{Labels: x.Metric, At: at, Value: x.F, Histogram: copied(x.H)})
		}
		return out, nil
	}
	return nil, errors.New("rule result is not a vector or scalar")
}

// ParseSeries reads a series written as in promtool's tests, and its values: the
// first is at start, each further one a step later.
func (s *Source) ParseSeries(series, values string, start model.Time, step time.Duration) ([]Sample, error) {
	ls, all, err := s.parseLine(series + " " + values)
	if err != nil {
		return nil, err
	}
	out := make([]Sample, 0, len(all))
	for n, v := range all {
		if !v.Omitted {
			out = append(out, Sample{Labels: ls, At: start.Add(time.Duration(n) * step), Value: v.Value, Histogram: v.Histogram})
		}
	}
	return out, nil
}

// ParseMetric reads a name with labels, such as up{job="api"}.
func (s *Source) ParseMetric(text string) (labels.Labels, error) { return s.parser.ParseMetric(text) }

// ParseHistogram reads one histogram in the notation of series.
func (s *Source) ParseHistogram(text string) (*histogram.FloatHistogram, error) {
	_, all, err := s.parseLine("{} " + text)
	switch {
	case err != nil:
		return nil, err
	case len(all) != 1:
		return nil, fmt.Errorf("expected 1 value, got %d", len(all))
	case all[0].Histogram == nil:
		return nil, fmt.Errorf("expected histogram, got %v", all[0])
	}
	return all[0].Histogram, nil
}

// LabelsJSON writes labels as a source sends them.
func LabelsJSON(ls labels.Labels) string { return labelsJSON(ls) }

// copied is a histogram that the engine has no part in.
func copied(h *histogram.FloatHistogram) *histogram.FloatHistogram {
	if h == nil {
		return nil
	}
	return h.Copy()
}
