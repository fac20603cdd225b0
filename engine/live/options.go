package live

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/engine"
	"tocsin/rules"
)

// A World is what one configuration connects the core to. It is built before it
// is handed over, and lives until the last ask and the last attempt that began
// with it have ended.
type World struct {
	Sources map[string]engine.Source // by name
	Senders map[string]engine.Sender // by the integration's key
	// Listen are run from when the world is in force until it is replaced or the
	// driver stops: they hear what people do elsewhere. Each returns when its context
	// ends.
	Listen []func(context.Context)
	// Heartbeat, if set, is sent from the time the configuration is in force.
	Heartbeat *Heartbeat
	// Close, if set, is called once, when nothing uses the world any more.
	Close func()
}

// Options say what a driver drives. Core, Store and Config are needed.
type Options struct {
	// Core is new: nothing was restored into it or stepped. From Run on only the
	// driver touches it.
	Core *engine.Core
	// Store is open; who opened it closes it, after Run has returned.
	Store  engine.Store
	Config *rules.Config
	World  World
	Logger *slog.Logger // nil: no log
	// Lost says what the store could not give back; empty: nothing.
	Lost string
	// Failing says that the store can keep nothing yet: what is released, refused
	// and told while it fails is so from the first instant on.
	Failing bool
	// Wall is the wall clock; nil: the machine's. Time itself is monotonic and
	// only compared with it, to notice that it was set or that the machine slept.
	Wall func() time.Time
	// Retention is how long history is kept; 0: 30 days.
	Retention time.Duration
	// Observe, if set, sees each batch on the loop, before anything is done with
	// it. It must be quick.
	Observe func(engine.Batch)
	// Journal, if set, hears of all that the core is given.
	Journal Journal
}

// A Journal takes down what the core is given, in order, so that another core can
// be given the same. It is called on the loop, must be quick and never waits.
type Journal interface {
	// Restored tells of a row that the store gave back, before the first input.
	Restored(row rules.Stored)
	// Stepped tells of a step: its time, its input, and what came of it. The input
	// and the batch are nobody's to change.
	Stepped(at model.Time, in engine.Input, b engine.Batch)
}

const defaultRetention = 30 * 24 * time.Hour

func (o Options) withDefaults() Options {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Wall == nil {
		o.Wall = time.Now
	}
	if o.Retention <= 0 {
		o.Retention = defaultRetention
	}
	return o
}

// A crew is a world with the count of those who are still at work in it. Who is
// to work in it is counted on the loop, and so always before it is dismissed.
type crew struct {
	World
	busy sync.WaitGroup
	deaf context.CancelFunc // ends the listeners; nil before they began
}

// listen begins to hear what people do elsewhere.
func (c *crew) listen(ctx context.Context) {
	ctx, c.deaf = context.WithCancel(ctx)
	for _, f := range c.Listen {
		c.busy.Go(func() { f(ctx) })
	}
}

// dismiss closes the world when the last one has ended.
func (c *crew) dismiss() {
	if c.deaf != nil {
		c.deaf()
	}
	c.busy.Wait()
	if c.Close != nil {
		c.Close()
	}
}
