package evaluator

import (
	"time"

	"github.com/prometheus/common/model"

	"tocsin/rules"
)

// raisesKept is how many raises a flap remembers.
const raisesKept = 16

// A flap remembers the last raises of an instance, oldest first. While latch is
// above OK the instance counts as flapping, and latch is what people know of it;
// calm counts the good evaluations of the rule since the last raise.
type flap struct {
	raises [raisesKept]model.Time
	n      uint8
	latch  rules.Level
	calm   timer
}

// on reports whether the instance is flapping.
func (f flap) on() bool { return f.latch > rules.OK }

// raise records a raise to a level and enters the flap if there are enough of
// them, in wall time.
func (f flap) raise(c rules.Flap, to rules.Level, n now) flap {
	if c.Raises == 0 {
		return f
	}
	if f.n == raisesKept {
		copy(f.raises[:], f.raises[1:])
		f.n--
	}
	f.raises[f.n] = n.at
	f.n++
	f.calm = timer{}
	if f.on() || f.within(c, n.at) >= c.Raises {
		f.latch = max(f.latch, to)
		f.calm = f.calm.held(n)
	}
	return f
}

// within counts the raises of the last while.
func (f flap) within(c rules.Flap, at model.Time) (count int) {
	for _, t := range f.raises[:f.n] {
		if at.Sub(t) < c.Within {
			count++
		}
	}
	return count
}

// rest takes the flap through an evaluation without a raise, and leaves it when
// that went on for long enough.
func (f flap) rest(c rules.Flap, g sight) flap {
	if !f.on() {
		return f
	}
	if !g.good() {
		f.calm = f.calm.unseen()
		return f
	}
	f.calm = f.calm.held(g.now)
	if f.calm.spent() >= calmAfter(c) {
		f = f.leave()
	}
	return f
}

// calmAfter is how long an instance must not have been raised.
func calmAfter(c rules.Flap) time.Duration {
	return min(max(c.Within/2, 10*time.Minute), time.Hour)
}

// leave ends the flap and goes on remembering the raises.
func (f flap) leave() flap {
	f.latch = rules.OK
	f.calm = timer{}
	return f
}

// expire forgets the raises when the youngest is older than what counts. While
// there is other state they are left alone, since a row would be written for it.
func (f flap) expire(c rules.Flap, at model.Time) flap {
	if f.n > 0 && (c.Raises == 0 || at.Sub(f.raises[f.n-1]) >= c.Within) {
		return flap{}
	}
	return f
}

func (f flap) durable() flap {
	f.calm = f.calm.durable()
	return f
}
