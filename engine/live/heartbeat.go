package live

import (
	"context"
	"sync"
	"time"

	"tocsin/engine"
)

// A Heartbeat tells a dead man's switch outside that the daemon is at work. It is
// sent each time Every has passed, unless that would be a lie.
type Heartbeat struct {
	Every   time.Duration
	Timeout time.Duration // of one beat; 0: 10 s
	// Send sends one beat. It may be called after its world was closed.
	Send func(ctx context.Context) error
}

// HeartbeatStats count beats since the start.
type HeartbeatStats struct{ Sent, Failed, Withheld uint64 }

const (
	beatTimeout = 10 * time.Second
	vitalsWait  = 5 * time.Second // for the core to answer
)

// A heart beats in a goroutine of its own. Its settings are exchanged by the loop
// when a configuration comes in force.
type heart struct {
	changed chan struct{} // has room for one

	mu    sync.Mutex
	set   *Heartbeat // nil: none
	stats HeartbeatStats

	// What follows belongs to the goroutine.
	last    vitals
	trouble string // why the last beat was not sent, as it was logged
}

func newHeart(h *Heartbeat) *heart { return &heart{set: h, changed: make(chan struct{}, 1)} }

// exchange puts other settings in force.
func (h *heart) exchange(set *Heartbeat) {
	h.mu.Lock()
	h.set = set
	h.mu.Unlock()
	select {
	case h.changed <- struct{}{}:
	default:
	}
}

func (h *heart) settings() *Heartbeat {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.set
}

// Heartbeats returns how many beats were sent, failed and were withheld.
func (d *Driver) Heartbeats() HeartbeatStats {
	d.heart.mu.Lock()
	defer d.heart.mu.Unlock()
	return d.heart.stats
}

// beats sends beats until ctx is cancelled. A reload moves none: the next is due
// when Every has passed since the one before.
func (d *Driver) beats(ctx context.Context) {
	h, began := d.heart, time.Now()
	timer := time.NewTimer(0)
	timer.Stop()
	defer timer.Stop()
	for {
		if set := h.settings(); set != nil {
			timer.Reset(time.Until(began.Add(set.Every)))
		} else {
			timer.Stop()
		}
		select {
		case <-ctx.Done():
			return
		case <-h.changed:
		case <-timer.C:
			began = time.Now()
			d.beat(ctx, h.settings())
		}
	}
}

// beat sends one beat or withholds it.
func (d *Driver) beat(ctx context.Context, set *Heartbeat) {
	if set == nil {
		return
	}
	h := d.heart
	now, err := d.vitals(ctx)
	why := "the core does not answer"
	if err == nil {
		why = withhold(h.last, now)
		h.last = now
	}
	var sending error
	if why == "" {
		within := set.Timeout
		if within <= 0 {
			within = beatTimeout
		}
		ctx, cancel := context.WithTimeout(ctx, within)
		sending = set.Send(ctx)
		cancel()
	}
	if ctx.Err() == nil {
		d.beaten(why, sending)
	}
}

// beaten counts a beat, and logs trouble once, and its end.
func (d *Driver) beaten(withheld string, failed error) {
	h := d.heart
	h.mu.Lock()
	defer h.mu.Unlock()
	trouble, text := "", ""
	switch {
	case withheld != "":
		h.stats.Withheld++
		trouble, text = withheld, "heartbeat withheld"
	case failed != nil:
		h.stats.Failed++
		trouble, text = failed.Error(), "heartbeat failed"
	default:
		h.stats.Sent++
	}
	switch trouble {
	case h.trouble:
	case "":
		d.log.Info("heartbeat sent again")
	default:
		d.log.Warn(text, "reason", trouble) //nolint:sloglint // one of two constants
	}
	h.trouble = trouble
}

// vitals asks the core how it is.
func (d *Driver) vitals(ctx context.Context) (vitals, error) {
	ctx, cancel := context.WithTimeout(ctx, vitalsWait)
	defer cancel()
	found := make(chan vitals, 1) // a look that comes too late must not write to the answer
	if err := d.Look(ctx, func(c *engine.Core) { found <- vitalsOf(c, d.clock.now()) }); err != nil {
		return vitals{}, err
	}
	v := <-found
	v.instants = d.instants()
	return v, nil
}

func (d *Driver) instants() uint64 {
	d.meter.mu.Lock()
	defer d.meter.mu.Unlock()
	return d.meter.stats.Instants.Count
}
