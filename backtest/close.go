package backtest

import (
	"cmp"
	"slices"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/rules"
)

// close ends the result at a time, and sums up what can be summed up only then.
func (rec *recorder) close(until model.Time) *Result {
	r := rec.result
	r.Until = max(min(r.Until, until), r.From)
	for _, c := range rec.counts {
		if r.From <= c.at && c.at < r.Until {
			c.add()
		}
	}
	r.Notifications = slices.DeleteFunc(r.Notifications, func(n Notification) bool { return n.At >= r.Until })
	for _, rr := range r.Rules {
		rr.Warn = covered(rr.Episodes, rules.Warn, r.From, r.Until)
		rr.Error = covered(rr.Episodes, rules.Error, r.From, r.Until)
		all := rr.Episodes
		rr.Episodes = nil
		for _, e := range all {
			e.cut(r.Until)
			switch {
			case e.Start >= r.Until:
			case e.Start >= r.From:
				rr.Episodes = append(rr.Episodes, e)
			case e.End == 0 || e.End > r.From:
				rr.Carried = append(rr.Carried, e)
			}
		}
		for _, e := range rr.Episodes {
			rr.Longest = max(rr.Longest, e.Lasted(r.Until))
		}
	}
	return r
}

// cut takes back what happened to an episode from a time on.
func (e *Episode) cut(until model.Time) {
	e.Spans = slices.DeleteFunc(e.Spans, func(s Span) bool { return s.From >= until })
	if n := len(e.Spans); n > 0 && e.Spans[n-1].Until >= until {
		e.Spans[n-1].Until = 0
	}
	e.Told = slices.DeleteFunc(e.Told, func(t Telling) bool { return t.At >= until })
	if e.End >= until {
		e.End, e.Reason = 0, ""
	}
}

// covered is for how long any of the episodes was at a level or above, within a
// period.
func covered(all []*Episode, level rules.Level, from, until model.Time) time.Duration {
	var spans []Span
	for _, e := range all {
		for _, s := range e.Spans {
			if s.Until == 0 || s.Until > until {
				s.Until = until
			}
			s.From = max(s.From, from)
			if s.Level >= level && s.From < s.Until {
				spans = append(spans, s)
			}
		}
	}
	slices.SortFunc(spans, func(a, b Span) int { return cmp.Compare(a.From, b.From) })
	var total time.Duration
	end := from
	for _, s := range spans {
		if s.Until > end {
			total += s.Until.Sub(max(s.From, end))
			end = s.Until
		}
	}
	return total
}
