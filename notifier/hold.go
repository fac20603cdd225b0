package notifier

import (
	"slices"

	"tocsin/rules"
)

// A hold is what keeps an alert from being told. What was told stays as it was
// until it is let go; then the difference is taken again.
type hold struct {
	silences  []string // ids of those in force that match, sorted
	inhibited bool     // by which alert is looked up when it is asked for
	ack       *rules.Ack
}

// muted reports whether nothing of the alert is told, whatever its level.
func (h *hold) muted() bool { return len(h.silences) > 0 || h.inhibited }

// acked reports whether somebody has taken the alert on up to a level.
func (h *hold) acked(l rules.Level) bool { return h.ack != nil && l <= h.ack.Level }

func (h *hold) same(other *hold) bool {
	return slices.Equal(h.silences, other.silences) && h.inhibited == other.inhibited && h.ack == other.ack
}

// quiet reports whether an alert is not to be reminded of.
func (a *alert) quiet() bool { return a.hold.muted() || a.hold.acked(a.Notify) }

// held says what keeps an alert as it was told; empty: nothing does.
func (p *Planner) held(a *alert) string {
	switch {
	case len(a.hold.silences) > 0:
		return p.silences[a.hold.silences[0]].words()
	case a.hold.inhibited:
		return p.inhibitedBy(a)
	case a.hold.acked(a.Notify):
		return ackWords(a.hold.ack)
	}
	return ""
}

// holds says what keeps a lane from telling news of an alert; empty: nothing
// does. An acknowledgement holds back only what is worse, never the end.
func (p *Planner) holds(l *lane, a *alert, n News) string {
	switch {
	case a == nil || n == Same || l.in.Resend > 0:
		return ""
	case n == Resolved && l.in.Incident:
		return "" // the incident would stay open
	case a.hold.muted(), n == New || n == Raised:
		return p.held(a)
	}
	return ""
}

// rehold finds out anew what holds an alert, and what its lanes owe then.
func (p *Planner) rehold(key string) {
	a := p.known(key)
	if a == nil {
		return
	}
	now := p.holdOf(key, a)
	if now.same(&a.hold) {
		return
	}
	was := a.quiet()
	p.countSilences(a, -1)
	a.hold = now
	p.countSilences(a, 1)
	for _, g := range a.groups {
		g.hush(key, a.quiet())
	}
	if was && !a.quiet() && !a.over {
		p.raiseAnew(key, a)
	}
	if p.rerouting { // what was told is not known yet, and all is looked at in the end
		return
	}
	for _, g := range slices.Concat(a.groups, a.left) {
		for _, l := range g.lanes {
			if l.flight != nil {
				l.flight.touch(key)
			}
			p.refresh(l, key)
			p.hasten(l)
			p.touchFace(l)
		}
		p.schedule(g)
		if was && !a.quiet() {
			p.remindAtOnce(g)
		}
	}
}

func (p *Planner) holdOf(key string, a *alert) hold {
	h := hold{silences: p.silent.matching(a.labels), inhibited: p.inhibitorOf(key, a) != ""}
	if ack := p.acks[key]; ack != nil && ack.Episode == a.Episode && !a.over {
		h.ack = &ack.Ack
	}
	return h
}

// remindAtOnce repeats what fires if a reminder was due while a gate was closed, or no
// message shows it.
func (p *Planner) remindAtOnce(g *group) {
	if g.shut() {
		return
	}
	for _, l := range g.lanes {
		if due, is := l.overdue(); is && due <= p.at {
			p.remind(l, p.at)
		} else if p.showAnew(l); l.remind {
			p.admit(l)
		}
	}
}
