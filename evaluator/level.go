package evaluator

import (
	"time"

	"tocsin/rules"
)

// A track is one level of an instance: its phase, the timer of Pending and
// Recovering, and the votes of Pending.
type track struct {
	phase Phase
	ring  ring
	timer timer
}

// active reports whether the track counts for the level of the instance.
func (k track) active() bool { return k.phase == Firing || k.phase == Recovering }

// step takes a track through one observation. While kept, a recovery that is
// complete goes on waiting.
func (k track) step(r *rules.LevelRule, v verdict, n now, kept bool) track {
	switch {
	case v == unknown:
		k.timer = k.timer.unseen()
		return k
	case k.active():
		return k.fall(r, v, n, kept)
	case r.Votes.Of > 0:
		return k.vote(r, v, n)
	}
	return k.rise(r, v, n)
}

// rise is the way from Idle to Firing. The band of hysteresis never holds it.
func (k track) rise(r *rules.LevelRule, v verdict, n now) track {
	if v != breached {
		return track{}
	}
	if k.timer.gap(n.at) > longGap(r, n) {
		k.timer = timer{}
	}
	t := k.timer.held(n)
	if t.spent() >= r.For {
		return track{phase: Firing}
	}
	return track{phase: Pending, timer: t}
}

// fall is the way from Firing back to Idle.
func (k track) fall(r *rules.LevelRule, v verdict, n now, kept bool) track {
	if v != cleared {
		return track{phase: Firing}
	}
	t := k.timer.held(n)
	if t.spent() >= r.KeepFiringFor && !kept {
		return track{}
	}
	return track{phase: Recovering, timer: t}
}

// longGap is the time without an observation after which what is pending is no
// longer believed.
func longGap(r *rules.LevelRule, n now) time.Duration {
	return max(5*time.Minute, r.For, n.bridge)
}

// durable returns what of the track is stored.
func (k track) durable() track {
	k.timer = k.timer.durable()
	return k
}
