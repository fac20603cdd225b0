package notifier

import (
	"slices"
	"strings"

	"github.com/prometheus/common/model"

	"tocsin/rules"
)

// Reload puts a configuration in force; the first one starts the planner. All
// alerts are routed anew. What was told stays with the integration it was told
// to: if an alert moves to another group of the same integration, it is not told
// again. Integrations that are gone are closed quietly.
func (p *Planner) Reload(at model.Time, cfg *rules.Config) {
	p.at = at
	first := p.cfg == nil
	p.cfg = cfg
	gone := p.equip()
	p.settle()
	if first {
		p.link()
	}
	p.unqueue()
	p.reroute()
	if first {
		p.adopt()
	}
	for _, out := range gone {
		p.closeOutlet(out)
	}
	p.inherit()
	for _, key := range sortedKeys(p.groups) {
		if g := p.groups[key]; g != nil {
			p.reopen(g, first)
		}
	}
}

// unqueue takes all lanes out of the hand-out; they come back once their groups
// have settled.
func (p *Planner) unqueue() {
	for _, key := range sortedKeys(p.groups) {
		g := p.groups[key]
		g.parked, g.hushed = false, false
		for _, l := range g.lanes {
			l.out.queue.remove(l)
			p.timers.remove(&l.retry)
		}
	}
	clear(p.settling.waiting)
}

// reroute empties all groups and fills them with the alerts as the new routes
// say.
func (p *Planner) reroute() {
	routes := map[string]*rules.Route{}
	collect(p.cfg.Route, routes)
	for _, key := range sortedKeys(p.groups) {
		g := p.groups[key]
		g.members, g.order = map[string]*member{}, nil
		g.route = routes[g.Route]
		p.openLanes(g)
	}
	for _, key := range sortedKeys(p.alerts) {
		a := p.alerts[key]
		a.groups = nil
		p.put(key, a.Alert)
	}
}

func collect(r *rules.Route, into map[string]*rules.Route) {
	into[r.ID] = r
	for _, child := range r.Routes {
		collect(child, into)
	}
}

// closeOutlet ends all lanes of an integration that is no longer configured.
func (p *Planner) closeOutlet(out *outlet) {
	for _, key := range sortedKeys(p.groups) {
		g := p.groups[key]
		g.lanes = slices.DeleteFunc(g.lanes, func(l *lane) bool {
			if l.out != out {
				return false
			}
			for _, alert := range sortedKeys(l.items) {
				p.forget(l, alert, Failed, "its receiver was removed")
			}
			p.closeLane(l)
			p.touchGroup(g)
			return true
		})
	}
}

// forget drops an item without a message, and says so.
func (p *Planner) forget(l *lane, alert string, v Verdict, why string) {
	it := l.items[alert]
	if it.under == nil && it.next == nil && it.told() {
		p.record(l, nil, v, why+": "+strings.ReplaceAll(alert, "\x00", " "), nil)
	}
	p.account(l, it, v, why, nil)
	l.count(it, -1)
	delete(l.items, alert)
	p.touchTold(l, alert)
}

// inherit moves what was told of alerts that are in other groups now to lanes of
// the same integration there. What no lane takes over is dropped: the alert still
// fires, so there is no RESOLVED to tell.
func (p *Planner) inherit() {
	for _, key := range sortedKeys(p.groups) {
		for _, l := range p.groups[key].lanes {
			for _, alert := range sortedKeys(l.items) {
				if p.strayed(l, alert) {
					p.bequeath(l, alert)
				}
			}
		}
	}
}

// strayed reports whether an alert fires on but not in this lane. One that was
// lowered out of it before has an end, and is owed its RESOLVED.
func (p *Planner) strayed(l *lane, alert string) bool {
	return l.member(alert) == nil && p.alerts[alert] != nil && l.items[alert].end == nil
}

func (p *Planner) bequeath(l *lane, alert string) {
	it := l.items[alert]
	inAir := l.aloft() && p.aboard(l.flight, alert)
	heir := p.heir(l, alert)
	if heir == nil {
		p.forget(l, alert, Suppressed, "no route leads there any more")
		return
	}
	l.count(it, -1)
	delete(l.items, alert)
	p.touchTold(l, alert)
	if old := heir.items[alert]; old != nil {
		heir.count(old, -1)
	}
	heir.items[alert] = it
	heir.count(it, 1)
	p.touchTold(heir, alert)
	if heir.lastTold == 0 {
		heir.lastTold = l.lastTold
		p.touchGroup(heir.group)
	}
	if inAir {
		if l.heirs == nil {
			l.heirs = map[string]*lane{}
		}
		l.heirs[alert] = heir
	}
}

// heir finds the lane of the same integration that an alert has moved to, and
// which has not told of it.
func (p *Planner) heir(l *lane, alert string) *lane {
	for _, g := range p.alerts[alert].groups {
		for _, other := range g.lanes {
			it := other.items[alert]
			if other.out == l.out && !other.orphan && (it == nil || it.empty()) {
				return other
			}
		}
	}
	return nil
}

// aboard reports whether a flight tells something new of an alert.
func (p *Planner) aboard(f *flight, alert string) bool {
	for _, all := range [][]Entry{f.d.Firing, f.d.Resolved} {
		for i := range all {
			if all[i].News != Same && alertKey(&all[i].Alert) == alert {
				return true
			}
		}
	}
	return false
}

// reopen finds out what a group owes under the new configuration. What was
// rejected is tried again. After a start, a flush that was missed is made up for.
func (p *Planner) reopen(g *group, first bool) {
	for _, l := range g.lanes {
		l.stuck = false
		if l.flight != nil {
			l.flight.touch(anything)
		}
		for _, alert := range sortedKeys(l.items) {
			p.refresh(l, alert)
		}
		for _, alert := range sortedKeys(g.members) {
			if l.items[alert] == nil {
				p.refresh(l, alert)
			}
		}
	}
	g.lanes = slices.DeleteFunc(g.lanes, func(l *lane) bool {
		return l.orphan && len(l.items) == 0 && l.flight == nil
	})
	for _, l := range g.lanes {
		p.admit(l)
	}
	p.schedule(g)
	if differs, _ := g.differs(); first && differs && !g.parked && g.flushed != 0 {
		p.wake(&g.timer, later(p.at, g.flushed.Add(g.interval())))
	}
}
