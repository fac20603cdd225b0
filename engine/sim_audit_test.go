package engine_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"tocsin/evaluator"
	"tocsin/notifier"
	"tocsin/rules"
)

// An audit follows each change through the history: in each lane that it concerns
// it ends in one final decision, and in no second one.
type audit struct {
	changes map[string]int  // changes, by key: a clock that goes back may bring forth two of one
	decided map[string]int  // final decisions, by change and lane
	ends    map[string]bool // by change and integration
	owed    map[string]bool // by change and integration
	pending map[string][]string
	err     error
}

func newAudit() *audit {
	return &audit{changes: map[string]int{}, decided: map[string]int{}, ends: map[string]bool{}, owed: map[string]bool{}, pending: map[string][]string{}}
}

// changeKey names a change as its decisions do.
func changeKey(kind evaluator.ChangeKind, a, at, episode string) string {
	return fmt.Sprint(kind, " ", a, " ", at, " ", episode)
}

// concern notes whom a change concerns; it counts once the change is durable.
func (x *audit) concern(ch evaluator.Change, integrations []string) {
	key := changeKey(ch.Kind, alertKey(*ch.Alert), ch.At.String(), ch.Alert.Episode)
	x.pending[key] = integrations
}

// keep looks at a row that is durable now.
func (x *audit) keep(r rules.Row) {
	switch v := r.Value.(type) {
	case *evaluator.Change:
		key := changeKey(v.Kind, alertKey(*v.Alert), v.At.String(), v.Alert.Episode)
		x.changes[key]++
		for _, in := range x.pending[key] {
			x.owed[key+" at "+in] = true
		}
		delete(x.pending, key)
	case notifier.Decision:
		x.decide(v)
	}
}

func (x *audit) decide(d notifier.Decision) {
	if d.Change == nil || d.Outcome == notifier.Held.String() {
		return
	}
	var c struct {
		Kind                    evaluator.ChangeKind
		At                      json.Number
		Rule, Instance, Episode string
	}
	b, err := json.Marshal(d.Change)
	if err == nil {
		err = json.Unmarshal(b, &c)
	}
	if err != nil {
		x.err = err
		return
	}
	key := changeKey(c.Kind, c.Rule+"|"+c.Instance, c.At.String(), c.Episode)
	x.ends[key+" at "+d.Integration] = true
	lane := key + " at " + d.Integration + " in " + d.Group
	if x.decided[lane]++; x.decided[lane] > x.changes[key] {
		x.err = fmt.Errorf("decided twice: %s, now %s", lane, d.Outcome)
	}
}

// die forgets what was not durable.
func (x *audit) die() { clear(x.pending) }

// undecided lists the changes that have come to no end where they should have.
func (x *audit) undecided() (diff []string) {
	for _, key := range slices.Sorted(maps.Keys(x.owed)) {
		if !x.ends[key] {
			diff = append(diff, "no final decision: "+key)
		}
	}
	return diff
}
