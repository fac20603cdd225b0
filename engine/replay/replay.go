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

// A Walk is one pass through virtual time. It belongs to one goroutine.
type Walk struct {
	Options
	core  stepper
	queue queue
	free  model.Time    // first millisecond in which time may pass
	shift time.Duration // by which core time is ahead of the queue's
}

// Begin loads the store and returns a walk that has not lived through anything yet.
func Begin(ctx context.Context, opts Options) (*Walk, error) { return begin(ctx, opts.Core, opts) }

func begin(ctx context.Context, core stepper, opts Options) (*Walk, error) {
	w := &Walk{Options: opts, core: core, free: opts.Start}
	if err := w.load(ctx); err != nil {
		return nil, err
	}
	for _, s := range opts.Inputs {
		w.queue.put(s.At, s.Input)
	}
	return w, nil
}

// Run lives through the time from Start to End. It ends early, with an error,
// when ctx is cancelled or the store fails.
func Run(ctx context.Context, opts Options) error { return run(ctx, opts.Core, opts) }

func run(ctx context.Context, core stepper, opts Options) error {
	w, err := begin(ctx, core, opts)
	if err != nil {
		return err
	}
	return w.Until(ctx, opts.End)
}

// Until lives on through the milliseconds before end. It returns early, with an
// error, when ctx is cancelled or the store fails.
func (w *Walk) Until(ctx context.Context, end model.Time) error {
	for {
		at, ok := w.next()
		if !ok || at >= min(end, w.End) {
			return nil
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := w.instant(ctx, at); err != nil {
			return err
		}
	}
}

// Put adds an input that reaches the core at a time that was not lived through yet.
func (w *Walk) Put(at model.Time, in engine.Input) { w.queue.put(max(at, w.free), in) }

func (w *Walk) load(ctx context.Context) error {
	if w.Store == nil {
		return nil
	}
	err := w.Store.Load(ctx, w.core.Restore)
	if err != nil {
		return fmt.Errorf("load state: %w", err)
	}
	return nil
}

// next returns the earliest millisecond in which there is something to do, by
// the queue's clock.
func (w *Walk) next() (model.Time, bool) {
	at, ok := w.queue.first()
	if due, wanted := w.core.Next(); wanted {
		due = max(due.Add(-w.shift), w.free)
		if !ok || due < at {
			at, ok = due, true
		}
	}
	return at, ok
}

// instant steps the inputs of one millisecond, then lets time pass if it is due.
func (w *Walk) instant(ctx context.Context, at model.Time) error {
	inputs := w.queue.take(at)
	engine.Order(inputs)
	for _, in := range inputs {
		if s, ok := in.(engine.Stepped); ok {
			w.shift += s.By
		}
		if err := w.step(ctx, at, in); err != nil {
			return err
		}
	}
	w.free = at + 1
	if due, ok := w.core.Next(); ok && due <= at.Add(w.shift) {
		return w.step(ctx, at, engine.Elapsed{})
	}
	return nil
}

func (w *Walk) step(ctx context.Context, at model.Time, in engine.Input) error {
	b := w.core.Step(at.Add(w.shift), in)
	if b.Empty() {
		return nil
	}
	if w.Observe != nil {
		w.Observe(b)
	}
	if w.Store != nil && len(b.Rows) > 0 {
		if err := w.Store.Commit(ctx, b.Rows); err != nil {
			return fmt.Errorf("keep rows: %w", err)
		}
	}
	for _, a := range b.Asks {
		w.ask(ctx, at+1, a)
	}
	for _, s := range b.Sends {
		w.send(ctx, at+1, s)
	}
	return nil
}

// ask asks at a time and puts the answer where it will have arrived.
func (w *Walk) ask(ctx context.Context, at model.Time, a engine.Ask) {
	var takes time.Duration
	if w.AskTakes != nil {
		takes = w.AskTakes(a)
	}
	deadline := a.Deadline.Add(-w.shift)
	if at.Add(takes) >= deadline {
		w.queue.put(max(at, deadline), engine.Answered{ID: a.ID, Answer: TimedOut()})
		return
	}
	answer := evaluator.Answer{
		Outcome: evaluator.Unavailable, Error: fmt.Sprintf("there is no source %q", a.Source),
	}
	if source := w.Sources[a.Source]; source != nil {
		answer = source.Ask(ctx, a)
	}
	w.queue.put(at.Add(takes), engine.Answered{ID: a.ID, Answer: answer})
}

// send makes an attempt at a time and puts its end where it will have arrived.
func (w *Walk) send(ctx context.Context, at model.Time, s engine.Send) {
	var takes time.Duration
	if w.SendTakes != nil {
		takes = w.SendTakes(s.Delivery)
	}
	deadline := s.Deadline.Add(-w.shift)
	if at.Add(takes) >= deadline {
		w.queue.put(max(at, deadline), engine.Settled{Settled: Overran(s.Delivery)})
		return
	}
	settled := notifier.Settled{ID: s.Delivery.ID, Attempt: s.Delivery.Attempt, Outcome: notifier.Delivered}
	if w.Sender != nil {
		settled = w.Sender.Send(ctx, s.Delivery)
	}
	w.queue.put(at.Add(takes), engine.Settled{Settled: settled})
}
