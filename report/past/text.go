package past

import (
	"fmt"
	"math"
	"strings"

	"tocsin/backtest"
	"tocsin/rules"
)

// What text holds at most: of rules in full, episodes of each, and receivers.
const (
	mostTextRules    = 20
	mostTextEpisodes = 10
	mostTextMessages = 1
	mostReceivers    = 20
)

// text writes a result for a terminal.
func text(r *backtest.Result, o Options) (string, error) {
	var b strings.Builder
	p := o.painter()
	p.incomplete(&b, r)
	fmt.Fprintf(&b, "%s\n%s, %s\n\n", p.bold(o.headline(r, clean)), o.period(r), count(len(r.Rules), "rule"))
	t := o.totals(r)
	b.WriteString(byDay(t.days))
	p.receivers(&b, t)
	ordered := noisiest(r.Rules)
	b.WriteString(p.ruleTable(ordered))
	p.required(&b, nil, r)
	detailed := 0
	for _, rr := range ordered {
		if !loud(rr) {
			continue
		}
		if detailed++; detailed <= mostTextRules {
			p.rule(&b, r, rr)
		}
	}
	if left := detailed - mostTextRules; left > 0 {
		fmt.Fprintf(&b, "\n%s: see --report html=FILE\n", more(left, "rule"))
	}
	p.incompleteAgain(&b, r)
	return b.String(), nil
}

// incomplete says first what is not known.
func (p painter) incomplete(b *strings.Builder, results ...*backtest.Result) {
	if all := incompletes(results...); len(all) > 0 {
		fmt.Fprintf(b, "%s: not everything is known, and what is here is no all-clear\n", p.escape("1;31", "INCOMPLETE"))
		for _, text := range all {
			fmt.Fprintf(b, "  - %s\n", text)
		}
		b.WriteString("\n")
	}
}

// incompleteAgain says it once more, where a reader of a long report ends.
func (p painter) incompleteAgain(b *strings.Builder, results ...*backtest.Result) {
	if all := incompletes(results...); len(all) > 0 {
		fmt.Fprintf(b, "\n%s: %s\n", p.escape("1;31", "INCOMPLETE"), all[0])
	}
}

// byDay shows how many notifications came on each day.
func byDay(days []dayTally) string {
	if len(days) < 2 || len(days) > 2*plotColumns {
		return ""
	}
	most := 0
	for _, d := range days {
		most = max(most, d.count)
	}
	if most == 0 {
		return ""
	}
	glyphs, line := []rune(bars), ""
	for _, d := range days {
		g := "·"
		if d.count > 0 {
			g = string(glyphs[max(d.count*8/most, 1)])
		}
		line += g
	}
	return fmt.Sprintf("by day  %s  %s to %s, at most %d\n\n", line, days[0].day.Format("Mon 2 Jan"), days[len(days)-1].day.Format("Mon 2 Jan"), most)
}

func (p painter) receivers(b *strings.Builder, t totals) {
	if len(t.receivers) <= mostNamed {
		return // the headline has them
	}
	var g grid
	for _, x := range t.receivers[:min(len(t.receivers), mostReceivers)] {
		g.add(cell(thousands(x.count)), cell(clean(x.name)))
	}
	b.WriteString(g.String("  "))
	if left := len(t.receivers) - mostReceivers; left > 0 {
		fmt.Fprintf(b, "  %s\n", more(left, "receiver"))
	}
	b.WriteString("\n")
}

// mostTableRules bounds the tables of rules of text.
const mostTableRules = 100

