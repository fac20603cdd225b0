package unittest

import (
	"cmp"
	"fmt"
	"slices"

	"tocsin/evaluator"
	"tocsin/rules"
)

// A Coverage says what of rules tests have reached: per rule, whether an expectation
// names it, and which transitions its levels went through.
type Coverage struct {
	rules map[string]*covered // by file and line
}

// A covered rule is what was reached of it.
type covered struct {
	file  string
	line  int
	alert string
	items []item
}

// An item is one thing that a test may reach.
type item struct {
	level   rules.Level // OK: the rule as a whole
	event   event
	reached bool
}

// An event is what may happen to a level.
type event uint8

const (
	named event = iota // by an expectation
	waits
	fires
	ends
)

// NewCoverage returns one of no rules.
func NewCoverage() *Coverage { return &Coverage{rules: map[string]*covered{}} }

func ruleID(file string, line int) string { return fmt.Sprintf("%s:%d", file, line) }

// add makes a rule part of what is to be reached.
func (c *Coverage) add(r *rules.Rule) {
	id := ruleID(r.File, r.Line)
	if c.rules[id] != nil {
		return
	}
	v := &covered{file: r.File, line: r.Line, alert: r.Alert, items: []item{{event: named}}}
	for _, l := range []rules.Level{rules.Warn, rules.Error} {
		lr := r.Levels.At(l)
		if lr == nil {
			continue
		}
		if lr.For > 0 || lr.Votes.Of > 0 {
			v.items = append(v.items, item{level: l, event: waits})
		}
		v.items = append(v.items, item{level: l, event: fires}, item{level: l, event: ends})
	}
	c.rules[id] = v
}

func (c *Coverage) turn(r *rules.Rule, level rules.Level, from, to evaluator.Phase) {
	switch {
	case to == evaluator.Pending:
		c.reach(r, level, waits)
	case to == evaluator.Firing:
		c.reach(r, level, fires)
	case to == evaluator.Idle && (from == evaluator.Firing || from == evaluator.Recovering):
		c.reach(r, level, ends)
	}
}

func (c *Coverage) reach(r *rules.Rule, level rules.Level, e event) {
	v := c.rules[ruleID(r.File, r.Line)]
	if v == nil {
		return
	}
	for i := range v.items {
		if v.items[i].level == level && v.items[i].event == e {
			v.items[i].reached = true
		}
	}
}

// names notes that an expectation is about alerts of a name.
func (c *Coverage) names(alert string) {
	for _, v := range c.rules {
		if v.alert == alert {
			v.items[0].reached = true
		}
	}
}

// Add takes in what another file has reached.
func (c *Coverage) Add(other *Coverage) {
	for id, o := range other.rules {
		v := c.rules[id]
		if v == nil {
			own := *o
			own.items = slices.Clone(o.items)
			c.rules[id] = &own
			continue
		}
		for i := range v.items {
			if i < len(o.items) {
				v.items[i].reached = v.items[i].reached || o.items[i].reached
			}
		}
	}
}

// A RuleCoverage is what of one rule was reached.
type RuleCoverage struct {
	File    string   `json:"file"`
	Line    int      `json:"line"`
	Alert   string   `json:"alert"`
	Reached int      `json:"reached"`
	Of      int      `json:"of"`
	Missing []string `json:"missing,omitempty"`
}

// Rules returns what of each rule was reached, by place.
func (c *Coverage) Rules() []RuleCoverage {
	var all []RuleCoverage
	for _, v := range c.rules {
		r := RuleCoverage{File: v.file, Line: v.line, Alert: v.alert, Of: len(v.items)}
		for _, i := range v.items {
			if i.reached {
				r.Reached++
			} else {
				r.Missing = append(r.Missing, i.String())
			}
		}
		all = append(all, r)
	}
	slices.SortFunc(all, func(a, b RuleCoverage) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
	return all
}

// Percent is how much was reached of what can be; all of nothing.
func (c *Coverage) Percent() float64 {
	reached, of := 0, 0
	for _, r := range c.Rules() {
		reached += r.Reached
		of += r.Of
	}
	if of == 0 {
		return 100
	}
	return 100 * float64(reached) / float64(of)
}

// String says in words what was not reached.
func (i item) String() string {
	switch i.event {
	case named:
		return "no expectation names it"
	case waits:
		return i.level.String() + " is never pending"
	case fires:
		return i.level.String() + " never fires"
	case ends:
		return i.level.String() + " never ends"
	}
	return ""
}
