package evaluator

import (
	"time"

	"github.com/prometheus/common/model"
)

// A mark says what the last observation of a timer is worth.
type mark uint8

// The marks. An unbound timer was never observed, or the clock stepped since.
// A missed one has an observation that the rule's last answer didn't renew. A
// fresh one was observed by the rule's last answer, so that its row needs no
// time of its own: the checkpoint has it.
const (
	unbound mark = iota
	missed
	fresh
)

// A timer counts the observed time for which a condition holds. What it has
// spent is credit + (last - since): as long as observations follow each other
// without a gap only last moves, which isn't stored.
type timer struct {
	since, last model.Time
	credit      time.Duration
	mark        mark
}

// now is the instant of an evaluation and the longest distance to the one
// before that may still be credited.
type now struct {
	at     model.Time
	bridge time.Duration
}

// nowOf bridges one missed evaluation and no more: 2.5 intervals.
func nowOf(o Observation) now { return now{at: o.At, bridge: o.Interval * 5 / 2} }

// spent returns the observed time so far.
func (t timer) spent() time.Duration { return t.credit + t.last.Sub(t.since) }

// held records that the condition holds now, and credits the time since it was
// last seen to hold if no gap is between.
func (t timer) held(n now) timer {
	if d := n.at.Sub(t.last); t.mark == unbound || d <= 0 || d > n.bridge {
		t.credit = t.spent()
		t.since = n.at
	}
	t.last = n.at
	t.mark = fresh
	return t
}

// unseen records that nothing is known about the condition now.
func (t timer) unseen() timer {
	if t.mark == fresh {
		t.mark = missed
	}
	return t
}

// gap returns the time since the last observation, 0 if there is none.
func (t timer) gap(at model.Time) time.Duration {
	if t.mark == unbound {
		return 0
	}
	return at.Sub(t.last)
}

// forget keeps what was spent and lets go of the last observation.
func (t timer) forget() timer { return timer{credit: t.spent()} }

// durable returns what of the timer is stored: two timers that are equal in it
// need no new row.
func (t timer) durable() timer {
	if t.mark == fresh {
		t.last = 0
	}
	return t
}

// revive gives a restored timer the time of its rule's last answer.
func (t timer) revive(last model.Time) timer {
	if t.mark == fresh && last > t.last {
		t.last = last
	}
	return t
}
