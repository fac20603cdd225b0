package live

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/engine"
)

// An item is an input with the millisecond of its arrival.
type item struct {
	at    model.Time
	input engine.Input
	// done, if set, is called on the loop with the number of the last batch of the
	// instant in which the input was stepped.
	done func(seq uint64)
}

// An inbox is where other goroutines leave things for the loop. It never blocks
// them: what lies in it is bounded by what the loop itself set going.
type inbox struct {
	clock *clock
	wake  chan struct{}

	mu    sync.Mutex
	items []item // in order of their time
	acts  []func(context.Context)
}

func newInbox(c *clock) *inbox {
	return &inbox{clock: c, wake: make(chan struct{}, 1)}
}

// put leaves an input, stamped with now. The clock is read under the lock, so
// that nothing can be stamped with a millisecond that the loop took to be over.
func (b *inbox) put(it item) {
	b.mu.Lock()
	it.at = b.clock.now()
	b.items = append(b.items, it)
	b.mu.Unlock()
	b.ring()
}

// act leaves something to be done on the loop at once, between two instants.
func (b *inbox) act(f func(context.Context)) {
	b.mu.Lock()
	b.acts = append(b.acts, f)
	b.mu.Unlock()
	b.ring()
}

func (b *inbox) ring() {
	select {
	case b.wake <- struct{}{}:
	default: // the loop will wake for all that is there
	}
}

// takeActs returns what is to be done at once.
func (b *inbox) takeActs() []func(context.Context) {
	b.mu.Lock()
	defer b.mu.Unlock()
	acts := b.acts
	b.acts = nil
	return acts
}

// take returns the millisecond that is running, and the inputs of those that are
// over.
func (b *inbox) take() (model.Time, []item) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.clock.now()
	n := 0
	for n < len(b.items) && b.items[n].at < now {
		n++
	}
	over := b.items[:n:n]
	b.items = b.items[n:]
	if len(b.items) == 0 {
		b.items = nil
	}
	return now, over
}

// takeAll returns all inputs, those of the running millisecond too.
func (b *inbox) takeAll() []item {
	b.mu.Lock()
	defer b.mu.Unlock()
	items := b.items
	b.items = nil
	return items
}

// first returns the time of the earliest input.
func (b *inbox) first() (model.Time, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.items) == 0 {
		return 0, false
	}
	return b.items[0].at, true
}

// step moves the clock, and with it what has arrived in the running millisecond,
// and leaves the news of it first. It returns the millisecond of that.
func (b *inbox) step(by time.Duration) model.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.clock.shift.Add(int64(by))
	for i := range b.items {
		b.items[i].at = b.items[i].at.Add(by)
	}
	at := b.clock.now()
	if len(b.items) > 0 {
		at = b.items[0].at
	}
	b.items = append([]item{{at: at, input: engine.Stepped{By: by}}}, b.items...)
	return at
}
