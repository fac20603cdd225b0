package notifier

import "slices"

// An incident is what a service such as PagerDuty keeps of an episode of a group: it
// is open until the lane tells that all is over, under the key that it was opened
// with. So where a reload leads elsewhere, what was told must not just be forgotten,
// nor its end be told under another key. A lane that is left empty gives its incident
// as a whole to another lane of the integration that has none, which goes on under
// the old key; if there is no such lane, the incident is closed.

// giveIncident gives the incident of a lane away, if it doesn't stay, to the first lane
// that an alert of it has moved to and that has none; nearby, to one of the same route.
func (p *Planner) giveIncident(l *lane, near bool) {
	if !l.in.Incident || l.incident == "" || p.stays(l) {
		return
	}
	for _, alert := range sortedKeys(l.items) {
		it := l.items[alert]
		if !it.told() && aboard(l.flight, alert) == nil {
			continue
		}
		heir := heirOf(l, alert, p.homes(l, alert, it), near)
		if heir != nil && heir.incident == "" && heir.told.sum() == 0 && heir.flight == nil {
			heir.incident, l.incident, l.gave = l.incident, "", heir
			p.touchGroup(l.group)
			p.touchGroup(heir.group)
			return
		}
	}
}

// stays reports whether an incident goes on where it is.
func (p *Planner) stays(l *lane) bool {
	if l.orphan {
		return false
	}
	if len(l.group.members) > 0 {
		return true
	}
	return slices.ContainsFunc(sortedKeys(l.items), func(key string) bool { return p.atHome(l, key, l.items[key]) })
}

// openIncident makes sure of the key of a delivery's incident. It hangs on when that is
// opened, so that no two are ever known by one.
func (p *Planner) openIncident(l *lane, d *Delivery) {
	if !l.in.Incident {
		return
	}
	if l.incident == "" {
		l.incident = hash(64, p.namespace, l.in.Key, l.group.Key, l.group.Episode, p.at.String())
		p.touchGroup(l.group)
	}
	d.Incident = l.incident
}

// closeIncident lets what fires next open an incident of its own, once a delivery has
// closed this one.
func (p *Planner) closeIncident(f *flight) {
	if f.d.Incident == "" || len(f.d.Firing) > 0 {
		return
	}
	lanes := []*lane{f.lane}
	for _, alert := range sortedKeys(f.heirs) {
		lanes = append(lanes, f.heirs[alert])
	}
	for _, l := range lanes {
		if l.incident == f.d.Incident && l.told.sum() == 0 {
			l.incident = ""
			p.touchGroup(l.group)
		}
	}
}

// rerouted ends an item whose alert fires on, and which no route leads to any more.
func (p *Planner) rerouted(l *lane, alert string) {
	a := *p.alerts[alert].Alert
	a.Reason, a.EndsAt = ReasonRerouted, p.at
	l.items[alert].end = &a
	p.touchTold(l, alert)
}
