package notifier

import (
	"slices"

	"tocsin/rules"
)

// What is over, or has left a group, is remembered as long as a lane has yet to
// tell of it: silences and inhibition hold its end as they hold its raise.

// known returns an alert that fires, or one that is over and not forgotten.
func (p *Planner) known(key string) *alert {
	if a := p.alerts[key]; a != nil {
		return a
	}
	return p.over[key]
}

// haunt notes the groups that an alert has left and where somebody may still be
// told of it.
func (p *Planner) haunt(key string, now, old *alert) {
	for _, g := range slices.Concat(old.groups, old.left) {
		if !slices.Contains(now.groups, g) && !slices.Contains(now.left, g) && g.minds(key) {
			now.left = append(now.left, g)
		}
	}
	slices.SortFunc(now.left, byKey)
}

// minds reports whether a lane of the group has anything of an alert.
func (g *group) minds(key string) bool {
	return slices.ContainsFunc(g.lanes, func(l *lane) bool { return l.items[key] != nil })
}

// unhaunt is called when a lane has forgotten an alert.
func (p *Planner) unhaunt(g *group, key string) {
	a := p.known(key)
	if a == nil || g.minds(key) {
		return
	}
	a.left = slices.DeleteFunc(a.left, func(x *group) bool { return x == g })
	p.forgetOver(key, a)
}

// forgetOver forgets an alert that is over once nobody has to be told of it.
func (p *Planner) forgetOver(key string, a *alert) {
	if a.over && len(a.left) == 0 && p.over[key] == a {
		delete(p.over, key)
		for _, target := range p.enrol(key, nil, a) {
			p.rehold(target)
		}
	}
}

// rehaunt finds all that is over or has left a group anew, since groups and lanes
// are others than before.
func (p *Planner) rehaunt() {
	p.recall()
	for _, key := range sortedKeys(p.groups) {
		g := p.groups[key]
		for _, l := range g.lanes {
			for _, alert := range sortedKeys(l.items) {
				if g.members[alert] == nil {
					p.noteLeft(g, alert, l.items[alert])
				}
			}
		}
	}
}

// recall remembers each alert that is over as it was when it was last told anywhere.
func (p *Planner) recall() {
	last := map[string]*item{}
	for _, g := range p.groups {
		for _, l := range g.lanes {
			for key, it := range l.items { // the latest is sought
				if p.known(key) == nil && it.told() && (last[key] == nil || it.entry.Alert.LevelSince > last[key].entry.Alert.LevelSince) {
					last[key] = it
				}
			}
		}
	}
	for _, key := range sortedKeys(last) {
		p.remember(key, last[key])
	}
}

func (p *Planner) noteLeft(g *group, key string, it *item) {
	a := p.known(key)
	if a == nil && !it.told() {
		return
	}
	if a == nil {
		a = p.remember(key, it)
	}
	if !slices.Contains(a.left, g) {
		a.left = append(a.left, g)
	}
}

// remember makes an alert that is over of what was said of it last.
func (p *Planner) remember(key string, it *item) *alert {
	a := &alert{Alert: it.entry.Alert}
	p.dress(a)
	over := *a.Alert
	over.Notify = rules.OK
	a.Alert = &over
	p.admitAlert(key, a, nil)
	return a
}
