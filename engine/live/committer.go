package live

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/engine"
	"tocsin/rules"
)

const (
	// patience is how long the store may fail before sends are released without it.
	patience = 2 * time.Second
	// commitTimeout is how long one commit may take before the store counts as
	// failing. One of many rows is left to go on for a time that it needs on a slow
	// disk: broken off, it would be begun anew, larger each time.
	commitTimeout = 10 * time.Second
	rowTimeout    = 500 * time.Microsecond
	fewRows       = 10_000
	retryFirst    = 100 * time.Millisecond
	retryMost     = 5 * time.Second
	pruneFirst    = time.Minute
	pruneEvery    = 24 * time.Hour
)

// keeperEvents are what a committer tells its owner, from a goroutine of its own
// or a timer's. durable, degraded and recovered are called under the committer's
// lock, so that they come in order; they must not call back.
type keeperEvents struct {
	durable   func(seq uint64)
	failed    func(err error, rows int)
	degraded  func()
	recovered func()
	committed func(took time.Duration, rows int, err error)
	now       func() model.Time
}

// A committer keeps rows in order, all that wait in one transaction. Rows are
// absolute, so that what could not be kept merges with what came since.
type committer struct {
	store     engine.Store
	retention time.Duration
	on        keeperEvents
	wake      chan struct{}
	closing   chan struct{}

	mu    sync.Mutex
	debt  debt
	seq   uint64 // of the last batch in debt
	state keeperState
	since time.Time // when the attempt began that the state hangs on
	alarm *time.Timer
}

// A keeperState says what the owner knows of the store.
type keeperState uint8

const (
	keeping keeperState = iota
	tardy               // an attempt has failed, not for long yet
	failing             // degraded was said
)

func newCommitter(store engine.Store, retention time.Duration, on keeperEvents) *committer {
	return &committer{
		store: store, retention: retention, on: on,
		wake: make(chan struct{}, 1), closing: make(chan struct{}),
	}
}

// suspect makes a store that can keep nothing yet one that fails, before run. A
// row that nobody has is to be removed from it, so that it is found out when it
// can keep again even if nothing happens.
func (c *committer) suspect() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.state = failing
	c.debt.add([]rules.Row{{Kind: rules.KindSelf, Key: "nobody"}})
}

// add takes the rows of a batch over. Batches come in order.
func (c *committer) add(seq uint64, rows []rules.Row) {
	c.mu.Lock()
	c.debt.add(rows)
	c.seq = seq
	c.mu.Unlock()
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// close lets run end when all is kept.
func (c *committer) close() { close(c.closing) }

// run keeps until it is closed and owes nothing, or until ctx is cancelled: then
// the error says how much was not kept.
func (c *committer) run(ctx context.Context) error {
	prune := time.NewTimer(pruneFirst)
	defer prune.Stop()
	for {
		if err := c.pay(ctx); err != nil {
			return err
		}
		select {
		case <-c.wake:
		case <-prune.C:
			c.prune(ctx)
			prune.Reset(pruneEvery)
		case <-c.closing:
			return c.pay(ctx)
		}
	}
}

// pay keeps all that is owed, trying until it succeeds.
func (c *committer) pay(ctx context.Context) error {
	wait, closing := retryFirst, c.closing
	for {
		owed, seq := c.take()
		if owed.size() == 0 {
			return nil
		}
		err := c.commit(ctx, owed.all())
		if err == nil {
			c.paid(seq)
			c.tellDropped(owed.dropped)
			wait = retryFirst
			continue
		}
		owed, faults := owed.sift()
		for _, fault := range faults {
			c.on.failed(fault, 1)
		}
		n := c.putBack(owed)
		if len(faults) > 0 {
			continue
		}
		c.on.failed(err, n)
		select {
		case <-time.After(wait):
		case <-closing: // there is little time left
			wait, closing = retryFirst, nil
		case <-ctx.Done():
			return fmt.Errorf("%d rows not kept: %w", n, err)
		}
		wait = min(2*wait, retryMost)
	}
}

func (c *committer) commit(ctx context.Context, rows []rules.Row) error {
	ctx, cancel := context.WithTimeout(ctx, commitTimeout+time.Duration(max(len(rows)-fewRows, 0))*rowTimeout)
	defer cancel()
	began := time.Now()
	err := c.store.Commit(ctx, rows)
	c.on.committed(time.Since(began), len(rows), err)
	return err
}

// take returns what is owed, which is then under way, and sets the alarm for a
// store that hangs.
func (c *committer) take() (debt, uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	owed := c.debt
	owed.at = nil // as large as the rows, and of use only if they can't be kept
	c.debt = debt{}
	if owed.size() > 0 && c.state == keeping {
		c.since = time.Now()
		c.setAlarm(commitTimeout)
	}
	return owed, c.seq
}

// paid tells that all up to a batch is durable.
func (c *committer) paid(seq uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.alarm != nil {
		c.alarm.Stop()
		c.alarm = nil
	}
	c.on.durable(seq)
	if c.state == failing {
		c.on.recovered()
	}
	c.state = keeping
}

// putBack owes again what could not be kept, and returns how much that is now.
func (c *committer) putBack(owed debt) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.debt = c.debt.after(owed)
	if c.state == keeping {
		c.state = tardy
		c.setAlarm(patience - time.Since(c.since))
	}
	return c.debt.size()
}

// tellDropped tells what is missing from the history for good.
func (c *committer) tellDropped(rows int) {
	if rows > 0 {
		c.on.failed(errors.New("the store failed for so long that the oldest history was dropped"), rows)
	}
}

// setAlarm replaces the alarm; the lock is held. An alarm that was replaced or
// stopped after it had gone off finds that it is not the one any more.
func (c *committer) setAlarm(after time.Duration) {
	if c.alarm != nil {
		c.alarm.Stop()
	}
	var mine *time.Timer
	mine = time.AfterFunc(after, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.alarm == mine && c.state != failing {
			c.state = failing
			c.on.degraded()
		}
	})
	c.alarm = mine
}

// prune removes history that is too old. Failing to is no harm; it is tried
// again the next day.
func (c *committer) prune(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	before := engine.HistoryFrom(c.on.now().Add(-c.retention))
	for _, kind := range rules.HistoryKinds() {
		if err := c.store.Prune(ctx, kind, before); err != nil {
			c.on.failed(fmt.Errorf("prune %s: %w", kind, err), 0)
		}
	}
}
