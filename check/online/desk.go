package online

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/evaluator"
)

// A desk asks one source: nothing twice, and nothing more once it is down.
type desk struct {
	source Source
	o      *Options

	queries atomic.Int64
	mu      sync.Mutex
	down    *Failure
	memory  map[string]*memory
}

// A memory is an answer that is kept for the next who asks.
type memory struct {
	once  sync.Once
	value any
	err   error
}

// remembered asks once.
func remembered[T any](d *desk, key string, ask func() (T, error)) (T, error) {
	d.mu.Lock()
	m := d.memory[key]
	if m == nil {
		m = &memory{}
		d.memory[key] = m
	}
	d.mu.Unlock()
	m.once.Do(func() { m.value, m.err = ask() })
	value, _ := m.value.(T)
	return value, m.err
}

// do asks a question, and once more if the source did not answer and is there all the same.
func (d *desk) do(ctx context.Context, timeout time.Duration, ask func(context.Context) error) (took time.Duration, err error) {
	for try := 1; ; try++ {
		if down := d.isDown(); down != nil {
			return 0, down
		}
		took, err = d.timed(ctx, timeout, ask)
		f := failureOf(err)
		switch {
		case f == nil:
			return took, nil
		case ctx.Err() != nil:
			return took, &Failure{Outcome: evaluator.Unavailable, Text: context.Cause(ctx).Error()}
		case f.Outcome == evaluator.Execution || f.Outcome == evaluator.Unavailable:
			f.late = took >= timeout*8/10
		}
		if f.Outcome != evaluator.Unavailable {
			return took, f
		}
		if down := d.ping(ctx); down != nil {
			return took, down
		}
		if f.late || try == tries {
			return took, f
		}
	}
}

const (
	// tries is how often a question is asked that a source does not answer which answers
	// others.
	tries = 2
	// pingTimeout bounds the question whether a source is there.
	pingTimeout = 5 * time.Second
	// patience is for how long a source may be gone before it is called down.
	patience = time.Second
)

func (d *desk) timed(ctx context.Context, timeout time.Duration, ask func(context.Context) error) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	d.queries.Add(1)
	began := time.Now()
	err := ask(ctx)
	return time.Since(began), err
}

// failureOf returns what is wrong; nil: nothing.
func failureOf(err error) *Failure {
	if err == nil {
		return nil
	}
	if f, ok := errors.AsType[*Failure](err); ok {
		own := *f
		return &own
	}
	return &Failure{Outcome: evaluator.Unavailable, Text: err.Error()}
}

// ping asks whether the source is there at all, and once more a little later.
func (d *desk) ping(ctx context.Context) *Failure {
	for try := 1; ; try++ {
		_, err := d.timed(ctx, pingTimeout, func(ctx context.Context) error {
			a := d.source.Ask(ctx, "vector(1)", d.o.Now)
			if a.Outcome == evaluator.Good || a.Outcome == evaluator.Partial {
				return nil
			}
			return &Failure{Outcome: a.Outcome, Text: a.Error}
		})
		f := failureOf(err)
		if f == nil {
			return nil
		}
		if try == tries || ctx.Err() != nil {
			f.Outcome = evaluator.Unavailable
			d.mu.Lock()
			defer d.mu.Unlock()
			d.down = f
			return f
		}
		d.o.Wait(ctx, patience)
	}
}

func (d *desk) isDown() *Failure {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.down
}

// ask asks for an expression at an instant. A part of an answer is a failure: what is not
// in it may be there.
func (d *desk) ask(ctx context.Context, expr string, at model.Time, timeout time.Duration) (a evaluator.Answer, took time.Duration, err error) {
	took, err = d.do(ctx, timeout, func(ctx context.Context) error {
		if a = d.source.Ask(ctx, expr, at); a.Outcome != evaluator.Good {
			return &Failure{Outcome: a.Outcome, Text: a.Error}
		}
		return nil
	})
	return a, took, err
}

// count returns how many series an expression has at an instant.
func (d *desk) count(ctx context.Context, expr string, at model.Time, timeout time.Duration) (n int, took time.Duration, err error) {
	a, took, err := d.ask(ctx, counted(expr), at, timeout)
	if err != nil || len(a.Samples) == 0 {
		return 0, took, err
	}
	return int(a.Samples[0].Value), took, nil
}

// counted counts the series of an expression, which may end in a comment.
func counted(expr string) string { return "count(\n" + expr + "\n)" }

// now returns how many series a selector has.
func (d *desk) now(ctx context.Context, selector string) (int, error) {
	return remembered(d, "now "+selector, func() (int, error) {
		n, _, err := d.count(ctx, selector, d.o.Now, d.o.Timeout)
		return n, err
	})
}

// seen returns when a selector last had series within the period; 0: at no time.
func (d *desk) seen(ctx context.Context, selector string) (model.Time, error) {
	return remembered(d, "seen "+selector, func() (last model.Time, err error) {
		all, err := d.history(ctx, "count("+selector+")", max(lookback, d.o.Period/mostPoints))
		for _, s := range all {
			for _, t := range s.Times {
				last = max(last, t)
			}
		}
		return last, err
	})
}

const (
	// lookback is for how long Prometheus counts a sample: what is looked for in steps of
	// this is not missed.
	lookback = 5 * time.Minute
	// mostPoints stays below the 11,000 that Prometheus gives per series.
	mostPoints = 10_000
)

// history asks for the period, in steps that end now.
func (d *desk) history(ctx context.Context, expr string, step time.Duration) (all []Series, err error) {
	step = max(step.Truncate(time.Second), time.Second)
	ask := RangeAsk{Expr: expr, From: d.o.Now.Add(-d.o.Period / step * step), Until: d.o.Now, Step: step}
	_, err = d.do(ctx, d.o.Timeout, func(ctx context.Context) (err error) {
		all, err = d.source.Range(ctx, ask)
		return err
	})
	return all, err
}

// words returns values of a label, or the names of labels, for hints: a part of them will
// do, and where a living source gives none there is no hint.
func (d *desk) words(ctx context.Context, label, match string) ([]string, error) {
	return remembered(d, "words "+label+" "+match, func() (all []string, err error) {
		ask := WordsAsk{Label: label, Match: match, From: d.o.Now.Add(-d.o.Period), Until: d.o.Now}
		_, err = d.do(ctx, d.o.Timeout, func(ctx context.Context) (err error) {
			all, err = d.source.Words(ctx, ask)
			return err
		})
		if d.isDown() == nil && ctx.Err() == nil {
			err = nil
		}
		return all, err
	})
}