func (p painter) ruleTable(all []*backtest.RuleResult) string {
	if len(all) == 0 {
		return "no rules\n"
	}
	g := grid{right: 7}
	g.add(p.heads("notified", "night", "episodes", "flaps", "warn", "error", "longest", "rule")...)
	for _, rr := range all[:min(len(all), mostTableRules)] {
		quiet := !loud(rr)
		row := []textCell{
			number(rr.Notifications), number(rr.Night), number(len(rr.Episodes)), number(rr.Flaps),
			cell(lasting(rr.Warn)), cell(lasting(rr.Error)), cell(lasting(rr.Longest)), cell(clean(rr.Rule.Alert)),
		}
		if rr.Error > 0 {
			row[5].painted = p.level(rules.Error, row[5].text)
		}
		if quiet {
			for i := range row {
				row[i].painted = p.quiet(row[i].text)
			}
		}
		g.add(row...)
	}
	s := g.String("  ")
	if left := len(all) - mostTableRules; left > 0 {
		s += "  " + more(left, "rule") + "\n"
	}
	return s
}

func (p painter) heads(names ...string) []textCell {
	var cells []textCell
	for _, name := range names {
		cells = append(cells, textCell{name, p.quiet(name)})
	}
	return cells
}

func (p painter) rule(b *strings.Builder, r *backtest.Result, rr *backtest.RuleResult) {
	fmt.Fprintf(b, "\n▸ %s  %s\n", p.bold(clean(rr.Rule.Alert)), p.quiet(strings.Join(asks(rr.Rule), " · ")))
	for _, line := range p.o.plot(rr, r.From, r.Until, []track{{"firing", firing(rr)}}, p.level) {
		fmt.Fprintf(b, "  %s\n", line)
	}
	fmt.Fprintf(b, "  %s\n", ruleFacts(rr))
	for _, problem := range rr.Problems {
		fmt.Fprintf(b, "  %s %s\n", p.level(rules.Error, "problem:"), clean(problem))
	}
	b.WriteString(p.episodes(r, rr.Rule, rr.Episodes, ""))
	p.messages(b, rr.Messages)
}

func (p painter) messages(b *strings.Builder, all []string) {
	for _, m := range all[:min(len(all), mostTextMessages)] {
		fmt.Fprintf(b, "  %s\n", p.quiet("first message:"))
		for _, line := range messageLines(m) {
			b.WriteString(strings.TrimRight("  "+p.quiet("│")+" "+line, " ") + "\n")
		}
	}
}

// ruleFacts says what the table of rules has no column for.
func ruleFacts(rr *backtest.RuleResult) string {
	var parts []string
	if len(rr.Receivers) > 0 {
		var names []string
		for i, x := range told(rr) {
			if i == 5 {
				names = append(names, more(len(rr.Receivers)-5, "receiver"))
				break
			}
			names = append(names, clean(x.name)+" "+thousands(x.count))
		}
		parts = append(parts, "to "+strings.Join(names, ", "))
	}
	if n := len(rr.Carried); n > 0 {
		parts = append(parts, count(n, "more episode")+" from before the period")
	}
	parts = append(parts, count(rr.Series, "series")+" at most")
	if rr.Refires > 0 {
		parts = append(parts, count(rr.Refires, "refire")+" within an hour")
	}
	return strings.Replace(strings.Join(parts, " · "), "seriess", "series", 1)
}

func (p painter) episodes(r *backtest.Result, rule *rules.Rule, all []*backtest.Episode, sign string) string {
	var g grid
	for _, e := range all[:min(len(all), mostTextEpisodes)] {
		worst := e.Worst.String()
		row := []textCell{
			cell(p.o.stamp(e.Start)),
			{worst, p.level(e.Worst, worst)},
			cell(lasted(e, r.Until)),
			cell(peakText(rule, e)), cell(why(e)),
			{labelsOf(e), p.quiet(labelsOf(e))},
		}
		if sign != "" {
			row = append([]textCell{cell(sign)}, row...)
		}
		g.add(row...)
	}
	s := g.String("  ")
	if left := len(all) - mostTextEpisodes; left > 0 {
		s += "  " + more(left, "episode") + "\n"
	}
	return s
}

func peakText(r *rules.Rule, e *backtest.Episode) string {
	if v := peak(r, e); v != "" && !math.IsNaN(e.Peak) {
		return "peak " + v
	}
	return peak(r, e)
}
