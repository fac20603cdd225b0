package past

import (
	"html/template"
	"strconv"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/backtest"
	"tocsin/notifier/message"
	"tocsin/rules"
)

// html writes a result as one page that asks for nothing else.
func html(r *backtest.Result, o Options) (string, error) {
	t, ordered := o.totals(r), noisiest(r.Rules)
	v := view{
		Title: "tocsin backtest", Headline: o.headline(r, clean), Period: o.spoken(r), Zone: o.zone().String(),
		About:      "What " + count(len(r.Rules), "rule") + " would have done: after grouping, routing and all gates. Nothing was sent.",
		Incomplete: incompletes(r), Tiles: tiles(r, t), Clock: clockFace(), Receivers: receiverTable(t),
		Heads: []string{"notifications", "night", "episodes", "flaps", "warn", "error", "longest"},
	}
	v.require(o, nil, r)
	v.Days, v.DaysLeft = o.calendar(nil, r)
	for i, rr := range ordered {
		if i == mostTOC {
			v.RulesLeft = more(len(ordered)-i, "rule")
			break
		}
		v.Rules = append(v.Rules, ruleLineOf(r, rr, i))
	}
	noisy, _ := split(ordered)
	for i, rr := range noisy {
		if i == mostSections {
			v.SectionsLeft = more(len(noisy)-i, "rule") + " with less"
			break
		}
		v.Sections = append(v.Sections, o.section(r, rr, i))
	}
	return show(v)
}

// spoken is a period as people say it.
func (o Options) spoken(r *backtest.Result) string {
	from, until := r.From.Time().In(o.zone()), r.Until.Time().In(o.zone())
	return from.Format("Mon 2 Jan 2006 15:04") + " to " + until.Format("Mon 2 Jan 2006 15:04") + " (" + message.Duration(until.Sub(from)) + ")"
}

func (o Options) calendar(was, is *backtest.Result) (days []dayLine, note string) {
	days, left := o.timeline(was, is)
	if left > 0 {
		note = "The first " + count(left, "day") + " of the period are not drawn."
	}
	return days, note
}

func tiles(r *backtest.Result, t totals) []tile {
	busiest, _ := r.Busiest()
	note := "at most " + thousands(busiest) + " in 24h"
	if r.Days() >= 1 {
		note = rate(t.notifications, r.Days()) + " a day, " + note
	}
	return []tile{
		{"notifications", thousands(t.notifications), note, ""},
		{"at night", thousands(t.night), "from 22:00 to 07:00", ""},
		{"episodes", thousands(t.episodes), "of " + count(t.firing, "rule"), ""},
		{"flaps", thousands(t.flaps), count(t.refires, "refire") + " within an hour", ""},
		{"quiet", thousands(r.Quiet), "edits and replies in threads", ""},
	}
}

func receiverTable(t totals) sumTable {
	s := sumTable{Heads: []string{"receiver", "notifications", "night"}}
	for _, x := range t.receivers[:min(len(t.receivers), mostReceivers)] {
		s.Rows = append(s.Rows, []string{clean(x.name), thousands(x.count), thousands(x.night)})
	}
	if left := len(t.receivers) - mostReceivers; left > 0 {
		s.Left = more(left, "receiver")
	}
	return s
}

func anchor(i int) string { return "rule-" + thousandless(i+1) }

func thousandless(n int) string { return strconv.Itoa(n) }

func ruleLineOf(r *backtest.Result, rr *backtest.RuleResult, i int) ruleLine {
	quiet := !loud(rr)
	l := ruleLine{Name: clean(rr.Rule.Alert), Quiet: quiet, Cells: []string{
		thousands(rr.Notifications), thousands(rr.Night), thousands(len(rr.Episodes)), thousands(rr.Flaps),
		lasting(rr.Warn), lasting(rr.Error), lasting(rr.Longest),
	}}
	if !quiet && i < mostSections {
		l.Anchor = anchor(i)
	}
	l.Strip = strips(r.From, r.Until, firing(rr))
	return l
}

// strips are when a rule fires, in a line of a table: of a difference before and
// after.
func strips(from, until model.Time, all ...[]*backtest.Episode) template.HTML {
	const size = 9
	c := newCanvas("strip", "when it fires", float64(len(all)*(size+2)))
	for i, episodes := range all {
		c.stripe(runs(levels(episodes, from, until, chartColumns)), float64(i*(size+2)), size, nil)
	}
	return c.html()
}

func (o Options) section(r *backtest.Result, rr *backtest.RuleResult, i int) section {
	s := section{
		Anchor: anchor(i), Name: clean(rr.Rule.Alert), Place: placeOf(rr.Rule), Expr: expression(rr.Rule), Asks: asks(rr.Rule),
		Note:     count(rr.Notifications, "notification") + ", " + count(len(rr.Episodes), "episode"),
		Problems: each(rr.Problems, clean),
		Charts:   []captioned{{Picture: o.chart(rr, nil, r.From, r.Until, []track{{"firing", firing(rr)}})}},
		Lists:    o.episodeList("Episodes", "", rr.Rule, rr.Episodes, r.Until),
		Messages: texts("First message", rr),
	}
	for _, f := range facts(rr) {
		s.Facts.Rows = append(s.Facts.Rows, []string{f.name, f.text()})
	}
	return s
}

// mostExpr is how much of an expression is shown.
const mostExpr = 2000

func expression(r *rules.Rule) string { return message.Cut(message.CleanLines(r.Expr), mostExpr) }

// A fact is a number about a rule: a count, or a duration.
type fact struct {
	name string
	n    int
	d    time.Duration
	long bool // it is a duration
}

func (f fact) text() string {
	if f.long {
		return lasting(f.d)
	}
	return thousands(f.n)
}

// facts are the numbers about a rule; of none all are 0.
func facts(rr *backtest.RuleResult) []fact {
	if rr == nil {
		rr = &backtest.RuleResult{}
	}
	all := []fact{
		{name: "notifications", n: rr.Notifications},
		{name: "at night", n: rr.Night},
		{name: "episodes", n: len(rr.Episodes)},
		{name: "from before the period", n: len(rr.Carried)},
		{name: "flaps", n: rr.Flaps},
		{name: "refires within an hour", n: rr.Refires},
		{name: "warn or worse", d: rr.Warn, long: true},
		{name: "error", d: rr.Error, long: true},
		{name: "longest", d: rr.Longest, long: true},
		{name: "series at most", n: rr.Series},
	}
	for i, x := range told(rr) {
		if i == mostChips {
			break
		}
		all = append(all, fact{name: "to " + clean(x.name), n: x.count})
	}
	return all
}
