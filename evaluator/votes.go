package evaluator

import (
	"math/bits"

	"tocsin/rules"
)

// A ring holds the last observed evaluations of a level as bits, the latest
// lowest; set bits are breaches. A slot that was never filled counts as one
// without a breach, so an empty ring is 0 and needs no length.
type ring uint64

// push records an evaluation and forgets all but the last `of`.
func (r ring) push(breach bool, of int) ring {
	r <<= 1
	if breach {
		r |= 1
	}
	if of < 64 {
		r &= 1<<of - 1
	}
	return r
}

// carried reports whether enough evaluations breached, the latest among them.
func (r ring) carried(v rules.Votes) bool {
	return r&1 == 1 && bits.OnesCount64(uint64(r)) >= v.Need
}

// judge decides what a sight says about the level of a track. A partial answer
// has no vote: it could only say yes.
func (k track) judge(r *rules.LevelRule, g sight) verdict {
	if r != nil && r.Votes.Of > 0 && g.partial && !k.active() {
		return unknown
	}
	return judge(r, g)
}

// vote is the way of a level that asks for votes from Idle to Firing.
func (k track) vote(r *rules.LevelRule, v verdict, n now) track {
	if k.timer.gap(n.at) > longGap(r, n) {
		k.ring = 0
	}
	k.ring = k.ring.push(v == breached, r.Votes.Of)
	switch {
	case k.ring == 0:
		return track{}
	case k.ring.carried(r.Votes):
		return track{phase: Firing}
	}
	return track{phase: Pending, ring: k.ring, timer: timer{}.held(n)}
}
