package live

import (
	"context"
	"fmt"
	"time"

	"tocsin/engine"
	"tocsin/evaluator"
)

// ask puts a question in a goroutine of its own; the core bounds how many there
// are. Questions end with the run: what they would bring is asked again after
// the next start.
func (d *Driver) ask(ctx context.Context, a engine.Ask) {
	source := d.crew.Sources[a.Source]
	crew := d.crew
	asking, cancel := context.WithTimeout(ctx, d.clock.until(a.Deadline))
	crew.busy.Add(1)
	d.meter.asking(1)
	d.workers.Go(func() {
		defer crew.busy.Done()
		defer cancel()
		began := time.Now()
		answer := answerOf(asking, source, a)
		if ctx.Err() != nil {
			d.meter.asking(-1)
			return // it failed because we stop
		}
		d.meter.answered(a, answer.Outcome, time.Since(began))
		d.tellFailed(a, answer)
		d.inbox.put(item{input: engine.Answered{ID: a.ID, Answer: answer}})
	})
}

// answerOf asks, and turns a panic into an answer: one query that an adapter
// trips over must not end the others.
func answerOf(ctx context.Context, source engine.Source, a engine.Ask) (answer evaluator.Answer) {
	if source == nil {
		return evaluator.Answer{Outcome: evaluator.Unavailable, Error: fmt.Sprintf("there is no source %q", a.Source)}
	}
	defer func() {
		if r := recover(); r != nil {
			answer = evaluator.Answer{Outcome: evaluator.Execution, Error: fmt.Sprintf("asking the source panicked: %v", r)}
		}
	}()
	return source.Ask(ctx, a)
}
