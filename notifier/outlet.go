package notifier

import (
	"slices"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/rules"
)

// An outlet is an integration as it is configured, and what is under way there.
type outlet struct {
	rules.Integration
	pace     string // shares its tempo with outlets of the same pace
	aloft    int
	failures int        // in a row
	probe    model.Time // no attempt before, since it fails

	patience     time.Duration   // of failing before others are told
	failingSince model.Time      // of the first failure in a row; 0: it works
	failedLast   model.Time      // of the last one
	alarm        timer           // when that has lasted too long
	rejected     map[string]bool // groups whose message was rejected
	complained   bool            // it was said that it fails
	lastError    string
	budget       rules.Budget
	posts        []model.Time     // within the window of the budget, oldest first
	digests      map[string]*lane // by route

	queue queue[*lane]
	busy  bool // in the planner's list
	slot  int
}

// Most attempts in flight at once.
const (
	mostFlights   = 48 // in all
	mostPerOutlet = 4
	// An outlet that has failed so often in a row is probed: one attempt at a time,
	// and those ever further apart. So it does not fill the places of those that
	// work, and ten thousand groups do not hammer at a service that is down.
	failuresToProbe = 3
	mostProbe       = 30 * time.Second
)

// failed counts a failure of the outlet.
func (o *outlet) failed(at model.Time) {
	o.failures++
	if n := o.failures - failuresToProbe; n >= 0 {
		o.probe = at.Add(min(Backoff(o.Key, n+1, 0), mostProbe))
	}
}

func (o *outlet) shift(by time.Duration) {
	o.probe, o.failingSince, o.failedLast = shifted(o.probe, by), shifted(o.failingSince, by), shifted(o.failedLast, by)
	for i := range o.posts {
		o.posts[i] = o.posts[i].Add(by)
	}
}

// free is when the outlet may take the next attempt, as far as time goes.
func (p *Planner) free(o *outlet) model.Time { return later(p.paces[o.pace], o.probe) }

func (o *outlet) limit() int {
	if o.failures >= failuresToProbe {
		return 1
	}
	return mostPerOutlet
}

func (o *outlet) place() *int { return &o.slot }

func (o *outlet) before(other *outlet) bool { return o.queue.first().before(other.queue.first()) }

// paceOf is the service's own count if the integration names it, else its own.
func paceOf(in *rules.Integration) string {
	if in.Lane != "" {
		return "lane " + in.Lane
	}
	return "key " + in.Key
}

// gateOutlet says what keeps the outlet from taking another attempt.
func (p *Planner) gateOutlet(o *outlet) Gate {
	switch {
	case p.aloft >= mostFlights:
		return GateFull
	case o.aloft >= o.limit():
		return GateBusy
	case o.probe > p.at:
		return GateProbe
	case p.paces[o.pace] > p.at:
		return GatePace
	}
	return Pass
}

// enqueue puts a lane among those that may be sent.
func (p *Planner) enqueue(l *lane) {
	l.out.queue.put(l)
	if !l.out.busy {
		l.out.busy = true
		p.busy = append(p.busy, l.out)
	}
}

// handOut starts attempts, the most urgent first, while there is room.
func (p *Planner) handOut() []Send {
	p.busy = slices.DeleteFunc(p.busy, func(o *outlet) bool {
		o.busy = o.queue.len() > 0
		return !o.busy
	})
	var willing queue[*outlet]
	for _, o := range p.busy {
		if p.gateOutlet(o) == Pass {
			willing.put(o)
		}
	}
	var sends []Send
	var idle []*group // which may be over, and their lanes with them: once nothing is in hand
	for willing.len() > 0 {
		o := willing.pop()
		if p.gateOutlet(o) != Pass {
			continue
		}
		l := o.queue.pop()
		if p.gate(l) != Pass { // a gate has closed while it waited
			p.admit(l)
		} else if send, ok := p.start(l); ok {
			sends = append(sends, send)
		} else {
			idle = append(idle, l.group)
		}
		if o.queue.len() > 0 {
			willing.put(o)
		}
	}
	for _, g := range idle {
		if p.groups[g.Key] == g {
			p.schedule(g)
		}
	}
	return sends
}

