package notifier

import (
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"tocsin/evaluator"
	"tocsin/rules"
)

// An alert is one of which people should know, and the groups that it is in.
type alert struct {
	*evaluator.Alert          // shared with all who have heard of it: never changed
	groups           []*group // sorted by key
	left             []*group // those that it has left, and where somebody may still be told of it
	over             bool     // it does not fire any more

	labels labels.Labels   // as people see them
	levels []labels.Labels // as they are at each level that it has, up to its own
	hold   hold
	// sources and targets are its places in the inhibit rules.
	sources, targets []spot
}

// alertKey is the identity of an alert in the planner.
func alertKey(a *evaluator.Alert) string { return a.Rule + "\x00" + a.Instance }

// Seed makes the planner know of an alert that the stored state of the evaluator
// still says. It is no change: nothing has to be accounted for.
func (p *Planner) Seed(a evaluator.Alert) {
	if a.Notify == rules.OK {
		return
	}
	key := alertKey(&a)
	if p.cfg == nil {
		p.alerts[key] = &alert{Alert: &a}
		return
	}
	p.put(key, &a)
	for _, g := range p.alerts[key].groups {
		for _, l := range g.lanes {
			p.refresh(l, key)
		}
		p.schedule(g)
	}
}

// Describe brings what a known alert says of its rule up to date: that may change
// while the alert doesn't. A Reload follows, which shows it to its groups.
func (p *Planner) Describe(a evaluator.Alert) {
	key := alertKey(&a)
	old := p.alerts[key]
	if old == nil || old.Episode != a.Episode {
		return
	}
	now, facts := *old, *old.Alert
	facts.Source, facts.Expr, facts.Unit, facts.Annotations, facts.Has = a.Source, a.Expr, a.Unit, a.Annotations, a.Has
	now.Alert = &facts
	p.alerts[key] = &now
}

// Change takes in one step of an alert.
func (p *Planner) Change(at model.Time, c evaluator.Change) {
	p.at = at
	key := alertKey(c.Alert)
	var silences []string
	if old := p.alerts[key]; old != nil {
		silences = old.hold.silences
	}
	groups, why := p.apply(key, c.Alert)
	r := newRef(&c)
	if !p.spread(groups, key, r) {
		p.unheard(r, why)
	}
	p.liftResolved(silences)
}

// spread brings a change to all lanes of groups, and reports whether it concerns
// any. Which it concerns is asked before the first has taken it in.
func (p *Planner) spread(groups []*group, key string, r *ref) bool {
	concerned := map[*lane]bool{}
	for _, g := range groups {
		for _, l := range g.lanes {
			if l.concerns(key) {
				concerned[l] = true
			}
		}
	}
	for _, g := range groups {
		stuck := false
		for _, l := range g.lanes {
			stuck = stuck || l.stuck
			if concerned[l] {
				p.take(l, key, r)
			} else {
				p.notice(l, key)
			}
		}
		p.schedule(g)
		if stuck { // it is tried again: who stands in need not
			p.failOver(g)
		}
	}
	return len(concerned) > 0
}

// apply makes the alert as it is now the desired one and returns the groups
// that it is or was in, and why it may be in none.
func (p *Planner) apply(key string, a *evaluator.Alert) ([]*group, string) {
	var before []*group
	if old := p.alerts[key]; old != nil {
		before = old.groups
	}
	why := p.put(key, a)
	groups := slices.Clone(before)
	if now := p.known(key); now != nil {
		groups = append(append(groups, now.groups...), now.left...)
	}
	slices.SortFunc(groups, func(a, b *group) int { return strings.Compare(a.Key, b.Key) })
	return slices.Compact(groups), why
}

// put moves the alert into the groups that its labels say, and out of the
// others; where it was told there, the end is noted for the RESOLVED.
func (p *Planner) put(key string, a *evaluator.Alert) string {
	now := &alert{Alert: a}
	places, why := p.places(now)
	old := p.known(key)
	stirred := p.admitAlert(key, now, old)
	for _, pl := range places {
		if len(p.by[pl.route.Receiver]) == 0 {
			continue // told to nobody, until a reload gives it somebody
		}
		g := p.group(pl)
		p.join(g, &member{key: key, alert: now.Alert, labels: now.labels, quiet: now.quiet()})
		now.groups = append(now.groups, g)
	}
	slices.SortFunc(now.groups, byKey)
	if old != nil {
		for _, g := range old.groups {
			if !slices.Contains(now.groups, g) {
				p.leave(g, key, a)
			}
		}
		if now.over {
			for _, g := range old.left {
				p.leave(g, key, a)
			}
		}
		p.haunt(key, now, old)
	}
	p.forgetOver(key, now)
	for _, target := range stirred {
		p.rehold(target)
	}
	return why
}

func byKey(a, b *group) int { return strings.Compare(a.Key, b.Key) }

// admitAlert puts an alert in the place of what was known of it, and finds out
// what holds it. It returns the alerts that it may inhibit now, or no longer.
func (p *Planner) admitAlert(key string, now, old *alert) (stirred []string) {
	now.over = now.Notify == rules.OK
	p.noteRaise(key, now)
	if now.over && old != nil { // who was told of it knows these
		now.labels, now.levels = old.labels, old.levels
	}
	if ack := p.acks[key]; ack != nil && (now.over || ack.Episode != now.Episode) {
		p.dropAck(key)
	}
	if old != nil {
		p.countSilences(old, -1)
	}
	stirred = p.enrol(key, now, old)
	delete(p.over, key)
	if now.over {
		delete(p.alerts, key)
		p.over[key] = now
	} else {
		p.alerts[key] = now
	}
	now.hold = p.holdOf(key, now)
	p.countSilences(now, 1)
	return stirred
}

// Reasons of a RESOLVED that the evaluator does not know: the alert went down to a
// level that is not told there; it is over, and nobody saw how; it fires on, and no
// route leads there any more.
const (
	ReasonLowered  evaluator.Reason = "lowered"
	ReasonUnseen   evaluator.Reason = "unseen"
	ReasonRerouted evaluator.Reason = "rerouted"
)

// leave takes the alert out of a group and notes how it ended there.
func (p *Planner) leave(g *group, key string, a *evaluator.Alert) {
	p.part(g, key)
	if a.Notify != rules.OK {
		lowered := *a
		lowered.Reason, lowered.EndsAt = ReasonLowered, p.at
		a = &lowered
	}
	for _, l := range g.lanes {
		if it := l.items[key]; it != nil && (it.told() || l.flight != nil) {
			it.end = a
			p.touchTold(l, key)
		}
	}
}
