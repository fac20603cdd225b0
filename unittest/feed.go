package unittest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/engine"
	"tocsin/evaluator"
	"tocsin/rules/file"
)

// A feed is the source of a life: the series of the test as they come, and what the
// recording rules make of them, as a Prometheus would beside the daemon. It writes no
// ALERTS, for nobody does.
type feed struct {
	*world
	groups  []*recorded
	outages []file.OutageFixture
	err     error
}

// A recorded group is one with recording rules, and when it is evaluated next.
type recorded struct {
	*group
	every time.Duration
	next  model.Time
}

func newFeed(w *world, t *test) *feed {
	f := &feed{world: w, outages: t.Outages}
	for _, g := range ordered(t.groups, t.suite.Order) {
		own := g
		own.Rules = nil
		for _, r := range g.Rules {
			if r.Record != nil {
				own.Rules = append(own.Rules, r)
			}
		}
		if len(own.Rules) > 0 {
			f.groups = append(f.groups, &recorded{newGroup(own, nil), max(g.Interval, time.Millisecond), w.start})
		}
	}
	return f
}

// Ask answers a question as of its time, up to which the world goes on.
func (f *feed) Ask(ctx context.Context, a engine.Ask) evaluator.Answer {
	since := a.At.Sub(f.start)
	for _, o := range f.outages {
		if since >= o.From && (o.Until == 0 || since < o.Until) {
			return evaluator.Answer{Outcome: evaluator.Unavailable, Error: "an outage of the test"}
		}
	}
	if err := f.forward(ctx, a.At); err != nil && f.err == nil {
		f.err = err
	}
	return f.source.Ask(ctx, a)
}

// forward evaluates what records, tick by tick.
func (f *feed) forward(ctx context.Context, until model.Time) error {
	var errs []error
	for {
		first := f.first()
		if first == nil || first.next > until {
			break
		}
		at := first.next
		errs = append(errs, f.until(at))
		for _, g := range f.groups {
			if g.next == at {
				g.next = at.Add(g.every)
				errs = append(errs, g.tick(ctx, f.world, at)...)
			}
		}
	}
	errs = append(errs, f.until(until))
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("recording rules: %w", err)
	}
	return nil
}

// first is the group that is evaluated next.
func (f *feed) first() (first *recorded) {
	for _, g := range f.groups {
		if first == nil || g.next < first.next {
			first = g
		}
	}
	return first
}
