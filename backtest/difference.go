package backtest

import (
	"cmp"
	"maps"
	"slices"

	"tocsin/rules"
)

// A Difference is what changes from one configuration to another.
type Difference struct {
	Base, Head *Result // of the same period
	// Rules are those that differ in what they do or in what they are, in the order
	// of the head's; those that are gone stand at the end.
	Rules []RuleDifference
	// Receivers are all that are told anything, by name.
	Receivers []ReceiverDifference
}

// A RuleDifference is one rule before and after. Was is nil for a rule that is new,
// Is for one that is gone.
type RuleDifference struct {
	Was, Is *RuleResult
	// Edited says that the rule itself is not as it was, whatever it does.
	Edited bool
}

// Rule is the rule as it is, or was.
func (d RuleDifference) Rule() *rules.Rule {
	if d.Is != nil {
		return d.Is.Rule
	}
	return d.Was.Rule
}

// Notifications returns how many there were and are.
func (d RuleDifference) Notifications() (was, is int) {
	if d.Was != nil {
		was = d.Was.Notifications
	}
	if d.Is != nil {
		is = d.Is.Notifications
	}
	return was, is
}

// A ReceiverDifference is how many notifications a receiver got and gets.
type ReceiverDifference struct {
	Name    string
	Was, Is int
}

// Subtract returns what is different in head.
func Subtract(base, head *Result) *Difference {
	d := &Difference{Base: base, Head: head}
	was := map[string]*RuleResult{}
	for _, r := range base.Rules {
		was[r.Rule.Key] = r
	}
	for _, is := range head.Rules {
		old := was[is.Rule.Key]
		delete(was, is.Rule.Key)
		if x := (RuleDifference{Was: old, Is: is, Edited: edited(old, is)}); x.Edited || !same(old, is) {
			d.Rules = append(d.Rules, x)
		}
	}
	for _, old := range base.Rules {
		if was[old.Rule.Key] != nil {
			d.Rules = append(d.Rules, RuleDifference{Was: old, Edited: true})
		}
	}
	d.Receivers = receivers(base, head)
	return d
}

func edited(was, is *RuleResult) bool {
	return was == nil || was.Rule.Revision != is.Rule.Revision
}

// same reports whether a rule does what it did.
func same(was, is *RuleResult) bool {
	if was == nil || was.Notifications != is.Notifications || was.Flaps != is.Flaps || len(was.Episodes) != len(is.Episodes) {
		return false
	}
	for i, e := range is.Episodes {
		old := was.Episodes[i]
		if e.Start != old.Start || e.End != old.End || !slices.Equal(e.Spans, old.Spans) {
			return false
		}
	}
	return maps.Equal(was.Receivers, is.Receivers)
}

func receivers(base, head *Result) []ReceiverDifference {
	at := map[string]int{}
	var all []ReceiverDifference
	of := func(name string) *ReceiverDifference {
		if _, known := at[name]; !known {
			at[name] = len(all)
			all = append(all, ReceiverDifference{Name: name})
		}
		return &all[at[name]]
	}
	for _, n := range base.Notifications {
		of(n.Receiver).Was++
	}
	for _, n := range head.Notifications {
		of(n.Receiver).Is++
	}
	slices.SortFunc(all, func(a, b ReceiverDifference) int { return cmp.Compare(a.Name, b.Name) })
	return all
}
