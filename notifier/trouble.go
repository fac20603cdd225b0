package notifier

import (
	"slices"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/rules"
)

// A Trouble is an integration that can't be told, or can be again.
type Trouble struct {
	Integration string // key
	Kind        string
	Receiver    string
	Failing     bool
	Since       model.Time
	Error       string // of the last attempt
}

// An outletRow is the value of the rows of kind outlet.
type outletRow struct {
	FailingSince model.Time   `json:"failingSince,omitempty"`
	Complained   bool         `json:"complained,omitempty"` // it was said that it fails
	Posts        []model.Time `json:"posts,omitempty"`      // within the window of its budget
}

// Troubles returns the integrations that began to fail, or to work again, since the
// last call.
func (p *Planner) Troubles() []Trouble {
	all := p.troubles
	p.troubles = nil
	return all
}

// failed counts a failure of the integration, and sets the alarm for one that goes
// on.
func (p *Planner) failed(l *lane, why string) {
	o := l.out
	wasDown := o.down(p.at)
	o.failed(p.at)
	o.lastError, o.failedLast = why, p.at
	if o.failingSince == 0 {
		o.failingSince = p.at
		p.wake(&o.alarm, p.at.Add(o.patience))
		p.touchOutlet(o.Key)
	}
	if !wasDown && o.down(p.at) { // it failed before, and nothing was sent since
		p.failOverAll(o)
	}
}

// refusedForGood notes that a group's message was rejected.
func (p *Planner) refusedForGood(l *lane, why string) {
	l.out.lastError = why
	l.out.rejected[l.group.Key] = true
	p.complain(l.out)
	p.failOverOf(l)
}

// failOverOf lets others be told of what a lane can't tell: of a digest, in the
// groups that its alerts are of.
func (p *Planner) failOverOf(l *lane) {
	if !l.group.digest {
		p.failOver(l.group)
		return
	}
	for _, key := range sortedKeys(l.items) {
		if home := p.home(l, key); home != nil {
			p.failOver(home.group)
		}
	}
}

// works notes that the integration has taken a message of a lane.
func (p *Planner) works(l *lane) {
	o := l.out
	o.failures, o.probe = 0, 0
	down, rejected := o.down(p.at), o.rejected[l.group.Key]
	delete(o.rejected, l.group.Key)
	if o.failingSince != 0 {
		o.failingSince = 0
		p.timers.remove(&o.alarm)
		p.touchOutlet(o.Key)
	}
	switch {
	case down:
		p.failOverAll(o)
	case rejected:
		p.failOverOf(l)
	}
	p.complain(o)
}

// An alarm is an integration that has failed for a while.
type alarm outlet

// ring lets others be told, and says that the integration fails.
func (a *alarm) ring(p *Planner, _ model.Time) {
	o := (*outlet)(a)
	p.complain(o)
	p.failOverAll(o)
}

// complain says that an integration fails or works again, if that is news.
func (p *Planner) complain(o *outlet) {
	failing := o.failingSince != 0 && p.at >= o.failingSince.Add(o.patience) || len(o.rejected) > 0
	if failing == o.complained {
		return
	}
	o.complained = failing
	p.touchOutlet(o.Key)
	p.troubles = append(p.troubles, Trouble{
		Integration: o.Key, Kind: o.Kind, Receiver: o.Receiver,
		Failing: failing, Since: o.failingSince, Error: o.lastError,
	})
}

func (p *Planner) touchOutlet(key string) { p.dirty.outlets[key] = true }

func (o *outlet) row() any {
	if o == nil || o.failingSince == 0 && !o.complained && len(o.posts) == 0 {
		return nil
	}
	return outletRow{FailingSince: o.failingSince, Complained: o.complained, Posts: slices.Clone(o.posts)}
}

// adoptOutlet takes up how an integration was.
func (p *Planner) adoptOutlet(key string, row outletRow) {
	o := p.outlets[key]
	if o == nil {
		p.touchOutlet(key) // nobody needs the row
		return
	}
	if o.failingSince = p.past(row.FailingSince); o.failingSince != 0 {
		o.failedLast = p.at
		p.wake(&o.alarm, later(p.at, o.failingSince.Add(o.patience)))
	}
	o.complained = row.Complained
	for _, at := range row.Posts {
		o.posts = append(o.posts, p.past(at))
	}
}

// patienceOf is how long an integration of a receiver fails before others are told.
func patienceOf(r rules.Receiver) time.Duration {
	if r.FallbackAfter > 0 {
		return r.FallbackAfter
	}
	return defaultFallbackAfter
}

// retireOutlet forgets an integration that is not configured any more.
func (p *Planner) retireOutlet(o *outlet) {
	p.timers.remove(&o.alarm)
	p.touchOutlet(o.Key)
	o.failingSince = 0
	clear(o.rejected)
	p.complain(o)
}

// unreject forgets that a message of a lane that is gone was rejected.
func (p *Planner) unreject(l *lane) {
	delete(l.out.rejected, l.group.Key)
	p.complain(l.out)
}

// Complains reports whether it was said of an integration that it fails.
func (p *Planner) Complains(integration string) bool {
	o := p.outlets[integration]
	return o != nil && o.complained
}
