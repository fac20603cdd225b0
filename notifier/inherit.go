package notifier

import "slices"

// inherit moves what was told to the lane of the same integration where its alert
// is now, or would be if it fired again: so its RESOLVED and its return come from
// one lane, in order. What no lane takes over is dropped if the alert fires on, since
// there is no end to tell, but for what reaches nobody: an incident is closed, and a
// message edited. What is over is closed where it is.
func (p *Planner) inherit() {
	var all []*lane
	for _, key := range sortedKeys(p.groups) {
		all = append(all, p.groups[key].lanes...)
	}
	for _, l := range all {
		l.heirs, l.gave = nil, nil
	}
	for _, near := range []bool{true, false} {
		for _, l := range all {
			p.giveIncident(l, near)
			for _, alert := range sortedKeys(l.items) {
				if p.member(l, alert) == nil {
					p.bequeath(l, alert, near)
				}
			}
		}
	}
	for _, l := range all {
		p.giveFace(l)
		l.heirs = nil
	}
}

// homes returns the groups that an item of a lane belongs to.
func (p *Planner) homes(l *lane, alert string, it *item) []*group {
	if p.alerts[alert] != nil && it.end == nil {
		return p.alerts[alert].groups
	}
	if !it.told() {
		return nil
	}
	var all []*group
	places, _ := p.placesOf(it.entry.Alert)
	for _, pl := range places {
		switch {
		case l.group.digest && l.group.Route == pl.route.ID: // it has been summed up there
			all = append(all, l.group)
		case p.leads(pl.route, l.out.Key):
			all = append(all, p.group(pl))
		}
	}
	return all
}

// bequeath gives an item to its heir: to one of the same route, if near is set, or else
// to any, and sees to it if there is none.
func (p *Planner) bequeath(l *lane, alert string, near bool) {
	it := l.items[alert]
	if p.atHome(l, alert, it) {
		return
	}
	said := aboard(l.flight, alert)
	if said != nil { // for all that is known, it may arrive
		l.count(it, -1)
		it.doubt(*said)
		l.count(it, 1)
	}
	heir := l.gave
	if !l.in.Incident || !it.told() {
		heir = heirOf(l, alert, p.homes(l, alert, it), near)
	}
	if heir == nil {
		if !near {
			p.leaveBehind(l, alert)
		}
		return
	}
	p.handOver(l, heir, alert)
	if l.in.Incident && p.alerts[alert] != nil && it.end == nil && p.member(heir, alert) == nil {
		p.rerouted(heir, alert) // it came with its incident
	}
	if said != nil {
		l.flight.inherited(alert, heir)
		p.touchFlight(l.flight)
	}
	for _, f := range l.elders {
		if f.heirs[alert] == l {
			f.inherited(alert, heir)
		}
	}
}

// from returns a change that a group had to account for, and that another has to tell.
func (r *ref) from(g *group) *ref {
	if r == nil || r.Group != "" {
		return r
	}
	moved := *r
	moved.Group = g.Key
	return &moved
}

// leaveBehind sees to an item that nobody takes over.
func (p *Planner) leaveBehind(l *lane, alert string) {
	it := l.items[alert]
	switch {
	case p.alerts[alert] == nil || it.end != nil: // it is closed where it is
	case it.told() && (l.in.Incident || l.edits()):
		p.rerouted(l, alert)
	default:
		p.forget(l, alert, Suppressed, unrouted)
	}
}

const unrouted = "no route leads there any more"

// handOver gives an item to its heir, and what the lane knows of the whole group if
// the heir knows nothing of it. Changes that the heir has yet to tell stay with it.
func (p *Planner) handOver(l, heir *lane, alert string) {
	it := l.items[alert]
	if old := heir.items[alert]; old != nil {
		p.account(l, it, Collapsed, "it is told in another group now")
		it.under, it.next = old.under, old.next
		heir.count(old, -1)
	} else {
		it.under, it.next = it.under.from(l.group), it.next.from(l.group)
	}
	p.move(alert, l, heir)
	heir.worst = max(heir.worst, l.worst)
	if heir.lastTold == 0 {
		heir.lastTold = l.lastTold
		p.touchGroup(heir.group)
	}
	if !slices.Contains(l.heirs, heir) {
		l.heirs = append(l.heirs, heir)
	}
}

// heirOf finds the lane of the same integration that an alert has moved to, if it
// has not told of it itself: one of the same route, or else one that is to tell it
// rather than one that stands in; nearby, one of the same route alone.
func heirOf(l *lane, alert string, homes []*group, near bool) (heir *lane) {
	closeness := func(other *lane) int {
		switch {
		case other.group.Route == l.group.Route:
			return 2
		case other.primary:
			return 1
		}
		return 0
	}
	for _, g := range homes {
		if near && g.Route != l.group.Route {
			continue
		}
		for _, other := range g.lanes {
			it := other.items[alert]
			able := other.out == l.out && !other.orphan && (it == nil || !it.told())
			if able && (heir == nil || closeness(other) > closeness(heir)) {
				heir = other
			}
		}
	}
	return heir
}

// atHome reports whether an item may stay in a lane that has nothing new to tell
// of it.
func (p *Planner) atHome(l *lane, alert string, it *item) bool {
	return !l.orphan && slices.Contains(p.homes(l, alert, it), l.group)
}

// aboard returns the news of an alert that an attempt in the air tells, or nil.
func aboard(f *flight, alert string) *Entry {
	if f == nil || !f.aloft {
		return nil
	}
	for _, all := range [][]Entry{f.d.Firing, f.d.Resolved} {
		for i := range all {
			if all[i].News != Same && alertKey(all[i].Alert) == alert {
				return &all[i]
			}
		}
	}
	return nil
}

// inherited remembers who took over an item while the attempt was in the air.
// The heir waits for its end, lest its own message arrive first.
func (f *flight) inherited(alert string, heir *lane) {
	if f.heirs == nil {
		f.heirs = map[string]*lane{}
	}
	f.heirs[alert] = heir
	if !slices.Contains(heir.elders, f) {
		heir.elders = append(heir.elders, f)
	}
}
