package past

import (
	"cmp"
	"math"
	"slices"
	"strconv"

	"github.com/prometheus/common/model"

	"tocsin/backtest"
)

// Incidents sort the episodes of a rule by what becomes of them. One that was there
// and is there at some time of it is still the same incident, though it may begin
// or end at another time; several may become one.
type incidents struct {
	fresh, gone []*backtest.Episode // now and never before; before and not now
	moved       []*backtest.Episode // of now, at other times or levels than before
	kept        int                 // as they were
}

// A changed rule is one that differs, with what becomes of its episodes.
type changed struct {
	backtest.RuleDifference
	incidents
}

// impact sorts what differs, what matters most first: notifications, then
// incidents that are new or gone. Where that is the same the order stays.
func impact(d *backtest.Difference) []changed {
	var all []changed
	for _, x := range d.Rules {
		all = append(all, changed{x, compare(x)})
	}
	slices.SortStableFunc(all, func(a, b changed) int {
		return cmp.Or(cmp.Compare(abs(b.more()), abs(a.more())),
			cmp.Compare(len(b.fresh)+len(b.gone), len(a.fresh)+len(a.gone)), cmp.Compare(len(b.moved), len(a.moved)))
	})
	return all
}

// more is how many more notifications there are of a rule.
func (x changed) more() int {
	was, is := x.Notifications()
	return is - was
}

// shown is the rule as it is, or as it was if it is gone.
func (x changed) shown() *backtest.RuleResult {
	if x.Is != nil {
		return x.Is
	}
	return x.Was
}

// compare sorts the episodes of a rule. An alert is known again by its series; if
// the expression is another one, series are not, and the time alone must do.
func compare(x backtest.RuleDifference) incidents {
	var out incidents
	var was, is []*backtest.Episode
	anySeries := false
	if x.Was != nil {
		was = firing(x.Was)
	}
	if x.Is != nil {
		is = firing(x.Is)
	}
	if x.Was != nil && x.Is != nil {
		anySeries = x.Was.Rule.Expr != x.Is.Rule.Expr
	}
	before, now := newTimeline(was, anySeries), newTimeline(is, anySeries)
	for _, e := range is {
		switch {
		case before.has(e):
			out.kept++
		case before.meets(e):
			out.moved = append(out.moved, e)
		default:
			out.fresh = append(out.fresh, e)
		}
	}
	for _, e := range was {
		if !now.meets(e) {
			out.gone = append(out.gone, e)
		}
	}
	return out
}

// A timeline finds episodes by their time.
type timeline struct {
	anySeries bool
	tracks    map[string][]mark
	exact     map[string]*backtest.Episode
}

// A mark is where an episode begins; until is the latest end of it and all before.
type mark struct{ from, until model.Time }

func newTimeline(all []*backtest.Episode, anySeries bool) timeline {
	t := timeline{anySeries: anySeries, tracks: map[string][]mark{}, exact: map[string]*backtest.Episode{}}
	for _, e := range all {
		key := t.key(e)
		t.tracks[key] = append(t.tracks[key], mark{e.Start, end(e)})
		t.exact[t.place(e)] = e
	}
	for _, track := range t.tracks {
		slices.SortFunc(track, func(a, b mark) int { return cmp.Compare(a.from, b.from) })
		for i := 1; i < len(track); i++ {
			track[i].until = max(track[i].until, track[i-1].until)
		}
	}
	return t
}

func end(e *backtest.Episode) model.Time {
	if e.End == 0 {
		return math.MaxInt64
	}
	return e.End
}

func (t timeline) key(e *backtest.Episode) string {
	if t.anySeries {
		return ""
	}
	return e.Series.String()
}

func (t timeline) place(e *backtest.Episode) string {
	return e.Series.String() + "\x00" + strconv.FormatInt(int64(e.Start), 10)
}

// has reports whether the very same episode is there.
func (t timeline) has(e *backtest.Episode) bool {
	same := t.exact[t.place(e)]
	return same != nil && same.End == e.End && slices.Equal(same.Spans, e.Spans)
}

// meets reports whether there is an episode of the same alert at any time of e.
func (t timeline) meets(e *backtest.Episode) bool {
	track := t.tracks[t.key(e)]
	n, _ := slices.BinarySearchFunc(track, max(end(e), e.Start+1), func(m mark, at model.Time) int { return cmp.Compare(m.from, at) })
	return n > 0 && track[n-1].until > e.Start
}
