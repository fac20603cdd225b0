package notifier

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/rules"
)

// counts are the sums of the planner's life.
type counts struct {
	changes   uint64
	verdicts  [Failed + 1]uint64
	reminders uint64
	stood     uint64 // told to those who stand in for others
	attempts  map[AttemptKey]uint64
}

// An AttemptKey says whose attempts are counted, by their outcome.
type AttemptKey struct {
	Receiver string
	Kind     string
	Outcome  Outcome
}

func newCounts() counts { return counts{attempts: map[AttemptKey]uint64{}} }

func (c *counts) opened()          { c.changes++ }
func (c *counts) closed(v Verdict) { c.verdicts[v]++ }

func (c *counts) attempt(d *Delivery, o Outcome) {
	c.attempts[AttemptKey{Receiver: d.Receiver, Kind: d.Kind, Outcome: o}]++
}

// told counts what is apart from changes, and returns how many reminders there
// were in a row.
func (c *counts) told(l *lane, d *Delivery, reminders int) int {
	if !l.primary {
		c.stood++
	}
	if d.Reason != ReasonReminder {
		return 0
	}
	c.reminders++
	return reminders + 1
}

// Stats are figures at an instant. Those that count do so from the start of the
// process; changes that were found waiting in the store count as new.
//
// Changes = Delivered + Collapsed + Suppressed + Failed + Waiting holds at any
// time; a change counts once for each lane that it concerns.
type Stats struct {
	Alerts   int // of which people should know
	Groups   int
	Queued   int // lanes that could be sent if there were room
	InFlight int
	// Oldest is how long the oldest delivery under way has not been told.
	Oldest   time.Duration
	Silences map[rules.SilenceState]int
	// Alerts that are kept from being told, by what keeps them; one may be in several.
	Silenced, Inhibited, Acked int
	Settling                   int // groups with something due that wait for rules to be evaluated since the start or reload

	Changes    uint64
	Delivered  uint64
	Collapsed  uint64
	Suppressed uint64
	Failed     uint64
	Waiting    uint64
	Reminders  uint64 // delivered, counted apart
	StoodIn    uint64 // deliveries to fallbacks and by escalation, counted apart

	Attempts []Attempts  // sorted
	Failing  []OutletKey // integrations that can't be told; sorted
}

// An OutletKey names integrations by their receiver and kind.
type OutletKey struct{ Receiver, Kind string }

func (k OutletKey) compare(other OutletKey) int {
	return cmp.Or(cmp.Compare(k.Receiver, other.Receiver), cmp.Compare(k.Kind, other.Kind))
}

// countHeld counts what people and rules keep back.
func (p *Planner) countHeld(s *Stats) {
	s.Silences = map[rules.SilenceState]int{rules.SilencePending: 0, rules.SilenceActive: 0, rules.SilenceExpired: 0}
	for _, x := range p.silences {
		s.Silences[x.State(p.at)]++
	}
	for _, a := range p.alerts {
		s.Silenced += min(len(a.hold.silences), 1)
		if a.hold.inhibited {
			s.Inhibited++
		}
		if a.hold.acked(a.Notify) {
			s.Acked++
		}
	}
}

// Attempts is how many attempts ended in one way.
type Attempts struct {
	AttemptKey
	N uint64
}

// Stats counts; it walks over what was told, and is not for every step.
func (p *Planner) Stats() Stats {
	c := &p.counts
	s := Stats{
		Alerts: len(p.alerts), Groups: len(p.groups), InFlight: p.aloft,
		Changes: c.changes, Reminders: c.reminders, StoodIn: c.stood,
		Delivered: c.verdicts[Told], Collapsed: c.verdicts[Collapsed],
		Suppressed: c.verdicts[Suppressed], Failed: c.verdicts[Failed],
		Waiting: p.waiting(), Oldest: p.oldest(),
	}
	for _, o := range p.outlets {
		s.Queued += o.queue.len()
		if o.complained {
			s.Failing = append(s.Failing, OutletKey{Receiver: o.Receiver, Kind: o.Kind})
		}
	}
	slices.SortFunc(s.Failing, OutletKey.compare)
	s.Failing = slices.Compact(s.Failing)
	p.countHeld(&s)
	for _, g := range p.groups {
		if g.parked {
			s.Settling++
		}
	}
	for _, k := range slices.SortedFunc(maps.Keys(c.attempts), AttemptKey.compare) {
		s.Attempts = append(s.Attempts, Attempts{AttemptKey: k, N: c.attempts[k]})
	}
	return s
}

func (k AttemptKey) compare(other AttemptKey) int {
	return cmp.Or(cmp.Compare(k.Receiver, other.Receiver), cmp.Compare(k.Kind, other.Kind), cmp.Compare(k.Outcome, other.Outcome))
}

// oldest is the age of the delivery that has been under way for longest.
func (p *Planner) oldest() (age time.Duration) {
	for _, f := range p.flights {
		age = max(age, p.at.Sub(f.since))
	}
	return age
}

// waiting counts the changes that wait, one by one: it is not derived from the
// other sums, so that the books can be checked.
func (p *Planner) waiting() (n uint64) {
	for _, g := range p.groups {
		for _, l := range g.lanes {
			for _, it := range l.items {
				if it.under != nil {
					n++
				}
				if it.next != nil {
					n++
				}
			}
		}
	}
	return n
}

// A LaneState is a lane as pages show it.
type LaneState struct {
	Group       Group
	Integration string
	Receiver    string
	Kind        string
	Gate        Gate
	Firing      int        // alerts that fire
	Owed        int        // alerts with something to tell
	Told        int        // alerts that were told, or may have been
	Failures    int        // in a row
	NotBefore   model.Time // of the next attempt; 0: no backoff
	LastTold    model.Time // 0: never
	NextFlush   model.Time // of the group; 0: no timer
	Delivery    string     // id under way, or ""
	Why         string     // it is told besides the route's receiver; or ""
}

// Lanes calls f for each lane that has a part, in the order of groups and integrations.
func (p *Planner) Lanes(f func(LaneState)) {
	for _, key := range sortedKeys(p.groups) {
		for _, l := range p.groups[key].lanes {
			if !l.idle() {
				f(p.state(l))
			}
		}
	}
}

// idle reports whether a lane only waits for having to stand in.
func (l *lane) idle() bool {
	return !l.primary && !l.orphan && !l.group.digest && len(l.items) == 0 && l.flight == nil
}

func (p *Planner) state(l *lane) LaneState {
	g := l.group
	s := LaneState{
		Group: g.Group, Integration: l.in.Key, Receiver: l.in.Receiver, Kind: l.in.Kind,
		Gate: p.gate(l), Firing: len(g.members), Owed: l.owed.sum(), Told: l.told.sum(),
		Failures: l.failures, LastTold: l.lastTold, Why: l.why(p),
	}
	if s.Gate == Pass {
		s.Gate = p.gateOutlet(l.out)
	}
	if s.Gate == GateBackoff {
		s.NotBefore = l.notBefore
	}
	if g.timer.set() {
		s.NextFlush = g.timer.at
	}
	if l.flight != nil {
		s.Delivery = l.flight.d.ID
	}
	return s
}
