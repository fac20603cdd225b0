package evaluator

import (
	"math"

	"tocsin/rules"
)

// A state is all that is remembered of an instance between two observations, as
// a value. The zero state is an instance of which nothing is remembered.
type state struct {
	levels nest
	// forced is a level that the lack of data, or trouble of the rule as a whole,
	// imposes whatever the levels say.
	forced rules.Level
	absent timer
	flap   flap
}

// level returns what is true of the instance.
func (s state) level() rules.Level { return max(s.levels.level(), s.forced) }

// notify returns what people should know of it.
func (s state) notify() rules.Level { return max(s.level(), s.flap.latch) }

// empty reports whether there is nothing to remember.
func (s state) empty() bool { return s == state{} }

// end is the state of an instance that is over, at once: the raises that a flap
// counts are all that is left of it.
func (s state) end() state { return state{flap: s.flap.leave()} }

// step takes an instance through one observation and says why its level
// changed, if it did.
func step(r *rules.Rule, levels rules.Levels, s state, g sight) (state, Reason) {
	was := s.level()
	gone := false
	g = g.lapse(r)
	if r.Kind == rules.ThresholdRule {
		s, gone = s.miss(r, g)
	}
	if g.lapsed || g.present && g.good() && !math.IsNaN(g.value) {
		s.forced = rules.OK
	}
	s.levels = s.levels.step(levels, g)
	switch to := s.level(); {
	case gone:
		return s.rest(r, g), ReasonAbsent
	case to > was:
		s.flap = s.flap.raise(r.Flap, to, g.now)
		return s, Breached
	}
	return s.rest(r, g), Recovered
}

// rest takes an instance through an observation that didn't raise it.
func (s state) rest(r *rules.Rule, g sight) state {
	s.flap = s.flap.rest(r.Flap, g)
	if !s.tracked() {
		s.flap = s.flap.expire(r.Flap, g.at)
	}
	return s
}

// force imposes a level from outside, OK to lift it.
func (s state) force(r *rules.Rule, to rules.Level, n now) state {
	was := s.level()
	s.forced = to
	if s.level() > was {
		s.flap = s.flap.raise(r.Flap, s.level(), n)
	}
	return s
}

// refuse is the state of an instance that may not be raised though it should:
// as before, with its timers running on, so that it is tried again.
func (s state) refuse(next state, n now) state {
	s.absent = next.absent
	s.levels = s.levels.timers(func(t timer) timer {
		if t.mark == unbound {
			return t
		}
		return t.held(n)
	})
	return s
}

// durable returns what of the state is stored; see timer.durable.
func (s state) durable() state {
	s.levels = s.levels.durable()
	s.absent = s.absent.durable()
	s.flap = s.flap.durable()
	return s
}

// timers applies f to every timer.
func (s state) timers(f func(timer) timer) state {
	s.levels = s.levels.timers(f)
	s.absent = f(s.absent)
	s.flap.calm = f(s.flap.calm)
	return s
}
