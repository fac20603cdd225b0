package evaluator

import (
	"time"

	"tocsin/rules"
)

// goneFor is how long a level lasts that was raised because a series is gone.
const goneFor = 24 * time.Hour

// miss takes the absence of a series through one observation; only series of
// threshold rules are ever absent. The timer runs while others are in the answer
// and this one, which has something that could end, isn't. It reports whether
// the series is given up. Where a series that is gone is clear, none is missed.
func (s state) miss(r *rules.Rule, g sight) (state, bool) {
	if g.present || !s.tracked() || r.Absent.Then == rules.ThenClear {
		s.absent = timer{}
		return s, false
	}
	if g.partial || g.empty {
		s.absent = s.absent.unseen()
		return s, false
	}
	s.absent = s.absent.held(g.now)
	if s.absent.spent() < r.Absent.After {
		return s, false
	}
	return s.giveUp(r)
}

// tracked reports whether the instance has something that the absence of its
// series would end.
func (s state) tracked() bool {
	return !s.levels.idle() || s.forced > rules.OK || s.flap.on()
}

// giveUp does what the rule says of a series that has been gone for long enough.
// A level that it forces never lowers one that is there.
func (s state) giveUp(r *rules.Rule) (state, bool) {
	then := r.Absent.Then.Level()
	switch {
	case r.Absent.Then == rules.ThenKeep:
		return s, false
	case then == rules.OK,
		s.levels.idle() && s.forced == rules.OK, // only flapping
		s.absent.spent() >= r.Absent.After+goneFor:
		return s.end(), true
	case s.forced == then && !s.flap.on():
		return s, false
	}
	s.forced = then
	s.flap = s.flap.leave()
	return s, true
}
