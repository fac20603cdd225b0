package notifier

import (
	"slices"
	"time"

	"github.com/prometheus/common/model"
)

// A face is the message by which a lane shows its group where messages can be
// edited: one for an episode of the group, kept true by edits, with what is new in
// its thread. Edits reach nobody, so no gate holds them.
//
//	            Post                     something differs: Edit, then
//	(no root) --------> root ---------------------------------------------> root
//	    ^                 |   Reply (lower, resolve) or Broadcast (new, raise, reminder)
//	    |  gone           |
//	    +-----------------+   older than a day, and something worse: Post anew,
//	                          and the old one says where (Moved)
type face struct {
	root   string     // handle of the message; empty: there is none
	posted model.Time // when it was
	shown  string     // what it shows, as looks returns it
	old    string     // the message before, which has yet to say where root is
	due    bool       // it is to be compared with what is true
	lent   bool       // root is another lane's: old says where that is, and nothing else is done
}

// oldFace is the age at which a message is too far up for people to find.
const oldFace = 24 * time.Hour

// quiet reports whether a flight reaches nobody.
func (f *flight) quiet() bool { return f.d.Effect == Edit || f.d.Effect == Moved }

// edits reports whether there is a message that may have to be edited.
func (l *lane) edits() bool { return l.in.Threads && l.face.root != "" && !l.group.digest }

// quietDue reports whether an edit is under way, or may be to be made.
func (l *lane) quietDue() bool {
	return l.flight != nil && l.flight.quiet() || l.edits() && l.face.due
}

// facing reports whether the message has yet to be made true.
func (l *lane) facing() bool { return l.edits() && (l.face.due || l.clock.set()) }

// ageFace lets the message be edited once what is new has been gathered for a
// while.
func (p *Planner) ageFace(l *lane) {
	if l.edits() && !l.face.due && !l.clock.set() {
		p.wake(&l.clock, p.at.Add(l.group.wait()))
	}
}

// touchFace lets the message be edited at once: somebody has pressed a button.
func (p *Planner) touchFace(l *lane) {
	if l.edits() {
		l.face.due = true
		p.admit(l)
	}
}

// A clock is the time at which a lane does something of its own accord.
type clock lane

// ring compares a message with the truth, or repeats what fires to a forwarder.
func (c *clock) ring(p *Planner, _ model.Time) {
	l := (*lane)(c)
	if l.in.Resend > 0 {
		l.remind, l.stuck, l.opened = len(l.group.members) > 0, false, p.at
	} else {
		l.face.due = true
	}
	p.admit(l)
}

// composeQuiet makes the edit that comes before anything else.
func (p *Planner) composeQuiet(l *lane) (Delivery, bool) {
	if !l.edits() {
		return Delivery{}, false
	}
	d := p.header(l)
	d.Reason = ReasonFace
	if l.face.old != "" {
		d.Effect, d.Root, d.Next = Moved, l.face.old, l.face.root
	} else {
		d.Effect, d.Root = Edit, l.face.root
	}
	d.Firing = p.visible(l)
	p.renew(d.Firing)
	d.Resolved = p.ended(l, func(*item) bool { return true })
	d.rate(l)
	return d, d.Effect == Moved || d.looks() != l.face.shown
}

// fresh reports whether what is told next is a new message in place of an old one,
// so that the old one need not be edited first.
func (l *lane) fresh(at model.Time) bool {
	return l.edits() && l.face.old == "" && l.owed.highest() > calm && at.Sub(l.face.posted) >= oldFace
}

// visible lists what fires as it is, but for what was held before it was told.
func (p *Planner) visible(l *lane) []Entry {
	members := l.group.sorted()
	all := make([]Entry, 0, len(members))
	for _, m := range members {
		if p.member(l, m.key) == nil {
			continue
		}
		e := Entry{Alert: m.alert, Labels: m.labels, Was: m.alert.Notify, Held: p.held(p.alerts[m.key])}
		if it := l.items[m.key]; e.Held == "" || it != nil && it.told() {
			all = append(all, e)
		}
	}
	return all
}

// effect says how a delivery is made where messages can be edited.
func (p *Planner) effect(l *lane, d *Delivery) Effect {
	loud := d.Reason != ReasonResolved && d.Reason != ReasonChanged
	switch {
	case !l.edits(), loud && p.at.Sub(l.face.posted) >= oldFace:
		return Post
	case loud:
		return Broadcast
	}
	return Reply
}

// looks names what a message shows: which alerts fire, and how.
func (d *Delivery) looks() string {
	shown := Delivery{Firing: make([]Entry, len(d.Firing))}
	for i, e := range d.Firing {
		e.News, e.Was = Same, e.Alert.Notify
		shown.Firing[i] = e
	}
	return shown.content("")[:16]
}

// faced takes in that a message was posted or edited.
func (p *Planner) faced(f *flight, handle string) {
	l := f.lane
	if !l.in.Threads || l.group.digest {
		return
	}
	switch f.d.Effect {
	case Post:
		if len(f.heirs) > 0 {
			p.landFace(f, handle)
			return
		}
		old := l.face.root
		l.face = face{root: handle, posted: p.at, shown: f.d.looks(), old: old, due: old != "" || f.d.holds() || l.out.digests[l.group.Route] != nil}
	case Edit:
		l.face.shown = f.d.looks()
		p.dismiss(l)
	case Moved:
		p.movedFace(l)
	case Reply, Broadcast:
	}
	p.touchGroup(l.group)
}

// movedFace takes in that an old message says where the next one is, which may be that
// of another lane.
func (p *Planner) movedFace(l *lane) {
	l.face.old, l.face.due = "", true
	if l.face.lent {
		l.face = face{}
	}
}

// dismiss forgets what no route leads here for any more, once the message says so or is
// gone: nobody is told of that but by the edit.
func (p *Planner) dismiss(l *lane) {
	if !l.deserted() || l.in.Incident {
		return
	}
	for _, alert := range sortedKeys(l.items) {
		if it := l.items[alert]; it.end != nil && it.end.Reason == ReasonRerouted {
			p.forget(l, alert, Suppressed, unrouted)
			p.unhaunt(l.group, alert)
		}
	}
	if len(l.items) == 0 && !l.face.lent { // which has yet to say where the next one is
		l.face = face{}
	}
}

// holds reports whether a delivery shows anything as it was told and not as it is.
func (d *Delivery) holds() bool {
	return slices.ContainsFunc(d.Firing, func(e Entry) bool { return e.Held != "" })
}

// lostFace takes in that a message is gone: a new one takes its place, if there is
// anything to show.
func (p *Planner) lostFace(f *flight) {
	l := f.lane
	told := f.d.Effect == Reply || f.d.Effect == Broadcast
	if f.d.Effect == Moved {
		p.movedFace(l)
	} else {
		l.face = face{}
		p.dismiss(l)
	}
	p.touchGroup(l.group)
	p.drop(f)
	switch {
	case f.d.Effect == Moved:
	case told && f.d.Reason == ReasonReminder:
		l.remind = true
	case told:
		l.open = true
	case !l.open && len(l.group.members) > l.group.quiet:
		p.remind(l, p.at)
	}
}
