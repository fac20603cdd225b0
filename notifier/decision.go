package notifier

import (
	"fmt"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"tocsin/evaluator"
	"tocsin/rules"
)

// A Verdict says what became of a change in one lane.
type Verdict uint8

// The verdicts. A change that has none yet is waiting.
const (
	Told       Verdict = iota + 1 // delivered
	Collapsed                     // overtaken by a later change, or by what was told being true again
	Suppressed                    // not to be told, for a reason
	Failed                        // given up
	Held                          // kept back for now: not the end of it
)

// String returns the word for it.
func (v Verdict) String() string {
	switch v {
	case Told:
		return "delivered"
	case Collapsed:
		return "collapsed"
	case Suppressed:
		return "suppressed"
	case Failed:
		return "failed"
	case Held:
		return "held"
	}
	return fmt.Sprintf("Verdict(%d)", uint8(v))
}

// A ref is a change that has to be accounted for.
type ref struct {
	Kind     evaluator.ChangeKind `json:"kind"`
	From     rules.Level          `json:"from"`
	To       rules.Level          `json:"to"`
	At       model.Time           `json:"at"`
	Rule     string               `json:"rule"`
	Instance string               `json:"instance"`
	Name     string               `json:"name"`
	Labels   labels.Labels        `json:"labels"`
	Episode  string               `json:"episode"`
	Held     string               `json:"held,omitempty"` // what kept it back
	// Group is where it has to be accounted for, if a reload has moved it; a key.
	Group string `json:"group,omitempty"`
}

func newRef(c *evaluator.Change) *ref {
	return &ref{
		Kind: c.Kind, From: c.From, To: c.To, At: c.At,
		Rule: c.Alert.Rule, Instance: c.Alert.Instance, Name: c.Alert.Name, Labels: c.Alert.Labels, Episode: c.Alert.Episode,
	}
}

// A Decision is what became of one change in one lane: the value of the rows of
// kind decision. One without a change tells that something was dropped in a
// reload.
type Decision struct {
	At          model.Time `json:"at"`
	Change      *ref       `json:"change,omitempty"`
	Group       string     `json:"group,omitempty"`
	Integration string     `json:"integration,omitempty"` // key
	Receiver    string     `json:"receiver,omitempty"`
	Outcome     string     `json:"outcome"`
	Why         string     `json:"why,omitempty"`
	Delivery    string     `json:"delivery,omitempty"` // id
	Attempt     int        `json:"attempt,omitempty"`
}

// close accounts for a change, once and for good; r may be nil.
func (p *Planner) close(l *lane, r *ref, v Verdict, why string, d *Delivery) {
	if r == nil {
		return
	}
	if v == Collapsed && r.Held != "" {
		v, why = Suppressed, r.Held
	}
	p.counts.closed(v)
	p.record(l, r, v, why, d)
}

// account closes all changes that wait in an item. Of two, the older one has
// been overtaken by the newer.
func (p *Planner) account(l *lane, it *item, v Verdict, why string) {
	if it.under == nil && it.next == nil {
		return
	}
	if it.next != nil {
		p.superseded(l, it.under)
		p.close(l, it.next, v, why, nil)
		p.touchTold(l, it.next.key())
	} else {
		p.close(l, it.under, v, why, nil)
		p.touchTold(l, it.under.key())
	}
	it.under, it.next = nil, nil
}

func (r *ref) key() string { return r.Rule + "\x00" + r.Instance }

func (p *Planner) superseded(l *lane, r *ref) {
	p.close(l, r, Collapsed, "a later change came before it could be told", nil)
}

// unheard accounts for a change that concerns no lane at all.
func (p *Planner) unheard(r *ref, why string) {
	p.counts.opened()
	p.counts.closed(Suppressed)
	p.record(nil, r, Suppressed, why, nil)
}

// record writes a decision; l, r and d may be nil.
func (p *Planner) record(l *lane, r *ref, v Verdict, why string, d *Delivery) {
	dec := Decision{At: p.at, Change: r, Outcome: v.String(), Why: why}
	salt := []string{"decision", p.namespace}
	if l != nil {
		dec.Group, dec.Integration, dec.Receiver = l.group.Key, l.in.Key, l.in.Receiver
		salt = append(salt, l.group.Key, l.in.Key)
	}
	if r != nil && r.Group != "" {
		dec.Group = r.Group
	}
	if r != nil {
		salt = append(salt, r.key(), r.At.String(), r.Episode)
	}
	if d != nil {
		dec.Delivery, dec.Attempt = d.ID, d.Attempt
	}
	p.dirty.decisions = append(p.dirty.decisions, rules.Row{Kind: rules.KindDecision, Key: p.historyKey(salt...), Value: dec})
}
