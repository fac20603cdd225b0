package notifier

import (
	"time"

	"github.com/prometheus/common/model"

	"tocsin/rules"
)

// A raise is when people should have known of the level that an alert has: what
// escalation counts from. It moves with a clock that is stepped, and begins anew
// when the alert is worse, or is no longer held.
type raise struct {
	at      model.Time
	level   rules.Level
	episode string
}

// noteRaise takes in an alert as it is now: it was raised when its level was reached,
// however late the answer came that said so.
func (p *Planner) noteRaise(key string, a *alert) {
	if a.over {
		delete(p.raised, key)
		return
	}
	old, known := p.raised[key]
	at := min(a.LevelSince, p.at)
	if known && old.episode == a.Episode && a.Notify <= old.level {
		at = old.at
	}
	p.raised[key] = raise{at, a.Notify, a.Episode}
}

// raiseAnew begins to count again: whoever held the alert back has let it go.
func (p *Planner) raiseAnew(key string, a *alert) {
	p.raised[key] = raise{p.at, a.Notify, a.Episode}
	for _, g := range a.groups {
		if m := g.members[key]; m != nil {
			p.settleDown(m)
			p.climb(g, m)
		}
	}
}

func (p *Planner) shiftRaised(by time.Duration) {
	for key, r := range p.raised {
		r.at = r.at.Add(by)
		p.raised[key] = r
	}
}
