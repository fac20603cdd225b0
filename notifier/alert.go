package notifier

import (
	"slices"
	"strings"

	"github.com/prometheus/common/model"

	"tocsin/evaluator"
	"tocsin/rules"
)

// An alert is one of which people should know, and the groups that it is in.
type alert struct {
	evaluator.Alert
	groups []*group // sorted by key
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
		p.alerts[key] = &alert{Alert: a}
		return
	}
	p.put(key, a)
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
	now := *old
	now.Source, now.Expr, now.Unit, now.Annotations, now.Has = a.Source, a.Expr, a.Unit, a.Annotations, a.Has
	p.alerts[key] = &now
}

// Change takes in one step of an alert.
func (p *Planner) Change(at model.Time, c evaluator.Change) {
	p.at = at
	key := alertKey(&c.Alert)
	groups, why := p.apply(key, c.Alert)
	r := newRef(&c)
	concerned := 0
	for _, g := range groups {
		for _, l := range g.lanes {
			if l.concerns(key) {
				concerned++
				p.take(l, key, r)
			}
		}
		p.schedule(g)
	}
	if concerned == 0 {
		p.unheard(r, why)
	}
}

// apply makes the alert as it is now the desired one and returns the groups
// that it is or was in, and why it may be in none.
func (p *Planner) apply(key string, a evaluator.Alert) ([]*group, string) {
	var before []*group
	if old := p.alerts[key]; old != nil {
		before = old.groups
	}
	why := p.put(key, a)
	groups := slices.Clone(before)
	if now := p.alerts[key]; now != nil {
		groups = append(groups, now.groups...)
	}
	slices.SortFunc(groups, func(a, b *group) int { return strings.Compare(a.Key, b.Key) })
	return slices.Compact(groups), why
}

// put moves the alert into the groups that its labels say, and out of the
// others; where it was told there, the end is noted for the RESOLVED.
func (p *Planner) put(key string, a evaluator.Alert) string {
	places, why := p.places(&a)
	now := &alert{Alert: a}
	for _, pl := range places {
		if len(p.by[pl.route.Receiver]) == 0 {
			continue // told to nobody, until a reload gives it somebody
		}
		g := p.group(pl)
		g.join(&member{key: key, alert: &now.Alert, labels: pl.labels})
		now.groups = append(now.groups, g)
	}
	slices.SortFunc(now.groups, func(a, b *group) int { return strings.Compare(a.Key, b.Key) })
	if old := p.alerts[key]; old != nil {
		for _, g := range old.groups {
			if !slices.Contains(now.groups, g) {
				p.leave(g, key, a)
			}
		}
	}
	if a.Notify == rules.OK {
		delete(p.alerts, key)
	} else {
		p.alerts[key] = now
	}
	return why
}

// Reasons of a RESOLVED that the evaluator does not know: the alert went down to a
// level that is not told there; it is over, and nobody saw how.
const (
	ReasonLowered evaluator.Reason = "lowered"
	ReasonUnseen  evaluator.Reason = "unseen"
)

// leave takes the alert out of a group and notes how it ended there.
func (p *Planner) leave(g *group, key string, a evaluator.Alert) {
	g.part(key)
	if a.Notify != rules.OK {
		a.Reason, a.EndsAt = ReasonLowered, p.at
	}
	for _, l := range g.lanes {
		if it := l.items[key]; it != nil && (it.told() || l.flight != nil) {
			it.end = &a
			p.touchTold(l, key)
		}
	}
}
