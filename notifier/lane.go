package notifier

import (
	"cmp"
	"slices"
	"strings"

	"github.com/prometheus/common/model"

	"tocsin/rules"
)

// A lane is a group and one integration of its receiver.
type lane struct {
	group *group
	out   *outlet
	in    *rules.Integration // as the group's receiver has it
	// orphan is set once routing no longer leads here: nothing new is told, only
	// what was told of alerts that have ended is closed.
	orphan bool
	// primary is set where the group's route leads; others stand in, see stand.
	primary bool
	stand   stand

	items map[string]*item // by alert
	owed  tally            // items with news that nothing holds, by urgency
	told  tally            // items told, by the highest level that may be believed

	withheld int // items with news that something holds

	open   bool // a flush has passed: the difference may be sent
	remind bool // a reminder is due
	stuck  bool // rejected: nothing until a change, a reload or a reminder
	opened model.Time

	flight    *flight
	failures  int // in a row
	notBefore model.Time
	lastTold  model.Time  // the flush point of the last delivery; 0: never
	worst     rules.Level // the highest level told, or maybe told, in the group's episode
	lastTried model.Time  // of the last delivery that was given up
	reminders int         // in a row

	// elders are attempts of other lanes that told of items which are here now.
	elders []*flight

	heirs    []*lane // which have taken over items in this reload
	incident string  // key of what is open, or is about to be; empty: nothing is
	gave     *lane   // which has taken it over in this reload

	face  face
	clock timer // to the next edit, or to the next repetition of a forwarder
	retry timer
	slot  int // in the queue of its outlet
}

// A tally counts items by grade.
type tally [grades]int

func (t *tally) sum() int {
	n := 0
	for _, k := range t {
		n += k
	}
	return n
}

func (t *tally) highest() grade {
	for g := grades - 1; g > calm; g-- {
		if t[g] > 0 {
			return g
		}
	}
	return calm
}

func gradeOf(l rules.Level) grade {
	switch l {
	case rules.Warn:
		return warning
	case rules.Error:
		return pressing
	case rules.OK:
	}
	return calm
}

// lane returns the lane of an outlet in a group and makes it if need be.
func (p *Planner) lane(g *group, out *outlet) *lane {
	i, has := slices.BinarySearchFunc(g.lanes, out.Key, func(l *lane, key string) int {
		return strings.Compare(l.out.Key, key)
	})
	if has {
		return g.lanes[i]
	}
	l := &lane{group: g, out: out, in: &out.Integration, items: map[string]*item{}}
	l.retry = timer{kind: retryTimer, key: g.Key + "\x00" + out.Key, owner: l}
	if g.digest {
		out.digests[g.Route] = l
	}
	l.clock = timer{kind: clockTimer, key: l.retry.key, owner: (*clock)(l)}
	g.lanes = slices.Insert(g.lanes, i, l)
	return l
}

// openLanes gives a group that has no members yet the lanes that its route asks
// for. Those that it had besides become orphans.
func (p *Planner) openLanes(g *group) {
	for _, l := range g.lanes {
		l.orphan, l.primary, l.in, l.stand = true, false, &l.out.Integration, stand{}
	}
	if g.route == nil {
		return
	}
	for _, in := range p.by[g.route.Receiver] {
		l := p.lane(g, p.outlets[in.Key])
		l.orphan, l.primary, l.in = false, true, in
	}
	if !g.digest {
		p.openStands(g)
	}
}

// closeLane takes a lane out of all queues.
func (p *Planner) closeLane(l *lane) {
	p.timers.remove(&l.retry)
	p.timers.remove(&l.clock)
	l.out.queue.remove(l)
	if l.out.digests[l.group.Route] == l {
		delete(l.out.digests, l.group.Route)
	}
	if l.flight != nil {
		p.drop(l.flight)
	}
}

// member returns what the lane should have told of an alert, or nil.
func (p *Planner) member(l *lane, key string) *member {
	if l.group.digest {
		return p.digestMember(l, key)
	}
	m := l.group.members[key]
	if m == nil || l.orphan || !l.primary && !l.sees(p, m) {
		return nil
	}
	return m
}

// concerns reports whether a change of the alert has to be accounted for here.
func (l *lane) concerns(key string) bool {
	if l.group.digest || l.orphan {
		return l.items[key] != nil
	}
	return l.primary && l.digestOf(key) == nil
}

// item returns the lane's item of an alert and makes it if need be.
func (l *lane) item(key string) *item {
	it := l.items[key]
	if it == nil {
		it = &item{said: nothing}
		l.items[key] = it
	}
	return it
}

// deserted reports whether nothing new is to be told here.
func (l *lane) deserted() bool { return l.orphan || len(l.group.members) == 0 }

// awaits reports whether an attempt of another lane has to end first.
func (l *lane) awaits() bool {
	l.elders = slices.DeleteFunc(l.elders, func(f *flight) bool { return !f.aloft })
	return len(l.elders) > 0
}

// aloft reports whether an attempt is in the air.
func (l *lane) aloft() bool { return l.flight != nil && l.flight.aloft }

// wantsFlush reports whether a flush would have something to open. A delivery
// that waits for its next attempt needs none: it takes the newest truth along.
func (l *lane) wantsFlush() bool {
	if l.open || l.stuck || l.owed.sum() == 0 {
		return false
	}
	return l.flight == nil || l.flight.quiet() || l.flight.aloft && len(l.flight.touched) > 0
}

// flush opens the lane if it has something to tell, or to repeat.
func (p *Planner) flush(l *lane, due model.Time) {
	switch remind, is := l.reminderAt(due); {
	case l.wantsFlush():
		l.open, l.opened = true, due
	case !is || remind > due:
		return
	default:
		p.remind(l, due)
		return
	}
	p.admit(l)
	if l.out.down(p.at) {
		p.failOver(l.group)
	}
}

// remind opens the lane to repeat what fires, once that is known to be so.
func (p *Planner) remind(l *lane, due model.Time) {
	if !p.confirmed(l.group) {
		p.hush(l.group)
		return
	}
	stuck := l.stuck
	l.remind, l.stuck, l.opened = true, false, due
	l.open = l.owed.sum() > 0
	p.admit(l)
	if stuck {
		p.failOver(l.group)
	}
}

// ring ends a backoff.
func (l *lane) ring(p *Planner, _ model.Time) { p.admit(l) }

func (l *lane) place() *int { return &l.slot }

// before orders lanes for the hand-out: errors first, then who waits longest.
func (l *lane) before(other *lane) bool {
	return cmp.Or(
		cmp.Compare(other.owed.highest(), l.owed.highest()),
		cmp.Compare(l.opened, other.opened),
		strings.Compare(l.group.Key, other.group.Key),
		strings.Compare(l.out.Key, other.out.Key)) < 0
}
