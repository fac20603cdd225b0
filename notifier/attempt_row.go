package notifier

import (
	"fmt"

	"github.com/prometheus/common/model"

	"tocsin/rules"
)

// An AttemptRow is how one attempt at a delivery ended: the value of the rows of
// kind attempt.
type AttemptRow struct {
	At          model.Time `json:"at"`    // of its end
	Began       model.Time `json:"began"` // when it was handed out
	Delivery    string     `json:"delivery"`
	Attempt     int        `json:"attempt"`
	Integration string     `json:"integration"` // key
	Receiver    string     `json:"receiver"`
	Kind        string     `json:"kind"`
	Group       string     `json:"group"`
	Reason      Reason     `json:"reason"`
	Effect      string     `json:"effect"`
	Outcome     string     `json:"outcome"`
	Error       string     `json:"error,omitempty"`
	Alerts      int        `json:"alerts"`          // that it told news of
	Names       []AlertID  `json:"names,omitempty"` // of those, as many as are worth keeping
}

// mostNames is how many alerts an attempt's row names.
const mostNames = 100

// recordAttempt writes down how an attempt ended.
func (p *Planner) recordAttempt(f *flight, s Settled) {
	d := &f.d
	row := AttemptRow{
		At: p.at, Began: f.began, Delivery: d.ID, Attempt: d.Attempt, Integration: d.Integration, Receiver: d.Receiver,
		Kind: d.Kind, Group: d.Group.Key, Reason: d.Reason, Effect: d.Effect.String(),
		Outcome: s.Outcome.String(), Error: s.Error,
	}
	for _, all := range [][]Entry{d.Firing, d.Resolved} {
		for i := range all {
			if all[i].News == Same {
				continue
			}
			if row.Alerts++; row.Alerts <= mostNames {
				row.Names = append(row.Names, AlertID{all[i].Alert.Rule, all[i].Alert.Instance})
			}
		}
	}
	key := p.historyKey("attempt", d.ID, fmt.Sprint(d.Attempt))
	p.dirty.decisions = append(p.dirty.decisions, rules.Row{Kind: rules.KindAttempt, Key: key, Value: row})
}

// historyKey is the key of a row of history: it sorts by time, then by the order
// of adding. The salt tells apart what two processes wrote.
func (p *Planner) historyKey(salt ...string) string {
	p.dirty.number++
	return fmt.Sprintf("%013d-%06d-%s", int64(p.at), p.dirty.number%1_000_000, hash(16, salt...))
}
