package live

import (
	"context"

	"tocsin/engine"
)

// A heldSend is an attempt that waits until its batch is durable.
type heldSend struct {
	need uint64
	crew *crew // of the configuration that handed it out
	send engine.Send
}

// A waiter is told when all rows up to a batch are durable, or that they are not
// going to be soon.
type waiter struct {
	need uint64
	done chan<- error // has room
}

// before does what must be true when the core hears of an input.
func (d *Driver) before(ctx context.Context, in engine.Input) {
	switch in := in.(type) {
	case engine.Reloaded:
		next, ok := d.crews[in.Config]
		if !ok {
			return // the first configuration, or one without a world of its own
		}
		delete(d.crews, in.Config)
		old := d.crew
		d.crew = next
		d.crew.listen(ctx)
		d.heart.exchange(next.Heartbeat)
		d.workers.Go(old.dismiss)
	case engine.Settled:
		d.land(in.Settled)
	case engine.Silenced, engine.Unsilenced, engine.Acked, engine.Unacked,
		engine.Elapsed, engine.Answered, engine.Stepped, engine.Degraded, engine.Lost, engine.Stopping:
	}
}

// carryOut does what a batch asks: its rows are on their way to the store before
// anything else, its questions start at once, its attempts when it is durable.
func (d *Driver) carryOut(ctx context.Context, b engine.Batch) {
	if b.Empty() {
		return
	}
	if d.opts.Observe != nil {
		d.opts.Observe(b)
	}
	if len(b.Rows) > 0 {
		d.dirty = b.Seq
		d.keeper.add(b.Seq, b.Rows)
	}
	for _, a := range b.Asks {
		d.ask(ctx, a)
	}
	for _, s := range b.Sends {
		d.crew.busy.Add(1)
		d.held = append(d.held, heldSend{need: d.dirty, crew: d.crew, send: s})
	}
	d.release(ctx)
	d.tell(b)
	d.feed.publish(b)
}

// release starts the attempts that need wait no longer. They are held in order,
// so the first that must wait ends it.
func (d *Driver) release(ctx context.Context) {
	n := 0
	for n < len(d.held) && (d.onlyMem || d.held[n].need <= d.durable) {
		d.send(ctx, d.held[n])
		n++
	}
	if d.held = d.held[n:]; len(d.held) == 0 {
		d.held = nil
	}
	d.meter.holding(len(d.held))
}

// kept hears from the committer that all rows up to a batch are durable.
func (d *Driver) kept(ctx context.Context, seq uint64) {
	d.durable = max(d.durable, seq)
	d.release(ctx)
	waiting := d.waiters[:0]
	for _, w := range d.waiters {
		if w.need <= d.durable {
			w.done <- nil
			continue
		}
		waiting = append(waiting, w)
	}
	d.waiters = waiting
}

// degrade and caughtUp hear from the committer that the store has failed for too
// long, and that it has caught up.
func (d *Driver) degrade(ctx context.Context) {
	d.log.Error("the store fails; going on from memory")
	d.onlyMem = true
	for _, w := range d.waiters {
		w.done <- ErrNotKept
	}
	d.waiters = nil
	d.meter.degraded(true)
	d.release(ctx)
	d.inbox.put(item{input: engine.Degraded{Failing: true}})
}

func (d *Driver) caughtUp(context.Context) {
	d.log.Info("the store has caught up")
	d.onlyMem = false
	d.meter.degraded(false)
	d.inbox.put(item{input: engine.Degraded{Failing: false}})
}
