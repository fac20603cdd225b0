package live

import (
	"context"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/engine"
)

const (
	// beat is the longest time between two looks at the wall clock.
	beat = time.Second
	// catchUp is how late the loop may be and still live through each instant at
	// its own time. What is later than that takes place now, once.
	catchUp = time.Second
)

// loop lives until ctx is cancelled.
func (d *Driver) loop(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	d.checked = time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		case <-d.inbox.wake:
		}
		d.turn(ctx)
		timer.Reset(d.pause())
	}
}

// turn does all that is to be done now.
func (d *Driver) turn(ctx context.Context) {
	for _, act := range d.inbox.takeActs() {
		act(ctx)
	}
	now, items := d.inbox.take()
	for {
		at, ok := d.nextInstant(now, items)
		if !ok {
			break
		}
		n := 0
		for n < len(items) && items[n].at <= at {
			n++
		}
		d.instant(ctx, at, items[:n])
		items = items[n:]
	}
	d.checkClock()
}

// nextInstant returns the earliest millisecond before now in which an input
// arrived or time is to pass.
func (d *Driver) nextInstant(now model.Time, items []item) (model.Time, bool) {
	at, ok := d.due(now)
	if len(items) > 0 && (!ok || items[0].at < at) {
		at, ok = items[0].at, true
	}
	return at, ok && at < now
}

// due returns when the core wants time to pass, as far as that can still be.
func (d *Driver) due(now model.Time) (model.Time, bool) {
	next, ok := d.core.Next()
	return max(next, d.free, now.Add(-catchUp)), ok
}

// instant steps the inputs of one millisecond, then lets time pass if it is due.
func (d *Driver) instant(ctx context.Context, at model.Time, items []item) {
	began := time.Now()
	inputs := make([]engine.Input, len(items))
	for i, it := range items {
		inputs[i] = it.input
	}
	engine.Order(inputs)
	var seq uint64
	for _, in := range inputs {
		seq = d.step(ctx, at, in)
	}
	if next, ok := d.core.Next(); ok && next <= at {
		seq = d.step(ctx, at, engine.Elapsed{})
	}
	d.free = at + 1
	for _, it := range items {
		if it.done != nil {
			it.done(seq)
		}
	}
	d.meter.lived(time.Since(began), -d.clock.until(at+1))
}

// step brings one input to the core and sees to what comes of it.
func (d *Driver) step(ctx context.Context, at model.Time, in engine.Input) uint64 {
	d.before(ctx, in)
	batch := d.core.Step(at, in)
	if d.opts.Journal != nil {
		d.opts.Journal.Stepped(at, in, batch)
	}
	d.carryOut(ctx, batch)
	return batch.Seq
}

// pause returns how long there is nothing to do.
func (d *Driver) pause() time.Duration {
	wait := beat - time.Since(d.checked)
	earlier := func(t model.Time) { wait = min(wait, d.clock.until(t+1)) }
	if t, ok := d.inbox.first(); ok {
		earlier(t)
	}
	if t, ok := d.due(d.clock.now()); ok {
		earlier(t)
	}
	return max(wait, 0)
}

// checkClock compares the wall clock with core time. All instants before the one
// that is running have been lived through.
func (d *Driver) checkClock() {
	if time.Since(d.checked) >= beat {
		d.checked = time.Now()
		d.feed.flush()
	}
	by := d.clock.drift()
	if by == 0 {
		return
	}
	d.log.Warn("the clock stepped", "by", by.String())
	d.free = d.inbox.step(by)
	for i := range d.held {
		d.held[i].send.Deadline = d.held[i].send.Deadline.Add(by)
	}
}
