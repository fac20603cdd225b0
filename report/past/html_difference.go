package past

import (
	"cmp"
	"slices"

	"tocsin/backtest"
)

// htmlDifference writes a difference as one page: what is new and what is gone
// first.
func htmlDifference(d *backtest.Difference, o Options) (string, error) {
	all := impact(d)
	v := view{
		Title: "tocsin diff", Headline: headlineOf(d, all, clean), Period: o.spoken(d.Head), Zone: o.zone().String(),
		About:      differing(d) + ". Both versions lived through the same time, after grouping, routing and all gates. Nothing was sent.",
		Incomplete: incompletes(d.Base, d.Head), Tiles: o.changeTiles(d), Clock: clockFace(), Receivers: receiverChanges(d),
		Lists: o.freshAndGone(d, all),
		Heads: []string{"was", "is", "change", "episodes"},
	}
	v.require(o, d.Base, d.Head)
	v.Days, v.DaysLeft = o.calendar(d.Base, d.Head)
	for i, x := range all {
		if i == mostTOC {
			v.RulesLeft = more(len(all)-i, "rule")
			break
		}
		v.Rules = append(v.Rules, changedRuleLine(d, x, i))
	}
	for i, x := range all {
		if i == mostSections {
			v.SectionsLeft = more(len(all)-i, "rule") + " with less"
			break
		}
		v.Sections = append(v.Sections, o.changedSection(d, x, i))
	}
	return show(v)
}

func (o Options) changeTiles(d *backtest.Difference) []tile {
	var all []tile
	for _, c := range o.sumsOf(d) {
		t := tile{Name: c.name, Value: signed(c.is - c.was), Note: thousands(c.was) + " → " + thousands(c.is)}
		t.Tone = tone(c.is - c.was)
		all = append(all, t)
	}
	return all
}

func tone(n int) string {
	switch {
	case n > 0:
		return "worse"
	case n < 0:
		return "better"
	}
	return ""
}

func receiverChanges(d *backtest.Difference) sumTable {
	s := sumTable{Heads: []string{"receiver", "was", "is", "change"}}
	for _, x := range d.Receivers[:min(len(d.Receivers), mostReceivers)] {
		s.Rows = append(s.Rows, []string{clean(x.Name), thousands(x.Was), thousands(x.Is), signed(x.Is - x.Was)})
	}
	if left := len(d.Receivers) - mostReceivers; left > 0 {
		s.Left = more(left, "receiver")
	}
	return s
}

// freshAndGone are the first incidents of all rules that are new, and that are gone.
func (o Options) freshAndGone(d *backtest.Difference, all []changed) []episodeList {
	fresh := episodeList{Title: "New incidents", Class: "new", Named: true}
	gone := episodeList{Title: "Incidents that you had and would not have", Class: "gone", Named: true}
	for i, x := range all {
		to := ""
		if i < mostSections {
			to = anchor(i)
		}
		fresh.Rows = append(fresh.Rows, o.episodeRows(x.Rule(), to, x.fresh, d.Head.Until, mostListed)...)
		gone.Rows = append(gone.Rows, o.episodeRows(x.Rule(), to, x.gone, d.Base.Until, mostListed)...)
	}
	var lists []episodeList
	for _, l := range []episodeList{fresh, gone} {
		if len(l.Rows) == 0 {
			continue
		}
		total := 0
		for _, x := range all {
			if l.Class == "new" {
				total += len(x.fresh)
			} else {
				total += len(x.gone)
			}
		}
		l.Title += ": " + thousands(total)
		slices.SortStableFunc(l.Rows, func(a, b episodeRow) int { return cmp.Compare(a.StartAt, b.StartAt) })
		l.Rows = l.Rows[:min(len(l.Rows), mostListed)]
		if left := total - len(l.Rows); left > 0 {
			l.Left = more(left, "incident") + ", under their rules"
		}
		lists = append(lists, l)
	}
	return lists
}

func changedRuleLine(d *backtest.Difference, x changed, i int) ruleLine {
	was, is := x.Notifications()
	l := ruleLine{Name: clean(x.Rule().Alert), Note: note(x), Cells: []string{thousands(was), thousands(is), signed(is - was), episodesOf(x)}}
	if i < mostSections {
		l.Anchor = anchor(i)
	}
	l.Strip = strips(d.Head.From, d.Head.Until, firing(x.Was), firing(x.Is))
	return l
}

func (o Options) changedSection(d *backtest.Difference, x changed, i int) section {
	r := x.Rule()
	s := section{
		Anchor: anchor(i), Name: clean(r.Alert), Note: note(x) + "; " + signed(x.more()) + " notifications", Place: placeOf(r),
		Expr: expression(r), Asks: asks(r), Charts: o.changedCharts(d, x), Problems: each(x.shown().Problems, clean),
	}
	for _, line := range rewritten(x) {
		class := "added"
		if line[0] == '-' {
			class = "removed"
		}
		s.Changes = append(s.Changes, changedLine{class, line})
	}
	s.Facts = changedFacts(x)
	s.Lists = slices.Concat(
		o.episodeList("New", "new", r, x.fresh, d.Head.Until), o.episodeList("Gone", "gone", r, x.gone, d.Base.Until),
		o.episodeList("At other times or levels", "", r, x.moved, d.Head.Until))
	s.Messages = append(texts("First message, as it is", x.Is), texts("First message, as it was", x.Was)...)
	return s
}

// changedCharts is one chart of both where the values are the same, and one of each
// where the expression is another.
func (o Options) changedCharts(d *backtest.Difference, x changed) []captioned {
	from, until := d.Head.From, d.Head.Until
	if x.Was != nil && x.Is != nil && x.Was.Rule.Expr != x.Is.Rule.Expr {
		return []captioned{
			{"as it was", o.chart(x.Was, nil, from, until, []track{{"firing", firing(x.Was)}})},
			{"as it is", o.chart(x.Is, nil, from, until, []track{{"firing", firing(x.Is)}})},
		}
	}
	tracks := []track{{"was", firing(x.Was)}, {"is", firing(x.Is)}}
	switch {
	case x.Was == nil:
		return []captioned{{"", o.chart(x.Is, nil, from, until, tracks[1:])}}
	case x.Is == nil:
		return []captioned{{"", o.chart(x.Was, nil, from, until, tracks[:1])}}
	}
	return []captioned{{"", o.chart(x.Is, x.Was.Rule, from, until, tracks)}}
}

// changedFacts are the numbers of both, side by side.
func changedFacts(x changed) sumTable {
	s := sumTable{Heads: []string{"", "was", "is"}}
	was, is := facts(x.Was), facts(x.Is)
	for _, f := range is {
		before := fact{name: f.name, long: f.long}
		if k := slices.IndexFunc(was, func(w fact) bool { return w.name == f.name }); k >= 0 {
			before = was[k]
		}
		s.Rows = append(s.Rows, []string{f.name, before.text(), f.text()})
	}
	for _, f := range was { // receivers that get nothing any more
		if !slices.ContainsFunc(is, func(n fact) bool { return n.name == f.name }) {
			s.Rows = append(s.Rows, []string{f.name, f.text(), fact{long: f.long}.text()})
		}
	}
	return s
}
