package live

import (
	"context"
	"errors"
	"fmt"

	"tocsin/engine"
	"tocsin/rules"
)

// What the doors refuse with.
var (
	// ErrStopped is returned when the driver stops or has stopped.
	ErrStopped = errors.New("the daemon is stopping")
	// ErrNotKept is returned for what people do while the store fails: it could
	// not be kept, so it is not done.
	ErrNotKept = errors.New("the store is failing")
)

// Do brings an input of a person to the core and returns when all that came of
// it is durable. On ErrNotKept it may be in force, but does not survive the end
// of the process.
func (d *Driver) Do(ctx context.Context, in engine.Input) error {
	if d.meter.isDegraded() {
		return ErrNotKept
	}
	done := make(chan error, 1)
	return d.wait(ctx, done, func() {
		d.inbox.put(item{input: in, done: func(seq uint64) { d.whenDurable(seq, done) }})
	})
}

// whenDurable tells when all batches up to one are durable.
func (d *Driver) whenDurable(seq uint64, done chan<- error) {
	need := min(seq, d.dirty)
	switch {
	case need <= d.durable:
		done <- nil
	case d.onlyMem:
		done <- ErrNotKept
	default:
		d.waiters = append(d.waiters, waiter{need, done})
	}
}

// Reload puts a configuration and its world in force as one, and returns when
// that is so. On ErrStopped the world was not taken over; on an error of ctx it
// may have been.
func (d *Driver) Reload(ctx context.Context, cfg *rules.Config, world World) error {
	done := make(chan error, 1)
	return d.wait(ctx, done, func() {
		d.inbox.act(func(context.Context) {
			d.crews[cfg] = &crew{World: world}
			d.inbox.put(item{input: engine.Reloaded{Config: cfg}, done: func(uint64) { done <- nil }})
		})
	})
}

// Look calls f on the loop, between two instants: f may read the core, and must
// neither keep it nor take long. A page that panics is an error, not the end.
func (d *Driver) Look(ctx context.Context, f func(core *engine.Core)) error {
	done := make(chan error, 1)
	return d.wait(ctx, done, func() {
		d.inbox.act(func(context.Context) { done <- safely(func() { f(d.opts.Core) }) })
	})
}

func safely(f func()) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("looking at the core panicked: %v", r)
		}
	}()
	f()
	return nil
}

// Started is closed when the first configuration is in force.
func (d *Driver) Started() <-chan struct{} { return d.started }

// wait begins something and waits until it is done.
func (d *Driver) wait(ctx context.Context, done <-chan error, begin func()) error {
	select {
	case <-d.stopping:
		return ErrStopped
	default:
	}
	begin()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	case <-d.stopped:
	}
	select {
	case err := <-done: // it was the last thing that was done
		return err
	default:
		return ErrStopped
	}
}
