package past

import (
	"fmt"
	"strings"

	"tocsin/backtest"
)

// markdownDifference writes a difference for a pull request.
func markdownDifference(d *backtest.Difference, o Options) (string, error) {
	p, all := o.page(), impact(d)
	p.add("### tocsin diff: " + headlineOf(d, all, code) + "\n\n")
	p.incomplete(d.Base, d.Head)
	p.add(fmt.Sprintf("%s, %s\n\n", escape(o.period(d.Head)), differing(d)))
	if len(d.Rules)+len(d.Receivers)+len(d.Head.Incidents) == 0 {
		return p.b.String(), nil
	}
	p.add("| | was | is | change |\n|:--|--:|--:|--:|\n")
	for _, c := range o.sumsOf(d) {
		p.add(changeRow(c))
	}
	p.receivers(d.Receivers)
	p.required(o, d.Base, d.Head)
	if len(all) > 0 {
		p.add("\n| rule | was | is | notifications | episodes | what differs |\n|:--|--:|--:|--:|--:|:--|\n")
		p.leftOut(p.rows(each(all, differenceRow)), "of the table")
	}
	p.add("\n")
	var folded []details
	for _, x := range all {
		folded = append(folded, details{differenceSummary(x), o.differenceParts(d, x)})
	}
	p.end(p.details(folded))
	return p.b.String(), nil
}

func changeRow(c change) string {
	return fmt.Sprintf("| %s | %s | %s | %s |\n", c.name, thousands(c.was), thousands(c.is), strong(c.is-c.was))
}

// strong is a change that is seen, or nothing of none.
func strong(n int) string {
	if n == 0 {
		return ""
	}
	return "**" + signed(n) + "**"
}

func (p *page) receivers(all []backtest.ReceiverDifference) {
	for _, x := range all[:min(len(all), mostReceivers)] {
		p.within(p.limit/4, changeRow(change{"to " + code(x.Name), x.Was, x.Is}))
	}
	if left := len(all) - mostReceivers; left > 0 {
		p.add("| " + more(left, "receiver") + " | | | |\n")
	}
}

func differenceRow(x changed) string {
	was, is := x.Notifications()
	return fmt.Sprintf("| %s | %s | %s | %s | %s | %s |\n", code(x.Rule().Alert), thousands(was), thousands(is), strong(is-was), episodesOf(x), note(x))
}

func differenceSummary(x changed) string {
	return fmt.Sprintf("<b>%s</b> %s notifications; %s", code(x.Rule().Alert), signed(x.more()), note(x))
}

// differenceParts are what is told of a rule, the most important first.
func (o Options) differenceParts(d *backtest.Difference, x changed) []string {
	drawn := fence("text", o.plotOf(d, x, plain))
	if lines := rewritten(x); len(lines) > 0 {
		drawn = fence("diff", lines) + "\n" + drawn
	}
	tables := filled([]string{
		problems(x.shown()), o.episodeTable(d.Head, x.Rule(), "New", x.fresh), o.episodeTable(d.Base, x.Rule(), "Gone", x.gone),
		o.episodeTable(d.Head, x.Rule(), "At other times or levels", x.moved),
	})
	return filled([]string{drawn, strings.Join(tables, "\n"), firstMessage(x.Is)})
}
