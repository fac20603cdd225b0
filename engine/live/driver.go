package live

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/engine"
	"tocsin/rules"
)

// stepper is the core as the loop needs it.
type stepper interface {
	Restore(row rules.Stored) error
	Step(at model.Time, in engine.Input) engine.Batch
	Next() (model.Time, bool)
}

// A Driver runs one core in real time. Its methods other than Run are safe for
// concurrent use.
type Driver struct {
	opts   Options
	core   stepper
	log    *slog.Logger
	clock  *clock
	inbox  *inbox
	keeper *committer
	meter  *meter
	feed   *feed
	heart  *heart

	grumbler grumbler

	started  chan struct{} // closed when the first configuration is in force
	stopping chan struct{} // closed when Run was told to stop
	stopped  chan struct{} // closed when the loop has ended
	workers  sync.WaitGroup

	// What follows belongs to the loop.
	crew    *crew
	crews   map[*rules.Config]*crew // of reloads that wait for their instant
	free    model.Time              // first millisecond in which time may pass
	checked time.Time               // when the clock was last compared
	dirty   uint64                  // number of the last batch with rows
	durable uint64                  // number up to which all rows are kept
	onlyMem bool                    // sends are released without the store
	held    []heldSend
	waiters []waiter
	flights map[flight]context.CancelFunc
}

// New returns a driver that does nothing yet.
func New(opts Options) *Driver { return newDriver(opts, opts.Core) }

func newDriver(opts Options, core stepper) *Driver {
	opts = opts.withDefaults()
	c := newClock(opts.Wall)
	d := &Driver{
		opts: opts, core: core, log: opts.Logger, clock: c, inbox: newInbox(c),
		meter: newMeter(), feed: newFeed(), heart: newHeart(opts.World.Heartbeat),
		started: make(chan struct{}), stopping: make(chan struct{}), stopped: make(chan struct{}),
		crew: &crew{World: opts.World}, crews: map[*rules.Config]*crew{},
		flights: map[flight]context.CancelFunc{},
	}
	d.keeper = newCommitter(opts.Store, opts.Retention, keeperEvents{
		durable:   func(seq uint64) { d.inbox.act(func(ctx context.Context) { d.kept(ctx, seq) }) },
		failed:    d.tellTrouble,
		degraded:  func() { d.inbox.act(d.degrade) },
		recovered: func() { d.inbox.act(d.caughtUp) },
		now:       c.now,
		committed: d.meter.committed,
	})
	return d
}

// Run loads what the store kept, puts the configuration in force and drives the
// core until ctx is cancelled; then it stops in order, within 10 s. It is called
// once. The error says what could not be loaded, or not be kept at the end.
func (d *Driver) Run(ctx context.Context) error {
	defer close(d.stopped)
	defer d.feed.close()
	if err := d.load(ctx); err != nil {
		close(d.stopping)
		d.crew.dismiss()
		if ctx.Err() != nil {
			return nil // told to stop before there was anything to keep
		}
		return err
	}
	if d.opts.Failing {
		d.keeper.suspect()
	}
	hard, giveUp := context.WithCancel(context.WithoutCancel(ctx))
	defer giveUp()
	kept := make(chan error, 1)
	go func() { kept <- d.keeper.run(hard) }()
	d.crew.listen(ctx)

	d.inbox.put(item{input: engine.Reloaded{Config: d.opts.Config}, done: func(uint64) { close(d.started) }})
	if d.opts.Failing {
		d.degrade(ctx) // after the configuration, which says whom to tell
	}
	d.workers.Go(func() { d.beats(ctx) })
	d.loop(ctx)
	return d.stop(ctx, giveUp, kept)
}

// load gives the core all rows. A row that is of no use is named in the log and
// left behind.
func (d *Driver) load(ctx context.Context) error {
	rows, useless := 0, 0
	err := d.opts.Store.Load(ctx, func(row rules.Stored) error {
		rows++
		if d.opts.Journal != nil {
			d.opts.Journal.Restored(row)
		}
		if err := d.core.Restore(row); err != nil {
			useless++
			d.log.Warn("a stored row is of no use", "kind", row.Kind, "key", row.Key, "err", err)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("load state: %w", err)
	}
	if d.opts.Lost != "" {
		d.inbox.put(item{input: engine.Lost{Text: d.opts.Lost}})
	}
	if useless > 0 {
		d.inbox.put(item{input: engine.Lost{Text: fmt.Sprintf("%d of %d stored rows could not be read", useless, rows)}})
	}
	d.log.Info("state loaded", "rows", rows)
	return nil
}
