package notifier

import (
	"time"

	"github.com/prometheus/common/model"

	"tocsin/rules"
)

// A group is a set of alerts that are told together, and the lanes by which.
type group struct {
	Group
	route   *rules.Route // nil once it is gone from the configuration
	born    model.Time
	flushed model.Time // 0: never
	pull    model.Time // a raise wants the flush by then; 0: none does

	members map[string]*member // what should be known, by alert
	quiet   int                // members that nobody is to be reminded of
	order   []*member          // as in a delivery, but for fresh and those gone
	fresh   []*member          // not in order yet
	stale   bool               // there are some in order that are gone
	lanes   []*lane            // sorted by key of the integration

	timer   timer
	digest  bool   // of what a budget keeps back in the groups of its route
	muted   string // the time interval that keeps it silent; empty: none does
	opening timer  // the end of that, in wall time

	parked bool // waits for a rule to be ready
	missed bool // a flush was due while it was parked
	hushed bool // no reminder until a rule is ready
}

// group returns the group of a place and makes it if it is not there.
func (p *Planner) group(pl place) *group {
	key := pl.key()
	g := p.groups[key]
	if g == nil {
		g = p.newGroup(Group{Key: key, Route: pl.route.ID, Labels: pl.group}, p.at)
		g.Episode = hash(16, p.namespace, key, g.born.String())
	}
	if g.route != pl.route {
		g.route = pl.route
		p.openLanes(g)
	}
	return g
}

func (p *Planner) newGroup(id Group, born model.Time) *group {
	g := &group{Group: id, born: born, members: map[string]*member{}}
	g.timer = timer{kind: flushTimer, key: g.Key, owner: g}
	g.opening = timer{kind: flushTimer, key: g.Key, owner: (*opening)(g)}
	p.groups[g.Key] = g
	p.touchGroup(g)
	return g
}

// least keeps a timer that was set to nothing from spinning.
const least = time.Second

func (g *group) wait() time.Duration {
	if g.route == nil {
		return 0
	}
	return max(g.route.GroupWait, 0)
}

func (g *group) interval() time.Duration {
	if g.route == nil {
		return least
	}
	return max(g.route.GroupInterval, least)
}

// point returns the first point of the grid at or after t.
func (g *group) point(t model.Time) model.Time {
	if g.flushed == 0 {
		return g.born.Add(g.wait())
	}
	step := g.interval()
	n := max((t.Sub(g.flushed)+step-1)/step, 1)
	return g.flushed.Add(n * step)
}

// lastPoint returns the last point of the grid at or before t: the flush that a
// delivery belongs to, however long it took.
func (g *group) lastPoint(t model.Time) model.Time {
	if g.flushed == 0 || t < g.flushed {
		return t
	}
	return g.flushed.Add(t.Sub(g.flushed) / g.interval() * g.interval())
}

// schedule sets the group's timer to its next flush, or ends the group if
// nothing is left of it.
func (p *Planner) schedule(g *group) {
	if g.shut() {
		return // what it waits for wakes it
	}
	due, ok := p.nextFlush(g)
	switch {
	case ok:
		p.wake(&g.timer, due)
	case g.timer.set() && g.flushed == 0:
		// A group that has emptied before its first flush waits on: what fires
		// again within group_wait is told in time.
	default:
		p.timers.remove(&g.timer)
		p.retire(g)
	}
}

// nextFlush returns when the group should next be looked at.
func (p *Planner) nextFlush(g *group) (model.Time, bool) {
	due, ok := model.Time(0), false
	earlier := func(t model.Time) {
		if !ok || t < due {
			due, ok = t, true
		}
	}
	differs, urgent := g.differs()
	if differs {
		earlier(g.point(p.at))
	}
	if !urgent {
		g.pull = 0
	} else {
		if g.pull == 0 {
			g.pull = p.at.Add(g.wait())
		}
		earlier(g.pull)
	}
	for _, l := range g.lanes {
		if t, is := l.reminderAt(p.at); is && !g.hushed {
			earlier(t)
		}
	}
	return due, ok
}

// differs reports whether a flush would open a lane, and whether it is urgent: a
// raise, or a new alert, above the highest level that the group was told.
func (g *group) differs() (differs, urgent bool) {
	told, owed := calm, calm
	for _, l := range g.lanes {
		told = max(told, l.told.highest())
		if l.wantsFlush() {
			differs = true
			owed = max(owed, l.owed.highest())
		}
	}
	return differs, owed > told
}

// ring flushes the group: lanes with something to tell are opened.
func (g *group) ring(p *Planner, due model.Time) {
	if rule := p.unsettled(g); rule != "" {
		g.missed = true
		p.park(g, rule)
		return
	}
	if p.mute(g) {
		g.missed = true
		return
	}
	g.missed = false
	if g.flushed == 0 || len(g.lanes) > 0 {
		p.touchGroup(g)
	}
	for _, l := range g.lanes {
		p.flush(l, due)
	}
	g.flushed, g.pull = due, 0
	p.schedule(g)
}

// shut reports whether the group waits for something that wakes it.
func (g *group) shut() bool { return g.parked || g.muted != "" }

// retire forgets a group of which nothing is desired, told or under way.
func (p *Planner) retire(g *group) {
	if len(g.members) > 0 {
		return
	}
	for _, l := range g.lanes {
		if len(l.items) > 0 || l.flight != nil || l.facing() {
			return
		}
	}
	for _, l := range g.lanes {
		p.closeLane(l)
		p.unreject(l)
	}
	p.wall.remove(&g.opening)
	delete(p.groups, g.Key)
	p.touchGroup(g)
}

func (g *group) shift(by time.Duration) {
	g.born, g.flushed, g.pull = g.born.Add(by), shifted(g.flushed, by), shifted(g.pull, by)
	for _, l := range g.lanes {
		l.notBefore, l.lastTold = shifted(l.notBefore, by), shifted(l.lastTold, by)
		l.lastTried, l.opened = shifted(l.lastTried, by), shifted(l.opened, by)
		l.face.posted = shifted(l.face.posted, by)
	}
}
