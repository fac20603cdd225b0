package notifier

import (
	"cmp"
	"slices"
)

// giveFace gives the message of a lane that is deserted to the heir that has the worst
// to show. If that has one already, the old one says where. Other heirs show anew what
// was in it.
func (p *Planner) giveFace(l *lane) {
	if l.face.root == "" || len(l.heirs) == 0 {
		return
	}
	if l.deserted() && !l.face.lent {
		p.moveFace(l, worstOf(l.heirs))
	}
	for _, heir := range l.heirs {
		p.showAnew(heir)
	}
}

func (p *Planner) moveFace(l, heir *lane) {
	p.touchGroup(l.group)
	p.touchGroup(heir.group)
	if heir.face.root != "" {
		l.face = face{root: heir.face.root, old: l.face.root, due: true, lent: true}
		return
	}
	heir.face, l.face = l.face, face{}
	if l.aloft() && l.flight.quiet() { // nobody knows what it shows
		heir.face.shown = ""
		l.flight.inherited(anything, heir)
	}
}

// landFace gives the message of a post that has landed to those who have taken over,
// while it was in the air, what it tells.
func (p *Planner) landFace(f *flight, handle string) {
	var heirs []*lane
	for _, alert := range sortedKeys(f.heirs) {
		if !slices.Contains(heirs, f.heirs[alert]) {
			heirs = append(heirs, f.heirs[alert])
		}
	}
	f.lane.heirs, f.lane.face = heirs, face{root: handle, posted: p.at, old: f.lane.face.root}
	p.giveFace(f.lane)
	f.lane.heirs = nil
	for _, l := range append(heirs, f.lane) {
		l.face.due = l.edits()
		p.admit(l)
	}
}

// worstOf returns the lane with the worst alert that fires; the first of several.
func worstOf(lanes []*lane) *lane {
	worst := func(l *lane) (n int) {
		for _, m := range l.group.members {
			if it := l.items[m.key]; it != nil && it.told() {
				n = max(n, int(m.alert.Notify))
			}
		}
		return n
	}
	return slices.MaxFunc(lanes, func(a, b *lane) int { return cmp.Compare(worst(a), worst(b)) })
}

// showAnew posts what a lane has told and no message shows any more.
func (p *Planner) showAnew(l *lane) {
	if l.in.Threads && l.face.root == "" && !l.orphan && l.told.sum() > 0 && len(l.group.members) > l.group.quiet {
		l.remind, l.stuck, l.opened = true, false, p.at
	}
}
