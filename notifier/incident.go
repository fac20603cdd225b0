package notifier

import (
	"cmp"
	"slices"
)

// An incident is what a service such as PagerDuty keeps of an episode of a group: it
// is open until the lane tells that all is over, under the key that it was opened
// with. So where a reload leads elsewhere, what was told must not just be forgotten,
// nor its end be told under another key. A lane whose route is gone gives its incident
// as a whole to another lane of the integration that has none, which goes on under
// the old key; if there is no such lane, the incident is closed.

// incidentHeir returns who takes over an item of a lane, where an alert has moved to a
// candidate; either may be nil.
func (p *Planner) incidentHeir(l, candidate *lane) *lane {
	if l.gave != nil || candidate == nil {
		return l.gave
	}
	if l.stays || candidate.told.sum() > 0 || candidate.flight != nil {
		return nil
	}
	candidate.incident, l.incident = cmp.Or(l.incident, l.group.Incident()), ""
	l.gave = candidate
	p.touchGroup(l.group)
	p.touchGroup(candidate.group)
	return candidate
}

// stays reports whether an incident goes on where it is.
func (p *Planner) stays(l *lane) bool {
	if !l.in.Incident || l.orphan {
		return false
	}
	if len(l.group.members) > 0 {
		return true
	}
	return slices.ContainsFunc(sortedKeys(l.items), func(key string) bool { return p.atHome(l, key, l.items[key]) })
}

// closeIncident lets what fires next open an incident of its own.
func (p *Planner) closeIncident(l *lane) {
	if l.incident != "" && l.told.sum() == 0 {
		l.incident = ""
		p.touchGroup(l.group)
	}
}

// rerouted ends an item whose alert fires on, and which no route leads to any more.
func (p *Planner) rerouted(l *lane, alert string) {
	a := p.alerts[alert].Alert
	a.Reason, a.EndsAt = ReasonRerouted, p.at
	l.items[alert].end = &a
	p.touchTold(l, alert)
}