// nextHandOut returns when handOut may have something to start.
func (p *Planner) nextHandOut() (next model.Time, ok bool) {
	for _, o := range p.busy {
		gate := p.gateOutlet(o)
		if o.queue.len() == 0 || gate == GateFull || gate == GateBusy {
			continue
		}
		if at := later(p.free(o), p.at); !ok || at < next {
			next, ok = at, true
		}
	}
	return next, ok
}

// start makes the next attempt of a lane, if there still is something to tell.
func (p *Planner) start(l *lane) (Send, bool) {
	p.reconsider(l)
	posts := p.gatePost(l) == Pass
	f := p.content(l)
	l.face.due = false
	if posts && (f == nil || !f.quiet()) {
		l.open = false
	}
	if f == nil {
		l.remind = l.remind && !posts
		if !posts { // no edit was needed, and what waits for a gate goes on waiting
			p.admit(l)
		}
		return Send{}, false
	}
	p.spend(f)
	f.d.Attempt++
	f.aloft, f.began, f.deadline = true, p.at, p.at.Add(f.d.timeout(l.in))
	f.heirs = nil // what this attempt tells of is here, or here again
	p.wake(&f.expiry, f.deadline.Add(grace))
	p.aloft++
	l.out.aloft++
	if l.in.LaneEvery > 0 { // nothing else starts at this pace until it has landed
		p.paces[l.out.pace] = f.deadline.Add(grace)
	}
	p.touchFlight(f)
	p.schedule(l.group)
	return Send{Delivery: f.d, Deadline: f.deadline}, true
}

// Of a message of more than so many alerts each takes its time to store and to render:
// broken off, it would be begun anew, and cost as much again.
const (
	fewEntries   = 1000
	entryTimeout = 200 * time.Microsecond
)

// timeout is how long one attempt at a delivery may take.
func (d *Delivery) timeout(in *rules.Integration) time.Duration {
	more := max(len(d.Firing)+len(d.Resolved)-fewEntries, 0)
	return in.Timeout + time.Duration(more)*entryTimeout
}

// grace is how long after its deadline an attempt counts as unknown, should its
// end never be heard of.
const grace = time.Second

// equip takes over the receivers of a configuration and returns the outlets that
// are gone. What is under way in an integration goes on if it is still there.
func (p *Planner) equip() (gone []*outlet) {
	old := p.outlets
	p.outlets, p.by, p.receivers = map[string]*outlet{}, map[string][]*rules.Integration{}, map[string]rules.Receiver{}
	for _, r := range p.cfg.Receivers {
		p.receivers[r.Name] = r
		for i := range r.Integrations {
			in := &r.Integrations[i]
			p.by[r.Name] = append(p.by[r.Name], in)
			p.keep(old[in.Key], in, r)
		}
	}
	for _, key := range sortedKeys(old) {
		if p.outlets[key] == nil {
			p.retireOutlet(old[key])
			gone = append(gone, old[key])
		}
	}
	return gone
}

// keep makes sure of an integration's outlet. One target in several receivers is
// one outlet: the service counts them together.
func (p *Planner) keep(out *outlet, in *rules.Integration, r rules.Receiver) {
	if p.outlets[in.Key] != nil {
		return
	}
	if out == nil {
		out = &outlet{rejected: map[string]bool{}, digests: map[string]*lane{}}
		out.alarm = timer{kind: alarmTimer, key: in.Key, owner: (*alarm)(out)}
	}
	out.Integration, out.pace, out.patience, out.budget = *in, paceOf(in), patienceOf(r), r.Budget
	p.outlets[in.Key] = out
}
