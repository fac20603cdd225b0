package past

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"tocsin/backtest"
	"tocsin/rules"
)

// mostRequired is how many incidents that must alert are listed.
const mostRequired = 50

// A required incident is one that must alert, in words.
type required struct {
	Name, When, Outcome, Was string
	Missed                   bool
}

// required are the incidents that a result was held against; of a difference, was
// is the result before.
func (o Options) required(was, is *backtest.Result, name func(string) string) (all []required, left int) {
	for n, c := range is.Incidents {
		if n == mostRequired {
			return all, len(is.Incidents) - n
		}
		r := required{
			Name: "incident " + thousands(n+1), When: o.stamp(c.Incident.From) + ", " + lasting(c.Incident.Until.Sub(c.Incident.From)),
			Missed: c.Missed(), Outcome: outcome(c, name),
		}
		if c.Incident.Name != "" {
			r.Name = name(c.Incident.Name)
		}
		if was != nil && n < len(was.Incidents) {
			r.Was = outcome(was.Incidents[n], name)
		}
		all = append(all, r)
	}
	return all, 0
}

// outcome says whether people heard of an incident, and when.
func outcome(c backtest.Caught, name func(string) string) string {
	switch {
	case c.Outside:
		return "not in the period"
	case c.At != 0 && c.After() < 0:
		return "known before, by " + name(c.Alert)
	case c.At != 0 && c.After() < time.Second:
		return "told at once by " + name(c.Alert)
	case c.At != 0:
		return "told after " + lasting(c.After()) + " by " + name(c.Alert)
	case c.Late != 0:
		return "MISSED: told too late, after " + lasting(c.Late.Sub(c.Incident.From))
	}
	return "MISSED: nobody was told"
}

// firing are all episodes of a rule that touch the period.
func firing(rr *backtest.RuleResult) []*backtest.Episode {
	if rr == nil {
		return nil
	}
	return slices.Concat(rr.Carried, rr.Episodes)
}

func (p painter) required(b *strings.Builder, was, is *backtest.Result) {
	all, left := p.o.required(was, is, clean)
	if len(all) == 0 {
		return
	}
	var g grid
	for _, r := range all {
		outcome := cell(r.Outcome)
		if r.Missed {
			outcome.painted = p.level(rules.Error, r.Outcome)
		}
		row := []textCell{cell("- " + r.Name), cell(r.When), outcome}
		if r.Was != "" && r.Was != r.Outcome {
			row = append(row, cell("(was: "+r.Was+")"))
		}
		g.add(row...)
	}
	fmt.Fprintf(b, "\n%s\n%s", p.bold("Incidents that must alert"), g.String("  "))
	if left > 0 {
		fmt.Fprintf(b, "  %s\n", more(left, "incident"))
	}
}

func (p *page) required(o Options, was, is *backtest.Result) {
	all, left := o.required(was, is, code)
	if len(all) == 0 {
		return
	}
	head := "\n| incident that must alert | when | outcome |\n|:--|:--|:--|\n"
	if was != nil {
		head = "\n| incident that must alert | when | was | is |\n|:--|:--|:--|:--|\n"
	}
	p.add(head)
	for i, r := range all {
		cells := []string{r.Name, r.When}
		if was != nil {
			cells = append(cells, r.Was)
		}
		outcome := r.Outcome
		if r.Missed {
			outcome = "❌ " + outcome
		}
		if !p.within(p.limit/2, "| "+strings.Join(append(cells, outcome), " | ")+" |\n") {
			left += len(all) - i
			break
		}
	}
	if left > 0 {
		p.add("\n" + more(left, "incident") + "\n")
	}
	p.add("\n")
}

// require puts the incidents on a page.
func (v *view) require(o Options, was, is *backtest.Result) {
	all, left := o.required(was, is, clean)
	v.Required, v.Compared = all, was != nil
	if left > 0 {
		v.RequiredLeft = more(left, "incident")
	}
}
