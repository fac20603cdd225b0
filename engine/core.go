package engine

import (
	"slices"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/evaluator"
	"tocsin/notifier"
	"tocsin/rules"
)

// A Core decides. It belongs to one goroutine at a time.
type Core struct {
	config  *rules.Config // nil until the first Reloaded
	planner *notifier.Planner

	stored  map[string][]rules.Stored // rows of rules, until the first Reloaded
	last    map[string]model.Time     // the checkpoint as it was loaded
	runs    map[string]*run
	due     dueHeap
	sources map[string]*source
	asks    map[AskID]*ask
	byKey   map[askKey]*ask // the asks that others may still join
	self    map[string]*evaluator.Alert

	at         model.Time
	stopped    bool
	seq        uint64
	askID      AskID
	history    uint64
	instances  int        // with state, in all rules
	checkpoint model.Time // when the next one is due
	checked    bool       // the one that is kept holds anything
	lostUntil  model.Time
	touched    []*run
	observed   []*run // by the last input
	batch      Batch
	counters   counters
}

// New returns an empty core for a namespace. Restore what was kept, then step
// a Reloaded.
func New(namespace string) *Core {
	c := &Core{
		planner: notifier.NewPlanner(namespace),
		stored:  map[string][]rules.Stored{},
		last:    map[string]model.Time{},
		runs:    map[string]*run{},
		sources: map[string]*source{},
		asks:    map[AskID]*ask{},
		byKey:   map[askKey]*ask{},
		self:    map[string]*evaluator.Alert{},
	}
	c.planner.Observe(c.current)
	return c
}

// current is what an alert was last observed at, and when.
func (c *Core) current(rule, instance string) (rules.Number, model.Time, bool) {
	r := c.runs[rule]
	if r == nil {
		return 0, 0, false
	}
	return r.machine.Current(instance)
}

// Step brings one input in and returns what is to be kept and done. Time goes
// back only with a Stepped.
func (c *Core) Step(at model.Time, in Input) Batch {
	if _, stepped := in.(Stepped); stepped || at > c.at {
		c.at = at
	}
	c.seq++
	c.observed = c.observed[:0]
	c.batch = Batch{Seq: c.seq, At: c.at}
	c.handle(in)
	c.tellTroubles()
	c.collect()
	b := c.batch
	c.batch = Batch{} // the caller's alone: of a storm it is large
	return b
}

func (c *Core) handle(in Input) {
	switch in := in.(type) {
	case Elapsed:
		c.elapse()
	case Answered:
		c.answered(in)
	case Settled:
		c.planner.Settle(c.at, in.Settled)
	case Silenced:
		c.planner.Silence(c.at, in.Silence)
	case Unsilenced:
		c.planner.Unsilence(c.at, in.ID)
	case Acked:
		c.planner.Ack(c.at, in.Acks)
	case Unacked:
		c.planner.Unack(c.at, in.Alerts)
	case Reloaded:
		c.reload(in.Config)
	case Stepped:
		c.shift(in.By)
	case Degraded:
		c.degrade(in.Failing)
	case Lost:
		c.lost(in.Text)
	case Stopping:
		c.stopped = true
		c.saveCheckpoint()
	}
}

// elapse is the only place that asks, flushes and hands out.
func (c *Core) elapse() {
	if c.stopped || c.config == nil {
		return
	}
	c.failOverdue()
	c.plan()
	c.handOut()
	if c.lostUntil != 0 && c.at >= c.lostUntil {
		c.found()
	}
	if c.at >= c.checkpoint {
		c.saveCheckpoint()
	}
	c.batch.Sends = append(c.batch.Sends, c.planner.Step(c.at)...)
}

// Next returns when Elapsed is wanted; not later than the core's own time means
// at once.
func (c *Core) Next() (model.Time, bool) {
	if c.stopped || c.config == nil {
		return 0, false
	}
	next := c.checkpoint
	earlier := func(t model.Time) {
		if t < next {
			next = t
		}
	}
	if len(c.due) > 0 {
		earlier(c.due[0].next)
	}
	for _, s := range c.sources {
		if s.canAsk() {
			earlier(c.at)
		}
	}
	for _, a := range c.asks {
		earlier(a.deadline.Add(grace))
	}
	if c.lostUntil != 0 {
		earlier(c.lostUntil)
	}
	if t, ok := c.planner.Next(); ok {
		earlier(t)
	}
	return next, true
}

// grace is how long after its deadline a question or an attempt is failed by the
// core itself, should the driver never answer.
const grace = time.Second

// collect moves what changed into the batch.
func (c *Core) collect() {
	n := c.planner.Behind()
	for _, r := range c.touched {
		n += r.machine.Behind()
	}
	c.batch.Rows = slices.Grow(c.batch.Rows, n)
	add := func(r rules.Row) { c.batch.Rows = append(c.batch.Rows, r) }
	for _, r := range c.touched {
		r.machine.Rows(add)
		r.touched = false
	}
	c.touched = c.touched[:0]
	c.planner.Rows(add)
}

// apply hands changes of level on to the planner and into the history. The rows
// share the memory of the batch's changes: in a storm that is tens of megabytes.
func (c *Core) apply(changes []evaluator.Change) {
	kept := slices.Clone(changes)
	c.batch.Rows = slices.Grow(c.batch.Rows, len(kept))
	for i := range kept {
		ch := &kept[i]
		c.planner.Change(c.at, *ch)
		c.history++
		c.batch.Rows = append(c.batch.Rows, rules.Row{
			Kind: rules.KindChange, Key: HistoryKey(c.at, c.history, ch.Alert.Episode), Value: ch,
		})
	}
	if len(c.batch.Changes) == 0 {
		c.batch.Changes = kept
	} else {
		c.batch.Changes = append(c.batch.Changes, kept...)
	}
}

func (c *Core) note(text string, args ...any) {
	c.batch.Notes = append(c.batch.Notes, Note{Text: text, Args: args})
}
