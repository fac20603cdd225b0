package main

import (
	"context"
	"errors"
	"testing"

	"github.com/prometheus/common/model"

	"tocsin/engine"
	"tocsin/evaluator"
	"tocsin/evaluator/promapi"
	"tocsin/notifier/chart"
)

// A told is a source that answers every range with one series, and an error.
type told struct{ err error }

func (s told) Range(context.Context, engine.RangeAsk) (engine.Matrix, error) {
	return engine.Matrix{Parse: promapi.ParseLabels, Series: []engine.Points{
		{Raw: `{"job":"api"}`, Times: []model.Time{1}, Values: []float64{2}},
		{Raw: `broken`, Times: []model.Time{1}, Values: []float64{2}},
	}}, s.err
}

// What is missing elsewhere does not spoil the chart of a series that is there.
func TestAskRange(t *testing.T) {
	for _, c := range []struct {
		says string
		err  error
		want int
	}{
		{"a good answer, but for what can't be read", nil, 1},
		{"a partial one", &engine.RangeError{Outcome: evaluator.Partial, Text: "store-2 is down"}, 1},
		{"a failure", &engine.RangeError{Outcome: evaluator.Unavailable, Text: "down"}, 0},
		{"any other error", errors.New("no matrix"), 0},
	} {
		got, err := askRange(t.Context(), told{c.err}, chart.Query{})
		if len(got) != c.want || (err == nil) != (c.want > 0) {
			t.Errorf("%s: %v, %v", c.says, got, err)
		}
		if len(got) > 0 && (got[0].Labels.Get("job") != "api" || got[0].Values[0] != 2) {
			t.Errorf("%s: %v", c.says, got)
		}
	}
}
