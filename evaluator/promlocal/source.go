package promlocal

import (
	"context"
	"errors"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/common/promslog"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/storage"

	"tocsin/engine"
	"tocsin/evaluator"
	"tocsin/evaluator/promapi"
)

// Options of a Source. The zero value is that of a Prometheus with its defaults.
type Options struct {
	// Retention is how long samples are kept, behind the newest; 0 is for ever.
	Retention time.Duration
	// Lookback is for how long a sample counts when no later one comes; 0 is 5m.
	Lookback time.Duration
	// Step is the distance of the points of a subquery that names none; 0 is 1m.
	Step time.Duration
	// Timeout bounds one query in real time; 0 is 2m.
	Timeout time.Duration
	// MaxSamples bounds what one query may hold at once; 0 is 50 million.
	MaxSamples int
	// Experimental accepts what a Prometheus does with its features switched on.
	Experimental bool
}

// A Source is series in memory and the engine that answers queries over them.
// It is an engine.Source and an engine.Ranger, and is safe for concurrent use.
type Source struct {
	memory *memory
	engine *promql.Engine
	parser parser.Parser
}

// The interfaces that a Source is made for.
var (
	_ engine.Source     = (*Source)(nil)
	_ engine.Ranger     = (*Source)(nil)
	_ storage.Queryable = (*memory)(nil)
)

// New makes a source without series.
func New(o Options) *Source {
	o.fill()
	p := parser.NewParser(parser.Options{
		EnableExperimentalFunctions:  o.Experimental,
		ExperimentalDurationExpr:     o.Experimental,
		EnableExtendedRangeSelectors: o.Experimental,
		EnableBinopFillModifiers:     o.Experimental,
	})
	return &Source{
		memory: newMemory(o.Retention),
		parser: p,
		engine: promql.NewEngine(promql.EngineOpts{
			Logger:                   promslog.NewNopLogger(),
			MaxSamples:               o.MaxSamples,
			Timeout:                  o.Timeout,
			LookbackDelta:            o.Lookback,
			NoStepSubqueryIntervalFn: func(int64) int64 { return o.Step.Milliseconds() },
			EnableAtModifier:         true,
			EnableNegativeOffset:     true,
			Parser:                   p,
		}),
	}
}

func (o *Options) fill() {
	for _, d := range []struct {
		field *time.Duration
		value time.Duration
	}{{&o.Lookback, 5 * time.Minute}, {&o.Step, time.Minute}, {&o.Timeout, 2 * time.Minute}} {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
	if o.MaxSamples == 0 {
		o.MaxSamples = 50e6
	}
}

// Append adds samples; a query sees all of them or none. Samples that don't fit
// are left out and named in the error, the others are kept. Within a series time
// only goes forward.
func (s *Source) Append(samples ...Sample) error { return s.memory.append(samples) }

// Ask answers a query at one instant.
func (s *Source) Ask(ctx context.Context, ask engine.Ask) evaluator.Answer {
	answer := evaluator.Answer{Parse: promapi.ParseLabels}
	q, err := s.engine.NewInstantQuery(ctx, s.memory, nil, ask.Expr, ask.At.Time())
	if err != nil {
		answer.Outcome, answer.Error = evaluator.BadQuery, err.Error()
		return answer
	}
	defer q.Close()
	result := q.Exec(ctx)
	answer.Outcome, answer.Error = outcome(result)
	if answer.Error == "" {
		answer.Samples, answer.Outcome, answer.Error = samples(result.Value)
	}
	return answer
}

// outcome judges a result apart from its value. Annotations are the engine's
// remarks on the expression: memory has no data that could be missing.
func outcome(r *promql.Result) (evaluator.Outcome, string) {
	if r.Err == nil {
		return evaluator.Good, ""
	}
	return evaluator.Execution, r.Err.Error()
}

// samples reads a value as promapi reads it from a body.
func samples(v parser.Value) ([]evaluator.Sample, evaluator.Outcome, string) {
	switch v := v.(type) {
	case promql.Scalar:
		return []evaluator.Sample{{Value: v.V}}, evaluator.Good, ""
	case promql.Vector:
		return vector(v)
	case promql.Matrix:
		return nil, evaluator.BadQuery, "the expression returns a range vector; an alert needs one value per series"
	}
	return nil, evaluator.BadQuery, "the expression returns a string; an alert needs numbers"
}

func vector(v promql.Vector) (out []evaluator.Sample, o evaluator.Outcome, text string) {
	out = make([]evaluator.Sample, 0, len(v))
	for _, x := range v {
		if x.H == nil {
			out = append(out, evaluator.Sample{Raw: labelsJSON(x.Metric), Value: x.F})
		}
	}
	switch {
	case len(out) == len(v):
		return out, evaluator.Good, ""
	case len(out) == 0:
		return nil, evaluator.BadQuery, "the expression returns native histograms; an alert needs numbers, as histogram_quantile gives"
	}
	return out, evaluator.Partial, "some of the series are native histograms, which have no value"
}

// Range answers a query at many instants.
func (s *Source) Range(ctx context.Context, ask engine.RangeAsk) (engine.Matrix, error) {
	m := engine.Matrix{Parse: promapi.ParseLabels}
	q, err := s.engine.NewRangeQuery(ctx, s.memory, nil, ask.Expr, ask.From.Time(), ask.Until.Time(), ask.Step)
	if err != nil {
		return m, &engine.RangeError{Outcome: evaluator.BadQuery, Text: err.Error()}
	}
	defer q.Close()
	result := q.Exec(ctx)
	if result.Err != nil {
		return m, &engine.RangeError{Outcome: evaluator.Execution, Text: result.Err.Error()}
	}
	matrix, ok := result.Value.(promql.Matrix)
	if !ok {
		return m, errors.New("a range query gave no matrix")
	}
	for _, x := range matrix {
		if len(x.Floats) > 0 {
			m.Series = append(m.Series, toPoints(x))
		}
	}
	return m, nil
}

func toPoints(x promql.Series) engine.Points {
	p := engine.Points{
		Raw:    labelsJSON(x.Metric),
		Times:  make([]model.Time, len(x.Floats)),
		Values: make([]float64, len(x.Floats)),
	}
	for i, f := range x.Floats {
		p.Times[i], p.Values[i] = model.Time(f.T), f.F
	}
	return p
}
