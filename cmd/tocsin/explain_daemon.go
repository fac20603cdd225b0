package main

import (
	"context"
	"fmt"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/engine"
	"tocsin/history"
	"tocsin/web"
)

// explain says why an alert did or did not notify: now, or as of a time from the
// history alone.
func (d *daemon) explain(ctx context.Context, alert string, at time.Time) (any, error) {
	q, err := history.ParseQuery(alert)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", web.ErrBadQuestion, err)
	}
	now := time.Now()
	if at.After(now) {
		return nil, fmt.Errorf("%w: %s is yet to come", web.ErrBadQuestion, at.UTC().Format(time.RFC3339))
	}
	d.explaining.Lock()
	defer d.explaining.Unlock()
	question := history.Question{Asked: alert, At: model.TimeFromUnixNano(at.UnixNano())}
	if at.IsZero() {
		question.At = model.TimeFromUnixNano(now.UnixNano())
		if question.Live, err = d.look(ctx, q); err != nil {
			return nil, fmt.Errorf("the core does not answer: %w", err)
		}
		q = q.About(*question.Live)
	}
	rows, err := history.Read(ctx, d.kept, q, question.Span())
	if err != nil {
		return nil, err
	}
	return history.Explain(question, rows), nil
}

func (d *daemon) look(ctx context.Context, q history.Query) (*history.Live, error) {
	found := make(chan history.Live, 1) // a look that comes too late must not write to the answer
	err := d.driver.Load().Look(ctx, func(c *engine.Core) { found <- history.Look(c, q) })
	if err != nil {
		return nil, err
	}
	l := <-found
	return &l, nil
}
