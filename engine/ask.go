package engine

import (
	"cmp"
	"slices"
	"strings"

	"github.com/prometheus/common/model"

	"tocsin/evaluator"
)

// An askKey says when two questions are the same.
type askKey struct {
	source string
	expr   string
	at     model.Time
}

// An ask is a question with those who wait for its answer.
type ask struct {
	id       AskID
	key      askKey
	source   *source // that it counts for, even if a reload has put another in its place
	handed   bool
	deadline model.Time // once handed out
	waiting  []waiting
}

// join adds a rule to the question that it shares with others, or makes one.
func (c *Core) join(src *source, w waiting) {
	key := askKey{src.Name, w.run.rule.Expr, w.instant.Add(-w.run.rule.QueryOffset)}
	a := c.byKey[key]
	if a == nil {
		a = &ask{key: key, source: src}
		c.byKey[key] = a
		src.queue = append(src.queue, a)
	}
	a.waiting = append(a.waiting, w)
	w.run.ask = a
}

// leave takes a rule out of its question. A question in flight that nobody waits
// for is answered into the void.
func (c *Core) leave(r *run) {
	a := r.ask
	if a == nil {
		return
	}
	r.ask = nil
	a.waiting = slices.DeleteFunc(a.waiting, func(w waiting) bool { return w.run == r })
	if a.handed || len(a.waiting) > 0 {
		return
	}
	delete(c.byKey, a.key)
	a.source.queue = slices.DeleteFunc(a.source.queue, func(b *ask) bool { return a == b })
}

// handOut starts what waits, in order, as far as each source takes it.
func (c *Core) handOut() {
	for _, name := range c.sourceNames() {
		src := c.sources[name]
		for src.canAsk() {
			a := src.queue[0]
			src.queue = src.queue[1:]
			c.start(src, a)
		}
	}
}

func (c *Core) start(src *source, a *ask) {
	c.askID++
	src.inFlight++
	a.id, a.handed, a.deadline = c.askID, true, c.at.Add(src.Timeout)
	c.asks[a.id] = a
	out := Ask{ID: a.id, Source: src.Name, Expr: a.key.expr, At: a.key.at, Deadline: a.deadline}
	for _, w := range a.waiting {
		out.Rules = append(out.Rules, w.run.rule.Key)
	}
	slices.Sort(out.Rules)
	c.batch.Asks = append(c.batch.Asks, out)
}

// failOverdue answers for a driver that never did.
func (c *Core) failOverdue() {
	var overdue []*ask
	for _, a := range c.asks {
		if a.deadline.Add(grace) <= c.at {
			overdue = append(overdue, a)
		}
	}
	slices.SortFunc(overdue, func(a, b *ask) int { return cmp.Compare(a.id, b.id) })
	for _, a := range overdue {
		c.answered(Answered{ID: a.id, Answer: evaluator.Answer{
			Outcome: evaluator.Unavailable, Error: "no answer before the deadline",
		}})
	}
}

// answered brings an answer to each rule that waits for it, in order of keys.
func (c *Core) answered(in Answered) {
	a := c.asks[in.ID]
	if a == nil {
		c.note("answer dropped: nobody waits for it", "ask", uint64(in.ID))
		return
	}
	delete(c.asks, in.ID)
	if c.byKey[a.key] == a {
		delete(c.byKey, a.key)
	}
	a.source.inFlight--
	if c.sources[a.key.source] == a.source {
		c.heard(a.source, in.Answer)
	}
	slices.SortFunc(a.waiting, func(x, y waiting) int {
		return strings.Compare(x.run.rule.Key, y.run.rule.Key)
	})
	for _, w := range a.waiting {
		w.run.ask = nil
		c.observe(w, in.Answer)
	}
}

// observe gives one rule its answer. One that was asked for an older version of
// the rule is dropped and asked again.
func (c *Core) observe(w waiting, answer evaluator.Answer) {
	r := w.run
	if w.revision != r.rule.Revision {
		c.note("answer dropped: the rule has changed since", "rule", r.rule.Key)
		c.enqueue(r, w.instant)
		return
	}
	answer.Outcome = c.blame(r, answer.Outcome)
	c.touch(r)
	c.observed = append(c.observed, r)
	before := r.machine.Instances()
	changes := r.machine.Observe(evaluator.Observation{
		At: w.instant, Interval: w.interval, Answer: answer,
		Room: c.room(before),
	})
	c.instances += r.machine.Instances() - before
	c.apply(changes)
	if answer.Outcome == evaluator.Good {
		c.planner.Ready(c.at, r.rule.Key)
	}
}

// Used returns which samples of the answer that was stepped last anything may
// have come of, in order. Cut to these, or to any one where there are none of these
// though the answer had some, it makes the core take the same step. That is what a
// journal needs to keep. It is empty if the last step was no answer, or one that nobody
// waited for.
func (c *Core) Used() []int {
	var all []int
	for _, r := range c.observed {
		all = append(all, r.machine.Used()...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// room is how many more series a rule may have state for: its own limit is the
// evaluator's, what all rules share is the core's.
func (c *Core) room(has int) int {
	l := c.config.Limits
	return max(min(l.ActiveAlerts-c.instances, l.SeriesPerRule-has), 0)
}

// blame decides whether a failure is the rule's own: it is when the source gave
// other answers since the rule began to fail.
func (c *Core) blame(r *run, o evaluator.Outcome) evaluator.Outcome {
	if o == evaluator.Good || o == evaluator.Partial {
		r.failingSince = 0
		return o
	}
	if r.failingSince == 0 {
		r.failingSince = c.at
	}
	if o == evaluator.BadQuery {
		return o
	}
	if src := c.sources[r.rule.Source]; src != nil && src.lastGood >= r.failingSince {
		return evaluator.Execution
	}
	return evaluator.Unavailable
}
