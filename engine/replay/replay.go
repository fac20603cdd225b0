package replay

import (
	"context"
	"fmt"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/engine"
	"tocsin/evaluator"
	"tocsin/notifier"
	"tocsin/rules"
)

// Options describe a run through virtual time. Core, Start, End and at least one
// Reloaded among the Inputs are needed.
type Options struct {
	Core *engine.Core
	// Store may be nil. It is loaded first, and each batch's rows are committed.
	Store engine.Store
	// Inputs are what reaches the core from outside, at their times. Of one
	// millisecond the engine decides the order.
	Inputs []Scheduled
	// Start is the first millisecond that may be lived through, End the first that
	// is not.
	Start, End model.Time

	Sources map[string]engine.Source
	Sender  engine.Sender // nil: everything is delivered at once
	// AskTakes and SendTakes say how long an answer and an attempt take; nil: no
	// time. What takes longer than its deadline ends there, as TimedOut and Overran
	// say.
	AskTakes  func(engine.Ask) time.Duration
	SendTakes func(notifier.Delivery) time.Duration

	// Observe, if set, sees each batch that is not empty.
	Observe func(engine.Batch)
}

// A Scheduled is an input with its time. Times are those of a clock that never
// steps: after a Stepped, core time is ahead of them by what it says.
type Scheduled struct {
	At    model.Time
	Input engine.Input
}

// TimedOut is the answer to a question that took longer than its deadline.
func TimedOut() evaluator.Answer {
	return evaluator.Answer{Outcome: evaluator.Unavailable, Error: "no answer before the deadline"}
}

// Overran is the end of an attempt that took longer than its deadline.
func Overran(d notifier.Delivery) notifier.Settled {
	return notifier.Settled{ID: d.ID, Attempt: d.Attempt, Outcome: notifier.Unknown, Error: "the deadline passed"}
}

// stepper is the core as a run needs it.
type stepper interface {
	Restore(row rules.Stored) error
	Step(at model.Time, in engine.Input) engine.Batch
	Next() (model.Time, bool)
}

// A run is one pass through virtual time.
type run struct {
	Options
	core  stepper
	queue queue
	free  model.Time    // first millisecond in which time may pass
	shift time.Duration // by which core time is ahead of the queue's
}

// Run lives through the time from Start to End. It ends early, with an error,
// when ctx is cancelled or the store fails.
func Run(ctx context.Context, opts Options) error { return runCore(ctx, opts.Core, opts) }

func runCore(ctx context.Context, core stepper, opts Options) error {
	r := &run{Options: opts, core: core, free: opts.Start}
	if err := r.load(ctx); err != nil {
		return err
	}
	for _, s := range opts.Inputs {
		r.queue.put(s.At, s.Input)
	}
	for {
		at, ok := r.next()
		if !ok || at >= opts.End {
			return nil
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := r.instant(ctx, at); err != nil {
			return err
		}
	}
}

func (r *run) load(ctx context.Context) error {
	if r.Store == nil {
		return nil
	}
	err := r.Store.Load(ctx, r.core.Restore)
	if err != nil {
		return fmt.Errorf("load state: %w", err)
	}
	return nil
}

// next returns the earliest millisecond in which there is something to do, by
// the queue's clock.
func (r *run) next() (model.Time, bool) {
	at, ok := r.queue.first()
	if due, wanted := r.core.Next(); wanted {
		due = max(due.Add(-r.shift), r.free)
		if !ok || due < at {
			at, ok = due, true
		}
	}
	return at, ok
}

// instant steps the inputs of one millisecond, then lets time pass if it is due.
func (r *run) instant(ctx context.Context, at model.Time) error {
	inputs := r.queue.take(at)
	engine.Order(inputs)
	for _, in := range inputs {
		if s, ok := in.(engine.Stepped); ok {
			r.shift += s.By
		}
		if err := r.step(ctx, at, in); err != nil {
			return err
		}
	}
	r.free = at + 1
	if due, ok := r.core.Next(); ok && due <= at.Add(r.shift) {
		return r.step(ctx, at, engine.Elapsed{})
	}
	return nil
}

func (r *run) step(ctx context.Context, at model.Time, in engine.Input) error {
	b := r.core.Step(at.Add(r.shift), in)
	if b.Empty() {
		return nil
	}
	if r.Observe != nil {
		r.Observe(b)
	}
	if r.Store != nil && len(b.Rows) > 0 {
		if err := r.Store.Commit(ctx, b.Rows); err != nil {
			return fmt.Errorf("keep rows: %w", err)
		}
	}
	for _, a := range b.Asks {
		r.ask(ctx, at+1, a)
	}
	for _, s := range b.Sends {
		r.send(ctx, at+1, s)
	}
	return nil
}

// ask asks at a time and puts the answer where it will have arrived.
func (r *run) ask(ctx context.Context, at model.Time, a engine.Ask) {
	var takes time.Duration
	if r.AskTakes != nil {
		takes = r.AskTakes(a)
	}
	deadline := a.Deadline.Add(-r.shift)
	if at.Add(takes) >= deadline {
		r.queue.put(max(at, deadline), engine.Answered{ID: a.ID, Answer: TimedOut()})
		return
	}
	answer := evaluator.Answer{
		Outcome: evaluator.Unavailable, Error: fmt.Sprintf("there is no source %q", a.Source),
	}
	if source := r.Sources[a.Source]; source != nil {
		answer = source.Ask(ctx, a)
	}
	r.queue.put(at.Add(takes), engine.Answered{ID: a.ID, Answer: answer})
}

// send makes an attempt at a time and puts its end where it will have arrived.
func (r *run) send(ctx context.Context, at model.Time, s engine.Send) {
	var takes time.Duration
	if r.SendTakes != nil {
		takes = r.SendTakes(s.Delivery)
	}
	deadline := s.Deadline.Add(-r.shift)
	if at.Add(takes) >= deadline {
		r.queue.put(max(at, deadline), engine.Settled{Settled: Overran(s.Delivery)})
		return
	}
	settled := notifier.Settled{ID: s.Delivery.ID, Attempt: s.Delivery.Attempt, Outcome: notifier.Delivered}
	if r.Sender != nil {
		settled = r.Sender.Send(ctx, s.Delivery)
	}
	r.queue.put(at.Add(takes), engine.Settled{Settled: settled})
}
