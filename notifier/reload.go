package notifier

import (
	"maps"
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
	p.over = map[string]*alert{}
	p.watchAll()
	p.selfRoutes = map[string]*rules.Route{}
	maps.DeleteFunc(p.paces, func(_ string, until model.Time) bool { return until <= at })
	gone := p.equip()
	p.settle()
	if first {
		p.link()
		p.adoptGates()
	}
	p.unqueue()
	p.recount()
	told := p.toldAtHome()
	p.reroute()
	if first {
		p.adopt()
		p.paceAll()
	}
	for _, out := range gone {
		p.closeOutlet(out)
	}
	p.inherit()
	p.rehome(told)
	p.rehaunt()
	for _, key := range sortedKeys(p.groups) {
		if g := p.groups[key]; g != nil {
			p.reopen(g, first)
		}
	}
}

// paceAll counts the start as a message in every lane of a service: the process
// before may have sent one just now.
func (p *Planner) paceAll() {
	for _, out := range p.outlets {
		if out.LaneEvery > 0 {
			p.paces[out.pace] = p.at.Add(out.LaneEvery)
		}
	}
}

// unqueue takes all lanes out of the hand-out; they come back once their groups
// have settled.
func (p *Planner) unqueue() {
	for _, key := range sortedKeys(p.groups) {
		g := p.groups[key]
		g.parked, g.hushed, g.muted = false, false, ""
		p.wall.remove(&g.opening)
		for _, l := range g.lanes {
			l.out.queue.remove(l)
			p.timers.remove(&l.retry)
			p.timers.remove(&l.clock)
		}
	}
	clear(p.settling.waiting)
}

// reroute empties all groups and fills them with the alerts as the new routes
// say.
func (p *Planner) reroute() {
	p.rerouting = true
	defer func() { p.rerouting = false }()
	routes := map[string]*rules.Route{}
	collect(p.cfg.Route, routes)
	for _, r := range p.cfg.Receivers {
		route := p.selfRoute(r.Name)
		routes[route.ID] = route
	}
	for _, key := range sortedKeys(p.groups) {
		g := p.groups[key]
		for _, m := range g.members {
			p.settleDown(m)
		}
		g.members, g.order, g.fresh, g.quiet = map[string]*member{}, nil, nil, 0
		g.route = routes[g.Route]
		p.openLanes(g)
	}
	for _, key := range sortedKeys(p.alerts) {
		a := p.alerts[key].Alert
		delete(p.alerts, key)
		p.put(key, a)
	}
	for _, key := range sortedKeys(p.acks) {
		if p.alerts[key] == nil {
			p.dropAck(key)
		}
	}
}

// recount begins to count anew what silences hold.
func (p *Planner) recount() {
	for _, s := range p.silences {
		s.matching = 0
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
	p.account(l, it, v, why)
	l.count(it, -1)
	delete(l.items, alert)
	p.touchTold(l, alert)
}

// reopen finds out what a group owes under the new configuration. What was
// rejected is tried again. After a start, a flush that was missed is made up for.
func (p *Planner) reopen(g *group, first bool) {
	for _, l := range g.lanes {
		l.stuck = false
		l.face.due = l.edits()
		if l.in.Resend > 0 && len(g.members) > 0 {
			p.wake(&l.clock, p.at)
		}
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
		over := l.orphan && len(l.items) == 0 && l.flight == nil && !l.facing()
		if over {
			p.closeLane(l)
			p.unreject(l)
		}
		return over
	})
	for _, l := range g.lanes {
		p.admit(l)
	}
	p.failOver(g)
	p.makeUp(g)
	if differs, _ := g.differs(); first && differs && !g.parked && g.flushed != 0 {
		p.wake(&g.timer, later(p.at, g.flushed.Add(g.interval())))
	}
}
