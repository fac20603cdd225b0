package notifier

import (
	"slices"
	"strconv"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/rules"
)

// Besides the receiver that its route names, a group may tell others: the fallback
// of a receiver that fails, and those to whom an alert escalates. They have lanes
// like any, in which they see what concerns them alone: what nobody could tell,
// or nobody has taken on. What they were once told of is theirs until it is over.

// defaultFallbackAfter is how long an integration fails before somebody is told
// in its place, where the configuration says nothing.
const defaultFallbackAfter = 5 * time.Minute

// A stand says for whom and why a lane stands in.
type stand struct {
	covers []string           // receivers that it is told in place of
	steps  []rules.Escalation // of the route
}

// openStands gives a group the lanes of those who may have to stand in.
func (p *Planner) openStands(g *group) {
	open := func(receiver string, f func(*stand)) {
		for _, in := range p.by[receiver] {
			l := p.lane(g, p.outlets[in.Key])
			if l.orphan || !l.primary && l.in.Receiver != receiver {
				l.in = in
			}
			l.orphan = false
			f(&l.stand)
		}
	}
	for _, step := range g.route.Escalate {
		open(step.To, func(s *stand) { s.steps = append(s.steps, step) })
	}
	for _, receiver := range p.readers(g.route) {
		if other := p.receivers[receiver].Fallback; other != "" {
			open(other, func(s *stand) { s.covers = append(s.covers, receiver) })
		}
	}
}

// readers are the receivers whom a route may ever lead to: its own, those it escalates
// to, and the fallbacks of all these.
func (p *Planner) readers(r *rules.Route) []string {
	all := []string{r.Receiver}
	for _, step := range r.Escalate {
		all = append(all, step.To)
	}
	for i := 0; i < len(all); i++ {
		if other := p.receivers[all[i]].Fallback; other != "" && !slices.Contains(all, other) {
			all = append(all, other)
		}
	}
	return all
}

// leads reports whether a route may ever tell an integration anything.
func (p *Planner) leads(r *rules.Route, integration string) bool {
	return slices.ContainsFunc(p.readers(r), func(receiver string) bool {
		return slices.ContainsFunc(p.by[receiver], func(in *rules.Integration) bool { return in.Key == integration })
	})
}

// sees reports whether a lane that stands in is to tell of a member.
func (l *lane) sees(p *Planner, m *member) bool {
	if m.alert.Name == ReceiverFailing && p.culprit(m.alert) == l.in.Receiver {
		return false
	}
	if it := l.items[m.key]; it != nil && it.told() && it.episode() == m.alert.Episode {
		return true
	}
	return l.covering(p) || l.escalated(m)
}

// covering reports whether a lane that this one stands in for can't tell what it
// has to.
func (l *lane) covering(p *Planner) bool {
	return slices.ContainsFunc(l.group.lanes, func(x *lane) bool {
		return x != l && slices.Contains(l.stand.covers, x.in.Receiver) && x.fallen(p)
	})
}

// fallen reports whether the lane has something to tell and can't: it was refused
// for good, or its integration has failed for too long.
func (l *lane) fallen(p *Planner) bool {
	if l.stuck || l.summedUp(p) {
		return true
	}
	owes := l.open || l.flight != nil && !l.flight.quiet()
	return owes && l.out.down(p.at)
}

// summedUp reports whether a digest that has taken over from the lane can't tell it.
func (l *lane) summedUp(p *Planner) bool {
	d := l.out.digests[l.group.Route]
	if d == nil || d == l || !d.fallen(p) {
		return false
	}
	for key := range l.group.members { // any will do
		if it := d.items[key]; it != nil && it.due() {
			return true
		}
	}
	return false
}

// down reports whether the integration has failed for so long that somebody else
// is told. Where nothing was sent for as long, nobody knows how it is.
func (o *outlet) down(at model.Time) bool {
	return o.failingSince != 0 && at >= o.failingSince.Add(o.patience) && at <= o.failedLast.Add(o.patience)
}

