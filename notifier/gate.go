package notifier

import "fmt"

// A Gate says what keeps a lane from being sent now.
type Gate uint8

// The gates, as they are tried.
const (
	Pass         Gate = iota
	GateNothing       // what was told is true
	GateFlight        // an attempt is in the air
	GateRejected      // until a change, a reload or a reminder
	GateWait          // group_wait
	GateInterval      // group_interval
	GateSettling      // a rule has not been evaluated since the start or reload
	GateMuted         // a time interval of the route keeps the group silent
	GateHeld          // silenced, inhibited or acknowledged
	GateBackoff       // the last attempt failed
	GateBudget        // the receiver's rate limit
	GateFull          // as many attempts in flight as may be
	GateBusy          // as many in flight to this integration as may be
	GatePace          // the service wants more time between two messages
	GateProbe         // the integration fails: one attempt now and then
)

// String returns a few words for people.
func (g Gate) String() string {
	switch g {
	case Pass:
		return "due"
	case GateNothing:
		return "up to date"
	case GateFlight:
		return "in flight"
	case GateRejected:
		return "rejected"
	case GateWait:
		return "group_wait"
	case GateInterval:
		return "group_interval"
	case GateSettling:
		return "settling"
	case GateMuted:
		return "muted"
	case GateHeld:
		return "held"
	case GateBackoff:
		return "backoff"
	case GateBudget:
		return "rate limit"
	case GateFull:
		return "too many in flight"
	case GateBusy:
		return "integration busy"
	case GatePace:
		return "pace of the service"
	case GateProbe:
		return "integration failing"
	}
	return fmt.Sprintf("Gate(%d)", uint8(g))
}

// gate says what keeps the lane closed, apart from the room in its outlet.
func (p *Planner) gate(l *lane) Gate {
	switch {
	case l.aloft() || l.awaits():
		return GateFlight
	case l.quietDue() && l.notBefore > p.at:
		return GateBackoff
	case l.quietDue():
		return Pass
	}
	return p.gatePost(l)
}

// gatePost says what keeps the lane from telling anything.
func (p *Planner) gatePost(l *lane) Gate {
	switch {
	case l.stuck:
		return GateRejected
	case l.flight != nil && !l.flight.quiet() || l.remind || l.open && l.owed.sum() > 0:
		return p.gateOpen(l)
	case l.owed.sum() == 0 && l.withheld > 0:
		return GateHeld
	case l.owed.sum() == 0:
		return GateNothing
	case l.group.parked:
		return GateSettling
	case l.group.muted != "":
		return GateMuted
	case l.group.flushed == 0:
		return GateWait
	}
	return GateInterval
}

// gateOpen says what keeps a lane that has been flushed.
func (p *Planner) gateOpen(l *lane) Gate {
	forwards := l.in.Resend > 0 // it has gates of its own
	switch {
	case forwards && l.notBefore > p.at:
		return GateBackoff
	case forwards:
		return Pass
	case p.unsettled(l.group) != "", l.remind && l.owed.sum() == 0 && !p.confirmed(l.group):
		return GateSettling
	case l.group.mutedAt(p.at) != "" && !l.closing():
		return GateMuted
	case l.notBefore > p.at:
		return GateBackoff
	case p.overBudget(l) && !l.closing():
		return GateBudget
	}
	return Pass
}

// admit puts the lane where its gate says: among those to be handed out, to the
// timer of its backoff, or to the rule that it waits for.
func (p *Planner) admit(l *lane) {
	gate := p.gate(l)
	if gate != Pass {
		l.out.queue.remove(l)
	}
	if gate != GateBackoff && gate != GateBudget {
		p.timers.remove(&l.retry)
	}
	switch gate {
	case Pass:
		p.enqueue(l)
	case GateBackoff:
		p.wake(&l.retry, l.notBefore)
	case GateSettling:
		p.settleFirst(l.group)
	case GateNothing, GateInterval, GateWait, GateHeld:
		l.open = false
	case GateMuted:
		p.mute(l.group)
	case GateBudget:
		p.wait(l)
	case GateFlight, GateRejected, GateFull, GateBusy, GatePace, GateProbe:
	}
}
