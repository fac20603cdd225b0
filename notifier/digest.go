package notifier

import (
	"slices"

	"github.com/prometheus/common/model"
)

// A digest is a group of what a budget has kept back in the groups of one route,
// for one integration. Its lane has taken the items over from theirs: it tells of
// them in one message, and later of their end. What becomes an error goes back to
// where it came from, and is told at once.

// digestLane returns the lane of a digest and makes it if need be.
func (p *Planner) digestLane(from *lane) *lane {
	key := from.group.Route + ":digest"
	g := p.groups[key]
	if g == nil {
		g = p.newGroup(Group{Key: key, Route: from.group.Route}, p.at)
		g.Episode = hash(16, p.namespace, key, g.born.String())
		g.digest, g.route = true, from.group.route
		p.openLanes(g)
	}
	return p.lane(g, from.out)
}

// digestOf returns the lane of a digest that has taken an item over, or nil.
func (l *lane) digestOf(key string) *lane {
	if d := l.out.digests[l.group.Route]; d != nil && d != l && d.items[key] != nil {
		return d
	}
	return nil
}

// digestDue reports whether the digest of a lane's route waits for nothing but the
// budget: what comes meanwhile joins it.
func (p *Planner) digestDue(l *lane) bool {
	d := l.out.digests[l.group.Route]
	if d == nil || d.owed.sum() == 0 {
		return false
	}
	gate := p.gatePost(d)
	return gate == Pass || gate == GateBudget
}

// gather moves what is due in a lane into the digest, and opens that.
func (p *Planner) gather(l *lane) {
	d := p.digestLane(l)
	for _, key := range sortedKeys(l.items) {
		if it := l.items[key]; it.due() && d.items[key] == nil {
			p.move(key, l, d)
			p.noteLeft(d.group, key, it)
			p.unhaunt(l.group, key)
		}
	}
	l.open = false
	l.out.queue.remove(l)
	d.stuck = false // it has another content now
	if !d.open {
		d.open, d.opened = true, p.at
	}
	p.admit(d)
	p.schedule(l.group)
	p.schedule(d.group)
}

// move gives an item of a lane to another one of the same integration.
func (p *Planner) move(key string, from, to *lane) {
	it := from.items[key]
	from.count(it, -1)
	delete(from.items, key)
	to.items[key] = it
	to.count(it, 1)
	p.touchTold(from, key)
	p.touchTold(to, key)
}

// home returns the lane that an item of a digest came from; nil if it has none any
// more.
func (p *Planner) home(d *lane, key string) *lane {
	a := p.known(key)
	if a == nil {
		return nil
	}
	for _, g := range a.groups {
		if g.Route != d.group.Route || g.digest {
			continue
		}
		if i := slices.IndexFunc(g.lanes, func(l *lane) bool { return l.out == d.out && !l.orphan }); i >= 0 {
			return g.lanes[i]
		}
	}
	return nil
}

// release gives an item that has become an error back to the lane that it came
// from.
func (p *Planner) release(d *lane, key string) bool {
	it := d.items[key]
	if !d.group.digest || d.aloft() || it.grade != pressing || !it.due() {
		return false
	}
	home := p.home(d, key)
	if home == nil || home.items[key] != nil {
		return false
	}
	p.move(key, d, home)
	p.unhaunt(d.group, key)
	p.refresh(home, key)
	p.schedule(home.group)
	p.schedule(d.group)
	return true
}

// gathered lists what a digest tells of that fires.
func (p *Planner) gathered(d *lane) []Entry {
	var all []Entry
	for _, key := range sortedKeys(d.items) {
		it, m := d.items[key], p.member(d, key)
		if m == nil || !it.due() {
			continue
		}
		all = append(all, Entry{Alert: m.alert, Labels: m.labels, News: it.news, Was: it.said.was(it.news, m.alert.Notify)})
	}
	slices.SortStableFunc(all, func(a, b Entry) int { return inOrder(a.Alert, b.Alert, a.Labels, b.Labels) })
	return all
}

// digested lets the lanes that a digest told for remind as if they had told.
func (p *Planner) digested(f *flight) {
	if !f.lane.group.digest {
		return
	}
	for i := range f.d.Firing {
		if home := p.home(f.lane, alertKey(f.d.Firing[i].Alert)); home != nil {
			home.lastTold = later(home.lastTold, home.group.lastPoint(p.at))
			p.touchGroup(home.group)
			p.schedule(home.group)
		}
	}
}

// eachDigested calls f for all that digests have taken over, with its home; that may be
// nil.
func (p *Planner) eachDigested(f func(d *lane, key string, home *lane)) {
	for _, name := range sortedKeys(p.groups) {
		if g := p.groups[name]; g.digest {
			for _, d := range g.lanes {
				for _, key := range sortedKeys(d.items) {
					f(d, key, p.home(d, key))
				}
			}
		}
	}
}

// toldAtHome returns when people were last reminded of what digests have taken over.
func (p *Planner) toldAtHome() map[toldKey]model.Time {
	told := map[toldKey]model.Time{}
	p.eachDigested(func(d *lane, key string, home *lane) {
		if home != nil {
			told[toldKey{d.out.Key, d.group.Key, key}] = home.lastTold
		}
	})
	return told
}

// rehome lets the lanes that alerts have moved to go on reminding of what a digest told.
func (p *Planner) rehome(told map[toldKey]model.Time) {
	p.eachDigested(func(d *lane, key string, home *lane) {
		if home != nil && home.lastTold == 0 && d.items[key].told() {
			home.lastTold = later(told[toldKey{d.out.Key, d.group.Key, key}], d.lastTold)
			p.touchGroup(home.group)
		}
	})
}

// digestMember returns the alert of an item that the digest has, as its own group
// has it.
func (p *Planner) digestMember(d *lane, key string) *member {
	home := p.home(d, key)
	if d.items[key] == nil || home == nil {
		return nil
	}
	return home.group.members[key]
}
