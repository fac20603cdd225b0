package backtest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/engine"
	"tocsin/evaluator"
)

const (
	// fewPoints is how many instants a page holds while it isn't known how many
	// series the expression has; the least that is tried, too.
	fewPoints = 64
	// mostPoints stays below the 11,000 that Prometheus gives per series.
	mostPoints = 8192
	// tries is how often a source that gives no answer is asked.
	tries = 4
)

// fewSeries is what an expression gets room for that returned nothing: it may return
// something on its next page.
const fewSeries = 10

// read returns the page that holds an instant, from the cache or from the source;
// nil if that can't be: the run is over then. The page before it, if there is one,
// says how large it may be, and whether the query is wrong in itself.
func (p *Pages) read(ctx context.Context, key streamKey, at model.Time, before *page) *page {
	n := (int64(at) - key.phase) / key.step.Milliseconds() // of the instant on its grid
	if pg := p.cached(key, n); pg != nil {
		return pg
	}
	points, wrong := fewPoints, false
	if before != nil {
		points = p.fit(n, max(len(before.raws), fewSeries))
		wrong = before.failed != nil && before.failed.Outcome == evaluator.BadQuery
	}
	for {
		pg, err := p.ask(ctx, key, n/int64(points)*int64(points), points)
		switch {
		case err == nil:
			p.keep(key, pg)
			return pg
		case pg != nil && (wrong || points <= fewPoints):
			return pg
		case pg != nil: // what is too much for the source may be less than that
			points = max(points/4, fewPoints)
		case points > fewPoints && p.Budget.left() == nil && ctx.Err() == nil: // or for the way
			points = fewPoints
		case p.Lenient:
			return failedPage(key, at, err)
		default:
			p.stop(err)
			return nil
		}
	}
}

// failedPage has one instant, of which nothing is known.
func failedPage(key streamKey, at model.Time, err error) *page {
	pg := emptyPage(at, key.step, 1, 0)
	pg.failed = &engine.RangeError{Outcome: evaluator.Unavailable, Text: err.Error()}
	return pg
}

// fit returns how many instants a page may hold: a power of two, so that pages of
// all runs begin at the same places, and as many as room and place allow.
func (p *Pages) fit(n int64, series int) int {
	points := fewPoints
	for points < mostPoints && 2*points*series <= p.room && n%int64(2*points) == 0 {
		points *= 2
	}
	return points
}

// ask reads a page from the source. With an error of the query it returns a page
// that says so; without a page the run can't go on.
func (p *Pages) ask(ctx context.Context, key streamKey, n int64, points int) (*page, error) {
	from := model.Time(n*key.step.Milliseconds() + key.phase)
	last := from.Add(time.Duration(points-1) * key.step)
	for last > p.Until {
		last = last.Add(-key.step)
		points--
	}
	if points < 1 {
		points, last = 1, from
	}
	m, err := p.matrix(ctx, engine.RangeAsk{Source: key.source, Expr: key.expr, From: from, Until: last, Step: key.step})
	if failed := (*engine.RangeError)(nil); errors.As(err, &failed) && failed.Outcome != evaluator.Unavailable {
		pg := newPage(from, key.step, points, m)
		pg.failed = failed
		return pg, err
	}
	if err != nil {
		return nil, err
	}
	return newPage(from, key.step, points, m), nil
}

// matrix asks the source, and asks again what gave no answer.
func (p *Pages) matrix(ctx context.Context, a engine.RangeAsk) (engine.Matrix, error) {
	source := p.Sources[a.Source]
	if source == nil {
		return engine.Matrix{}, fmt.Errorf("there is no source %q", a.Source)
	}
	var m engine.Matrix
	err := p.again(ctx, func() (err error) {
		m, err = source.Range(ctx, a)
		return err
	})
	n := 0
	for _, s := range m.Series {
		n += len(s.Values)
	}
	p.Budget.took(n)
	return m, err
}

// again calls f until it gives another error than that there is no answer, four
// times at most.
func (p *Pages) again(ctx context.Context, f func() error) error {
	for try := 1; ; try++ {
		if err := p.Budget.query(); err != nil {
			return err
		}
		err := f()
		if failed := (*engine.RangeError)(nil); err == nil || errors.As(err, &failed) && failed.Outcome != evaluator.Unavailable {
			return err
		}
		if p.Lenient {
			return err
		}
		if try == tries || ctx.Err() != nil {
			return fmt.Errorf("no answer after %d tries: %w", try, err)
		}
		p.Wait(ctx, time.Second<<(try-1))
	}
}

// instant asks the source at one instant.
func (p *Pages) instant(ctx context.Context, a engine.Ask) (answer evaluator.Answer) {
	source := p.Sources[a.Source]
	if source == nil {
		err := fmt.Errorf("there is no source %q", a.Source)
		if !p.Lenient {
			p.stop(err)
		}
		return evaluator.Answer{Outcome: evaluator.Unavailable, Error: err.Error()}
	}
	err := p.again(ctx, func() error {
		answer = source.Ask(ctx, a)
		if answer.Outcome == evaluator.Unavailable {
			return &engine.RangeError{Outcome: answer.Outcome, Text: answer.Error}
		}
		return nil
	})
	p.Budget.took(len(answer.Samples))
	if err != nil && !p.Lenient {
		p.stop(err)
	}
	return answer
}
