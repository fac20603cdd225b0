package notifier

import "slices"

// inherit moves what was told to the lane of the same integration where its alert
// is now, or would be if it fired again: so its RESOLVED and its return come from
// one lane, in order. What no lane takes over is dropped if the alert fires on,
// since there is no end to tell; else it is closed where it is.
func (p *Planner) inherit() {
	for _, key := range sortedKeys(p.groups) {
		for _, l := range p.groups[key].lanes {
			for _, alert := range sortedKeys(l.items) {
				if p.member(l, alert) == nil {
					p.bequeath(l, alert)
				}
			}
		}
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
		if !l.orphan && pl.key() == l.group.Key { // it stands in there
			all = append(all, l.group)
		}
		for _, in := range p.by[pl.route.Receiver] {
			if in.Key == l.out.Key {
				all = append(all, p.group(pl))
				break
			}
		}
	}
	return all
}

func (p *Planner) bequeath(l *lane, alert string) {
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
	heir := heirOf(l, alert, p.homes(l, alert, it))
	if heir == nil {
		if p.alerts[alert] != nil && it.end == nil {
			p.forget(l, alert, Suppressed, "no route leads there any more")
		}
		return
	}
	p.handOver(l, heir, alert)
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

// handOver gives an item to its heir, and what the lane knows of the whole group if
// the heir knows nothing of it.
func (p *Planner) handOver(l, heir *lane, alert string) {
	if old := heir.items[alert]; old != nil {
		heir.count(old, -1)
	}
	p.move(alert, l, heir)
	heir.worst = max(heir.worst, l.worst)
	if heir.lastTold == 0 {
		heir.lastTold = l.lastTold
		p.touchGroup(heir.group)
	}
	if heir.face.root == "" { // the message goes with what it tells of
		heir.face, l.face = l.face, face{}
		p.touchGroup(l.group)
		p.touchGroup(heir.group)
	}
}

// heirOf finds the lane of the same integration that an alert has moved to, if it
// has not told of it itself.
func heirOf(l *lane, alert string, homes []*group) *lane {
	for _, g := range homes {
		for _, other := range g.lanes {
			it := other.items[alert]
			if other.out == l.out && !other.orphan && (it == nil || it.empty()) {
				return other
			}
		}
	}
	return nil
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
