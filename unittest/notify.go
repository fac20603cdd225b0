package unittest

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"time"

	"tocsin/rules/file"
)

// messages checks what was sent.
func (l *life) messages() {
	for _, c := range l.Notifications {
		for _, a := range c.Alerts {
			l.suite.coverage.names(a.Alert)
		}
	}
	l.quiet()
	if l.Record && l.suite.options.Update {
		l.record()
		return
	}
	missing := l.assign()
	for _, c := range missing {
		l.fail(l.missed(c))
	}
	if (l.Listed || l.Record) && !l.Others {
		l.beyond()
	}
}

// latest is when a message must have been sent. At a time that is given exactly, the
// evaluation that sees what happened comes up to an interval later.
func (l *life) latest(c file.NotificationCase) time.Duration {
	if !c.Exactly {
		return c.Until
	}
	names := make([]string, 0, len(c.Alerts))
	for _, a := range c.Alerts {
		names = append(names, a.Alert)
	}
	return c.Until + l.slack(names)
}

// slack is the longest interval of the rules of these names; of all rules if one of
// them is no rule's, or there are none.
func (l *life) slack(names []string) (d time.Duration) {
	if len(names) == 0 || slices.ContainsFunc(names, func(n string) bool { return len(l.intervals[n]) == 0 }) {
		names = slices.Collect(maps.Keys(l.intervals))
	}
	for _, n := range names {
		d = max(d, slices.Max(l.intervals[n]))
	}
	return d
}

// assign gives each expectation a message of its own, as many as can have one, and
// returns those without. It looks for augmenting paths, so that an expectation that
// says little doesn't take the message that another needs.
func (l *life) assign() (missing []file.NotificationCase) {
	of := make([]int, len(l.sent)) // the case that has a message, -1: none
	for i := range of {
		of[i] = -1
	}
	var try func(n int, seen []bool) bool
	try = func(n int, seen []bool) bool {
		for i, s := range l.sent {
			if seen[i] || !l.meets(l.Notifications[n], s) {
				continue
			}
			seen[i] = true
			if of[i] < 0 || try(of[i], seen) {
				of[i] = n
				return true
			}
		}
		return false
	}
	for n, c := range l.Notifications {
		l.out.Checks++
		if !try(n, make([]bool, len(l.sent))) {
			missing = append(missing, c)
		}
	}
	for i, n := range of {
		l.sent[i].taken = n >= 0
	}
	return missing
}

// meets reports whether a message is what is expected.
func (l *life) meets(c file.NotificationCase, s *sent) bool {
	return l.timely(c, s) && addressed(c, s) && (c.Why == "" || c.Why == string(s.why)) &&
		tells(c, s) && len(unsaid(c, s)) == 0
}

func (l *life) timely(c file.NotificationCase, s *sent) bool {
	at := s.at.Sub(l.Start)
	return at >= c.From && at <= l.latest(c)+moment
}

func addressed(c file.NotificationCase, s *sent) bool {
	return (c.To == "" || c.To == s.receiver) && (c.By == "" || slices.Contains(s.kinds, c.By))
}

// tells reports whether a message tells of the alerts that are listed and no others.
func tells(c file.NotificationCase, s *sent) bool {
	if !c.Listed {
		return true
	}
	missing, extra := setAgainst(c, s)
	return len(missing) == 0 && len(extra) == 0
}

// setAgainst pairs the alerts that are listed with those of a message.
func setAgainst(c file.NotificationCase, s *sent) (missing []file.NotifiedAlert, extra []told) {
	extra = slices.Clone(s.alerts)
	for _, a := range c.Alerts {
		n := slices.IndexFunc(extra, func(t told) bool { return fits(a, t) })
		if n < 0 {
			missing = append(missing, a)
			continue
		}
		extra = slices.Delete(extra, n, n+1)
	}
	return missing, extra
}

func fits(a file.NotifiedAlert, t told) bool {
	return matches(a.AlertMatch, t.described) && stands(a.Is, t) &&
		(a.News == "" || a.News == t.news.String()) && (a.Reason == "" || a.Reason == string(t.reason))
}

func stands(is string, t told) bool {
	return is == "" || is == t.is() || is == "firing" && t.firing
}

// unsaid are the regular expressions that the text of a message doesn't match.
func unsaid(c file.NotificationCase, s *sent) (all []string) {
	for _, re := range c.Texts {
		if ok, err := regexp.MatchString(re, s.text); err != nil || !ok {
			all = append(all, re)
		}
	}
	return all
}

// quiet checks the times in which nothing may be sent.
func (l *life) quiet() {
	for _, q := range l.Quiet {
		l.suite.coverage.names(q.Match.Alert)
		l.out.Checks++
		var diff []Line
		for _, s := range l.sent {
			at := s.at.Sub(l.Start)
			if at >= q.From && at < q.Until && (q.To == "" || q.To == s.receiver) && s.mentions(q.Match) {
				diff = append(diff, Line{Got, l.when(s) + " " + s.String()})
			}
		}
		if len(diff) > 0 {
			l.fail(Failure{
				Place: q.Spot, What: fmt.Sprintf("from %s until %s: expected nothing to be sent, got %s", span(q.From), span(q.Until), count(len(diff), "message")),
				Diff: diff,
			})
		}
	}
}

// mentions reports whether a message tells of an alert that is meant.
func (s *sent) mentions(m file.AlertMatch) bool {
	if m.Alert == "" && m.Labels == nil && m.Annotations == nil && !m.Exact {
		return true
	}
	return slices.ContainsFunc(s.alerts, func(t told) bool { return matches(m, t.described) })
}

// beyond reports messages that nobody expects, but for those that were shown beside
// an expectation that was not met.
func (l *life) beyond() {
	l.out.Checks++
	var diff []Line
	for _, s := range l.sent {
		if !s.taken && !s.shown {
			diff = append(diff, Line{Got, l.when(s) + " " + s.String()})
		}
	}
	if len(diff) == 0 {
		return
	}
	hint := "others: true allows them"
	if l.Record {
		hint = "--update records them"
	}
	l.fail(Failure{
		Place: l.Spot, What: fmt.Sprintf("%s beyond those that notifications lists (%s)", count(len(diff), "message"), hint),
		Diff: diff,
	})
}