// escalated reports whether an alert was raised so long ago that it concerns this
// lane, and nobody has taken it on.
func (l *lane) escalated(m *member) bool {
	return !m.quiet && slices.ContainsFunc(m.climbs, func(x *escalation) bool {
		return x.reached && slices.Contains(l.stand.steps, x.step)
	})
}

// An escalation is the time at which an alert of a group concerns further people.
type escalation struct {
	step    rules.Escalation
	group   *group
	alert   string
	reached bool
	timer   timer
}

// climb sets the timers at which a member escalates.
func (p *Planner) climb(g *group, m *member) {
	for n, step := range g.route.Escalate {
		if m.alert.Notify < step.Level {
			continue
		}
		x := &escalation{step: step, group: g, alert: m.key}
		x.timer = timer{
			kind: escalationTimer, key: g.Key + "\x00" + m.key + "\x00" + strconv.Itoa(n), owner: x,
			at: p.raised[m.key].at.Add(step.After),
		}
		if x.reached = x.timer.at <= p.at; !x.reached {
			p.timers.put(&x.timer)
		}
		m.climbs = append(m.climbs, x)
	}
}

// settleDown takes the timers of a member back.
func (p *Planner) settleDown(m *member) {
	for _, x := range m.climbs {
		p.timers.remove(&x.timer)
	}
	m.climbs = nil
}

// ring tells those whom the alert concerns now.
func (x *escalation) ring(p *Planner, _ model.Time) {
	x.reached = true
	p.rouse(x.group, x.alert)
}

// rouse finds out what lanes that stand in owe of an alert.
func (p *Planner) rouse(g *group, alert string) {
	for _, l := range g.lanes {
		if !l.primary && !l.orphan {
			p.retake(l, alert)
			p.hasten(l)
		}
	}
	p.schedule(g)
}

// failOver finds out what those who stand in owe, since a lane of the group began
// to fail or works again.
func (p *Planner) failOver(g *group) {
	for _, l := range g.lanes {
		if l.primary || l.orphan || len(l.stand.covers) == 0 {
			continue
		}
		for _, key := range sortedKeys(g.members) {
			p.retake(l, key)
		}
		p.hasten(l)
	}
	p.schedule(g)
}

// failOverAll does so for all groups of an integration.
func (p *Planner) failOverAll(o *outlet) {
	for _, key := range sortedKeys(p.groups) {
		g := p.groups[key]
		if g != nil && slices.ContainsFunc(g.lanes, func(l *lane) bool { return l.out == o }) {
			p.failOver(g)
		}
	}
}

// reconsider finds out anew what a lane that stands in owes, before it tells it: those
// it stands in for may have told it meanwhile, or have nothing to tell any more.
func (p *Planner) reconsider(l *lane) {
	if l.primary || l.orphan {
		return
	}
	for _, key := range sortedKeys(l.items) {
		if it := l.items[key]; it.news != Same && it.news != Resolved && p.member(l, key) == nil {
			p.retake(l, key)
		}
	}
	for _, key := range sortedKeys(l.group.members) {
		if l.items[key] == nil && p.member(l, key) != nil {
			p.retake(l, key)
		}
	}
}

// retake finds out anew what a lane owes of an alert, and what it is about to say.
func (p *Planner) retake(l *lane, key string) {
	if l.flight != nil {
		l.flight.touch(key)
	}
	p.refresh(l, key)
}

// hasten opens a lane that stands in: those it stands in for have waited enough.
func (p *Planner) hasten(l *lane) {
	if !l.primary && !l.orphan && !l.open && l.owed.highest() > calm {
		l.open, l.opened = true, p.at
		p.admit(l)
	}
}

// why says for a message why its reader is told.
func (l *lane) why(p *Planner) string {
	switch {
	case l.primary || l.orphan:
		return ""
	case l.covering(p):
		return "sent to you because " + l.stand.covers[0] + " could not be reached"
	case len(l.stand.steps) > 0:
		return "escalated to you: nobody has acknowledged it"
	}
	return ""
}
