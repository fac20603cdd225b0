package live

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tocsin/engine"
)

const (
	// flightWait is how long a stop waits for attempts under way.
	flightWait = 8 * time.Second
	// stopWithin is how long it takes in all, at most, with what waits for it.
	stopWithin = 9500 * time.Millisecond
	// stopMargin is how long the store has to notice that its time is over.
	stopMargin = 250 * time.Millisecond
)

// stop ends the run in order: nothing is begun; attempts under way may end, and
// what comes of them is kept with the last checkpoint. An attempt that does not
// end in time stands in the store as under way, and so is unknown at the next
// start.
func (d *Driver) stop(ctx context.Context, giveUp context.CancelFunc, kept <-chan error) error {
	close(d.stopping)
	limit := time.Now().Add(stopWithin)
	defer time.AfterFunc(stopWithin, giveUp).Stop()
	d.log.Info("stopping", "sending", len(d.flights), "held", len(d.held))

	d.returnHeld()
	d.awaitFlights(ctx)
	d.last(ctx)
	d.keeper.close()
	err := awaitKeeper(kept, limit)
	for _, act := range d.inbox.takeActs() {
		act(ctx) // who waited for the last commit hears of it
	}
	d.leave(limit)
	if err != nil {
		return fmt.Errorf("stop: %w", err)
	}
	return nil
}

// awaitKeeper waits until the committer has ended, but not much longer than it
// was allowed to take.
func awaitKeeper(kept <-chan error, limit time.Time) error {
	select {
	case err := <-kept:
		return err
	case <-time.After(time.Until(limit) + stopMargin):
		return errors.New("the store does not answer: the last rows are not kept")
	}
}

// returnHeld gives back the attempts that wait for the store; they are made after
// the next start.
func (d *Driver) returnHeld() {
	for _, h := range d.held {
		d.giveBack(h, "stopping")
	}
	d.held = nil
}

// awaitFlights steps the results of attempts until there are none under way.
func (d *Driver) awaitFlights(ctx context.Context) {
	timeout := time.NewTimer(flightWait)
	defer timeout.Stop()
	for d.stepSettled(ctx); len(d.flights) > 0; d.stepSettled(ctx) {
		select {
		case <-d.inbox.wake:
		case <-timeout.C:
			d.log.Warn("attempts did not end in time", "sending", len(d.flights))
			for _, cancel := range d.flights {
				cancel()
			}
			return
		}
	}
}

// stepSettled steps the results that are there, at once: time does not pass any
// more, and so nothing can come of their order. Other inputs are dropped.
func (d *Driver) stepSettled(ctx context.Context) {
	for _, act := range d.inbox.takeActs() {
		act(ctx)
	}
	var inputs []engine.Input
	for _, it := range d.inbox.takeAll() {
		if s, ok := it.input.(engine.Settled); ok {
			inputs = append(inputs, s)
		}
	}
	engine.Order(inputs)
	at := max(d.clock.now(), d.free)
	for _, in := range inputs {
		d.step(ctx, at, in)
	}
}

// last steps the last input, whose batch holds the checkpoint.
func (d *Driver) last(ctx context.Context) {
	at := max(d.clock.now(), d.free)
	d.step(ctx, at, engine.Stopping{})
}

// leave waits for the goroutines that end by themselves, but not for a source or
// a sender that doesn't heed its context.
func (d *Driver) leave(limit time.Time) {
	gone := make(chan struct{})
	go func() {
		d.crew.dismiss()
		d.workers.Wait()
		close(gone)
	}()
	select {
	case <-gone:
	case <-time.After(time.Until(limit)):
		d.log.Warn("something did not end: it is left behind")
	}
}
