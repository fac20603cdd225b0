package past

import (
	"fmt"
	"strings"

	"tocsin/backtest"
	"tocsin/notifier/message"
	"tocsin/rules"
)

// textDifference writes a difference for a terminal.
func textDifference(d *backtest.Difference, o Options) (string, error) {
	var b strings.Builder
	p, all := o.painter(), impact(d)
	p.incomplete(&b, d.Base, d.Head)
	fmt.Fprintf(&b, "%s\n%s, %s\n\n", p.bold(headlineOf(d, all, clean)), o.period(d.Head), differing(d))
	b.WriteString(p.sums(d))
	p.required(&b, d.Base, d.Head)
	if len(all) > 0 {
		b.WriteString("\n" + p.differenceTable(all))
	}
	for i, x := range all {
		if i == mostTextRules {
			fmt.Fprintf(&b, "\n%s: see --report html=FILE\n", more(len(all)-i, "rule"))
			break
		}
		p.difference(&b, d, x)
	}
	p.incompleteAgain(&b, d.Base, d.Head)
	return b.String(), nil
}

// differing says how many rules differ, of how many.
func differing(d *backtest.Difference) string {
	all := len(d.Head.Rules)
	for _, x := range d.Rules {
		if x.Is == nil {
			all++
		}
	}
	if len(d.Rules) == 0 {
		return "none of " + count(all, "rule") + " differs"
	}
	verb := " differ"
	if len(d.Rules) == 1 {
		verb = " differs"
	}
	return thousands(len(d.Rules)) + " of " + count(all, "rule") + verb
}

// A change is a number before and after.
type change struct {
	name    string
	was, is int
}

// sumsOf are the totals of both, receivers with a change among them.
func (o Options) sumsOf(d *backtest.Difference) []change {
	was, is := o.totals(d.Base), o.totals(d.Head)
	return []change{
		{"notifications", was.notifications, is.notifications},
		{"at night", was.night, is.night},
		{"episodes", was.episodes, is.episodes},
		{"flaps", was.flaps, is.flaps},
	}
}

func (p painter) sums(d *backtest.Difference) string {
	var g grid
	g.right = 3
	g.add(p.heads("was", "is", "", "")...)
	g.rows[0] = g.rows[0][:2]
	for _, c := range p.o.sumsOf(d) {
		g.add(number(c.was), number(c.is), p.signed(c.is-c.was), cell(c.name))
	}
	n := 0
	for _, x := range d.Receivers {
		if n++; n <= mostReceivers {
			g.add(number(x.Was), number(x.Is), p.signed(x.Is-x.Was), cell("to "+clean(x.Name)))
		}
	}
	s := g.String("  ")
	if n > mostReceivers {
		s += "  " + more(n-mostReceivers, "receiver") + "\n"
	}
	return s
}

func (p painter) signed(n int) textCell {
	c := textCell{text: signed(n)}
	switch {
	case n > 0:
		c.painted = p.level(rules.Warn, c.text)
	case n < 0:
		c.painted = p.escape("32", c.text)
	default:
		c.painted = p.quiet(c.text)
	}
	return c
}

func (p painter) differenceTable(all []changed) string {
	g := grid{right: 4}
	g.add(p.heads("was", "is", "", "episodes", "what differs", "rule")...)
	for _, x := range all[:min(len(all), mostTableRules)] {
		was, is := x.Notifications()
		g.add(number(was), number(is), p.signed(is-was), cell(episodesOf(x)), cell(note(x)), cell(clean(x.Rule().Alert)))
	}
	s := g.String("  ")
	if left := len(all) - mostTableRules; left > 0 {
		s += "  " + more(left, "rule") + "\n"
	}
	return s
}

// episodesOf is 4 → 7.
func episodesOf(x changed) string {
	was, is := 0, 0
	if x.Was != nil {
		was = len(x.Was.Episodes)
	}
	if x.Is != nil {
		is = len(x.Is.Episodes)
	}
	if was == is {
		return thousands(is)
	}
	return thousands(was) + " → " + thousands(is)
}

// note says what kind of difference it is, and what becomes of incidents.
func note(x changed) string {
	kind := "not edited"
	switch {
	case x.Was == nil:
		kind = "new rule"
	case x.Is == nil:
		kind = "rule gone"
	case x.Edited:
		kind = "edited"
	}
	parts := []string{kind}
	for _, c := range []struct {
		n    int
		what string
	}{{len(x.fresh), "new"}, {len(x.gone), "gone"}, {len(x.moved), "moved"}} {
		if c.n > 0 {
			parts = append(parts, thousands(c.n)+" "+c.what)
		}
	}
	return strings.Join(parts, ", ")
}

func (p painter) difference(b *strings.Builder, d *backtest.Difference, x changed) {
	fmt.Fprintf(b, "\n▸ %s  %s, %s notifications\n", p.bold(clean(x.Rule().Alert)), note(x), signed(x.more()))
	for _, line := range rewritten(x) {
		fmt.Fprintf(b, "  %s\n", line)
	}
	for _, line := range p.o.plotOf(d, x, p.level) {
		fmt.Fprintf(b, "  %s\n", line)
	}
	b.WriteString(p.episodes(d.Head, x.Rule(), x.fresh, "new"))
	b.WriteString(p.episodes(d.Base, x.Rule(), x.gone, "gone"))
	if x.Is != nil {
		p.messages(b, x.Is.Messages)
	}
}

// plotOf draws a rule before and after.
func (o Options) plotOf(d *backtest.Difference, x changed, paint func(rules.Level, string) string) []string {
	var tracks []track
	if x.Was != nil {
		tracks = append(tracks, track{"was", firing(x.Was)})
	}
	if x.Is != nil {
		tracks = append(tracks, track{"is", firing(x.Is)})
	}
	return o.plot(x.shown(), d.Head.From, d.Head.Until, tracks, paint)
}

// rewritten says what of the rule is written differently, as a diff does.
func rewritten(x changed) []string {
	switch {
	case x.Was == nil:
		return signs("+ ", definition(x.Is.Rule))
	case x.Is == nil:
		return signs("- ", definition(x.Was.Rule))
	}
	var lines []string
	was, is := definition(x.Was.Rule), definition(x.Is.Rule)
	for i := range is {
		if was[i] != is[i] {
			lines = append(lines, "- "+was[i], "+ "+is[i])
		}
	}
	return lines
}

// definition is what decides of a rule: expression, interval, warn and error, a line
// each.
func definition(r *rules.Rule) []string {
	lines := []string{"expr " + clean(r.Expr), "every " + cadence(r)}
	for _, l := range []rules.Level{rules.Warn, rules.Error} {
		text := l.String() + " off"
		if lr := r.Levels.At(l); lr != nil {
			text = l.String() + " " + level(r, lr)
		}
		lines = append(lines, text)
	}
	return lines
}

// cadence is how often a rule is evaluated.
func cadence(r *rules.Rule) string {
	if r.Schedule != nil {
		return clean(r.Schedule.Text)
	}
	return message.Duration(r.Interval)
}

func signs(sign string, lines []string) []string {
	for i := range lines {
		lines[i] = sign + lines[i]
	}
	return lines
}
