package notifier

import (
	"slices"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/rules"
)

// A Planner decides who is told what. It is stepped by one goroutine; what it
// returns is the caller's.
type Planner struct {
	namespace string
	at        model.Time    // of the last input
	cfg       *rules.Config // nil before the first Reload

	alerts  map[string]*alert               // what should be known
	groups  map[string]*group               // by key
	outlets map[string]*outlet              // by key of the integration
	flights map[string]*flight              // by id
	by      map[string][]*rules.Integration // by receiver

	receivers map[string]rules.Receiver
	troubles  []Trouble // to be said

	selfRoutes map[string]*rules.Route // of alerts about tocsin, by receiver

	raised map[string]raise // when alerts were last raised

	over map[string]*alert // what does not fire any more and somebody may still be told of

	silences map[string]*silence         // by id
	silent   silentIndex                 // those in force
	acks     map[string]*acknowledgement // by alert
	watches  []*watch                    // inhibit rules, in their order

	timers queue[*timer] // move with a clock that is stepped
	wall   queue[*timer] // don't
	_      [0]aliases
	busy   []*outlet             // those that may have lanes in their queue
	paces  map[string]model.Time // when the next send may start, by pace
	aloft  int                   // attempts in flight

	// current is what an alert was last observed at, and when; nil: not known.
	current func(rule, instance string) (rules.Number, model.Time, bool)

	crowded   []*group // with many new members in this step
	rerouting bool     // a configuration is coming into force

	settling settling
	marks    []string // sorted
	found    found    // rows of a store, until the first Reload
	dirty    dirty
	counts   counts
}

// Observe gives the planner eyes for values that move without a change: messages
// show them for what is in them without news of its own, reminders above all.
func (p *Planner) Observe(current func(rule, instance string) (rules.Number, model.Time, bool)) {
	p.current = current
}

// NewPlanner returns a planner that knows nothing. The namespace is hashed into ids.
func NewPlanner(namespace string) *Planner {
	return &Planner{
		namespace: namespace,
		alerts:    map[string]*alert{},
		groups:    map[string]*group{},
		outlets:   map[string]*outlet{},
		flights:   map[string]*flight{},
		paces:     map[string]model.Time{},
		over:      map[string]*alert{},
		raised:    map[string]raise{},

		selfRoutes: map[string]*rules.Route{},
		silences:   map[string]*silence{},
		acks:       map[string]*acknowledgement{},
		settling:   newSettling(),
		dirty:      newDirty(),
		counts:     newCounts(),
	}
}

// Step lets time pass: groups that are due open their lanes, attempts that are
// overdue end as unknown, and what may be sent is handed out.
func (p *Planner) Step(at model.Time) []Send {
	p.at = at
	for q := p.nextTimer(); q != nil && q.first().at <= at; q = p.nextTimer() {
		t := q.pop()
		t.owner.ring(p, t.at)
	}
	return p.handOut()
}

// nextTimer returns the queue whose timer is first; nil if there is none. Gates in
// wall time open and close before anything else of their instant.
func (p *Planner) nextTimer() *queue[*timer] {
	switch {
	case p.wall.len() > 0 && (p.timers.len() == 0 || p.wall.first().at <= p.timers.first().at):
		return &p.wall
	case p.timers.len() > 0:
		return &p.timers
	}
	return nil
}

// Next returns when Step is needed; a time that is not later than the last
// input's means at once.
func (p *Planner) Next() (model.Time, bool) {
	var next model.Time
	found := false
	if q := p.nextTimer(); q != nil {
		next, found = q.first().at, true
	}
	if at, ok := p.nextHandOut(); ok && (!found || at < next) {
		next, found = at, true
	}
	return next, found
}

// Mark puts a note into every message that is made while it is on.
func (p *Planner) Mark(text string, on bool) {
	i, has := slices.BinarySearch(p.marks, text)
	switch {
	case on && !has:
		p.marks = slices.Insert(slices.Clone(p.marks), i, text)
	case !on && has:
		p.marks = slices.Delete(slices.Clone(p.marks), i, i+1)
	}
}

// Shift moves the planner's own deadlines along with a clock that was stepped.
// All move alike, so the queues stay in order.
func (p *Planner) Shift(by time.Duration) {
	p.at = p.at.Add(by)
	for _, t := range p.timers.all {
		t.at = t.at.Add(by)
	}
	for pace, at := range p.paces {
		p.paces[pace] = at.Add(by)
	}
	for key, o := range p.outlets {
		o.shift(by)
		p.touchOutlet(key)
	}
	p.shiftRaised(by)
	for _, g := range p.groups {
		g.shift(by)
		p.touchGroup(g)
	}
	p.reviewAll()
	for _, f := range p.flights {
		f.since, f.trying, f.spent = f.since.Add(by), f.trying.Add(by), shifted(f.spent, by)
		f.began, f.deadline = f.began.Add(by), f.deadline.Add(by)
		p.touchFlight(f)
	}
}

// shifted moves a time unless it is unset.
func shifted(t model.Time, by time.Duration) model.Time {
	if t == 0 {
		return 0
	}
	return t.Add(by)
}

func later(a, b model.Time) model.Time { return max(a, b) }
