package past

import (
	"fmt"
	"strings"

	"tocsin/backtest"
	"tocsin/rules"
)

// LeastLimit is how few characters Markdown can be made of.
const LeastLimit = 10_000

// What Markdown shows of a rule.
const (
	mostMarkdownEpisodes = 8
	mostQuiet            = 20
)

func (o Options) page() *page {
	if o.Limit <= 0 {
		return &page{limit: DefaultLimit}
	}
	return &page{limit: max(o.Limit, LeastLimit)}
}

// markdown writes a result for a pull request, a job summary or an issue.
func markdown(r *backtest.Result, o Options) (string, error) {
	p := o.page()
	p.add("### tocsin backtest: " + o.headline(r, code) + "\n\n")
	p.incomplete(r)
	p.add(fmt.Sprintf("%s, %s\n\n", escape(o.period(r)), count(len(r.Rules), "rule")))
	p.required(o, nil, r)
	noisy, quiet := split(noisiest(r.Rules))
	if len(noisy) > 0 {
		p.add("| rule | notifications | at night | episodes | flaps | warn | error | longest |\n|:--|--:|--:|--:|--:|--:|--:|--:|\n")
		p.leftOut(p.rows(each(noisy, ruleRow)), "of the table")
	}
	p.quiet(quiet)
	var all []details
	for _, rr := range noisy {
		all = append(all, details{ruleSummary(rr), o.ruleParts(r, rr)})
	}
	p.end(p.details(all))
	return p.b.String(), nil
}

// split parts the rules that did anything from those that didn't.
func split(all []*backtest.RuleResult) (noisy, quiet []*backtest.RuleResult) {
	for _, rr := range all {
		if loud(rr) {
			noisy = append(noisy, rr)
		} else {
			quiet = append(quiet, rr)
		}
	}
	return noisy, quiet
}

// loud reports whether a rule did anything.
func loud(rr *backtest.RuleResult) bool {
	return rr.Notifications+len(rr.Episodes)+len(rr.Carried)+len(rr.Problems) > 0
}

func each[T any](all []T, f func(T) string) []string {
	out := make([]string, 0, len(all))
	for _, x := range all {
		out = append(out, f(x))
	}
	return out
}

func ruleRow(rr *backtest.RuleResult) string {
	return fmt.Sprintf("| %s | %s | %s | %s | %s | %s | %s | %s |\n", code(rr.Rule.Alert), thousands(rr.Notifications), thousands(rr.Night),
		thousands(len(rr.Episodes)), thousands(rr.Flaps), lasting(rr.Warn), lasting(rr.Error), lasting(rr.Longest))
}

func ruleSummary(rr *backtest.RuleResult) string {
	return fmt.Sprintf("<b>%s</b> %s, %s", code(rr.Rule.Alert), count(rr.Notifications, "notification"), count(len(rr.Episodes), "episode"))
}

// incomplete says first what is not known, in a box that nobody overlooks.
func (p *page) incomplete(results ...*backtest.Result) {
	all := incompletes(results...)
	if len(all) == 0 {
		return
	}
	p.add("> [!WARNING]\n> **Incomplete.** Not everything is known, and what is here is no all-clear.\n>\n")
	for _, why := range all {
		p.within(p.limit/4, "> - "+code(why)+"\n")
	}
	p.add("\n")
}

// quiet names the rules that did nothing.
func (p *page) quiet(all []*backtest.RuleResult) {
	if len(all) == 0 {
		p.add("\n")
		return
	}
	var names []string
	for _, rr := range all[:min(len(all), mostQuiet)] {
		names = append(names, code(rr.Rule.Alert))
	}
	if n := len(all) - mostQuiet; n > 0 {
		names = append(names, thousands(n)+" more")
	}
	if !p.within(p.limit/2, "\nQuiet: "+strings.Join(names, ", ")+"\n\n") {
		p.add("\n" + count(len(all), "rule") + " stayed quiet.\n\n")
	}
}

func (p *page) leftOut(n int, of string) {
	if n > 0 {
		p.add("\n" + count(n, "rule") + " more " + of + " left out.\n")
	}
}

// end says what is not here.
func (p *page) end(left int) {
	if left > 0 {
		p.within(p.limit, fmt.Sprintf("**The details of %s are left out:** this report has at most %s characters. `--report html=FILE` has no such limit.\n",
			count(left, "rule"), thousands(p.limit)))
	}
}

// ruleParts are what is told of a rule, the most important first.
func (o Options) ruleParts(r *backtest.Result, rr *backtest.RuleResult) []string {
	lines := o.plot(rr, r.From, r.Until, []track{{"firing", firing(rr)}}, plain)
	parts := []string{fence("text", append(asks(rr.Rule), append([]string{""}, lines...)...))}
	parts = append(parts, problems(rr), o.episodeTable(r, rr.Rule, "Episodes", rr.Episodes), firstMessage(rr))
	return filled(parts)
}

func filled(parts []string) []string {
	var out []string
	for _, s := range parts {
		if s != "" {
			out = append(out, s)
		}
	}
	return out
}

func problems(rr *backtest.RuleResult) string {
	var b strings.Builder
	for _, problem := range rr.Problems {
		b.WriteString("- Problem: " + code(problem) + "\n")
	}
	return b.String()
}

func (o Options) episodeTable(r *backtest.Result, rule *rules.Rule, title string, all []*backtest.Episode) string {
	if len(all) == 0 {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "**%s: %s**\n\n| start | level | lasted | peak | end | labels |\n|:--|:--|:--|:--|:--|:--|\n", title, thousands(len(all)))
	for _, e := range all[:min(len(all), mostMarkdownEpisodes)] {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", escape(o.stamp(e.Start)), badge(e.Worst), lasted(e, r.Until),
			inert(peak(rule, e)), inert(why(e)), code(labelsOf(e)))
	}
	if left := len(all) - mostMarkdownEpisodes; left > 0 {
		fmt.Fprintf(&b, "\n%s\n", more(left, "episode"))
	}
	return b.String()
}

// badge shows a level in colour where there is no other.
func badge(l rules.Level) string {
	switch l {
	case rules.Error:
		return "🔴 error"
	case rules.Warn:
		return "🟠 warn"
	case rules.OK:
	}
	return "🟢 ok"
}

func firstMessage(rr *backtest.RuleResult) string {
	if rr == nil || len(rr.Messages) == 0 {
		return ""
	}
	return "**First message**\n\n" + fence("text", messageLines(rr.Messages[0]))
}
