package live

import (
	"sync"
	"time"

	"tocsin/engine"
	"tocsin/evaluator"
)

// grumbleEvery is how often a source that fails has a line in the log: whether
// people are told is decided elsewhere, this is for who looks why.
const grumbleEvery = time.Minute

// A grumbler counts the failures of each source that have no line yet.
type grumbler struct {
	mu   sync.Mutex
	kept map[string]*grudge
}

type grudge struct {
	told  time.Time
	count int
}

// count takes note of a failure. It returns how many there were since the last
// line if a new line is due.
func (g *grumbler) count(source string) (int, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.kept == nil {
		g.kept = map[string]*grudge{}
	}
	k := g.kept[source]
	if k == nil {
		k = &grudge{}
		g.kept[source] = k
	}
	k.count++
	if time.Since(k.told) < grumbleEvery {
		return 0, false
	}
	n := k.count
	k.told, k.count = time.Now(), 0
	return n, true
}

// tellFailed logs that a query got no usable answer.
func (d *Driver) tellFailed(a engine.Ask, answer evaluator.Answer) {
	switch answer.Outcome {
	case evaluator.Good, evaluator.Partial:
		return
	case evaluator.BadQuery, evaluator.Execution, evaluator.Unavailable:
	}
	if n, due := d.grumbler.count(a.Source); due {
		d.log.Warn("queries failed", "source", a.Source, "count", n, "err", answer.Error, "rules", a.Rules)
	}
}
