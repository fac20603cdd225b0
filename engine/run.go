package engine

import (
	"container/heap"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/evaluator"
	"tocsin/rules"
)

// A run is a rule at work: its machine and its place in time.
type run struct {
	rule    *rules.Rule
	machine *evaluator.Machine
	grid    grid
	held    bool // the rule's file is missing: state only, no evaluation

	next  model.Time // next instant of the grid
	ask   *ask       // the question under way; a rule has at most one
	index int        // in the due heap; -1 outside

	failingSince model.Time // first of the failures in a row; 0 none
	touched      bool
}

// A pending instant of a run within an ask.
type waiting struct {
	run      *run
	revision string
	instant  model.Time
	interval time.Duration
}

// plan turns the rules that are due into questions.
func (c *Core) plan() {
	var ready []*run
	for len(c.due) > 0 && c.due[0].next <= c.at {
		ready = append(ready, heap.Pop(&c.due).(*run))
	}
	for _, r := range ready {
		instant, skipped := r.grid.latest(r.next, c.at)
		r.next = r.grid.after(instant)
		heap.Push(&c.due, r)
		c.countMissed(r, skipped)
		c.enqueue(r, instant)
	}
}

// enqueue asks for an instant of a rule, unless the question before it is still
// under way; one that still waits for its turn gives way to the newer.
func (c *Core) enqueue(r *run, instant model.Time) {
	if r.ask != nil {
		c.countMissed(r, 1)
		if r.ask.handed {
			return
		}
		c.leave(r)
	}
	src := c.sources[r.rule.Source]
	if src == nil {
		return // refused when the files are read
	}
	c.join(src, waiting{run: r, revision: r.rule.Revision, instant: instant, interval: r.grid.before(instant)})
}

func (c *Core) countMissed(r *run, n int) {
	if n > 0 {
		c.counters.of(r.rule.Source).Missed += uint64(n)
	}
}

func (c *Core) touch(r *run) {
	if !r.touched {
		r.touched = true
		c.touched = append(c.touched, r)
	}
}

// schedule puts a run at its next instant after now.
func (c *Core) schedule(r *run) {
	r.next = r.grid.after(c.at)
	if r.index >= 0 {
		heap.Fix(&c.due, r.index)
		return
	}
	heap.Push(&c.due, r)
}

func (c *Core) unschedule(r *run) {
	if r.index >= 0 {
		heap.Remove(&c.due, r.index)
	}
	c.leave(r)
}

// dueHeap holds runs by their next instant; equal ones by key.
type dueHeap []*run

func (h dueHeap) Len() int { return len(h) }
func (h dueHeap) Less(i, j int) bool {
	if h[i].next != h[j].next {
		return h[i].next < h[j].next
	}
	return h[i].rule.Key < h[j].rule.Key
}

func (h dueHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

// Push is part of heap.Interface.
func (h *dueHeap) Push(x any) {
	r := x.(*run)
	r.index = len(*h)
	*h = append(*h, r)
}

// Pop is part of heap.Interface.
func (h *dueHeap) Pop() any {
	old := *h
	r := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	r.index = -1
	return r
}
