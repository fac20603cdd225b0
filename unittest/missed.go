package unittest

import (
	"fmt"
	"slices"
	"strings"

	"tocsin/rules/file"
)

// missed says what is wrong about a message that was expected: how the one that is
// most like it differs.
func (l *life) missed(c file.NotificationCase) Failure {
	f := Failure{Place: c.Spot, At: span(c.From), What: "no such message: " + l.described(c)}
	s := l.nearest(c)
	if s == nil {
		f.Diff = []Line{{Want, l.described(c)}, {Got, "nothing was sent that nobody else expects"}}
		if len(l.sent) == 0 {
			f.Diff[1].Text = "nothing was sent at all"
		}
		f.Facts = l.held(c)
		return f
	}
	s.shown = true
	f.Diff = append([]Line{{Both, l.when(s) + " " + s.String()}}, l.unlike(c, s)...)
	f.Facts = l.held(c)
	return f
}

// described says what is expected.
func (l *life) described(c file.NotificationCase) string {
	var words []string
	switch {
	case c.Exactly:
		words = append(words, "at "+span(c.From))
	default:
		words = append(words, fmt.Sprintf("from %s until %s", span(c.From), span(c.Until)))
	}
	if c.To != "" {
		words = append(words, "to "+c.To)
	}
	if c.By != "" {
		words = append(words, "by "+c.By)
	}
	if c.Why != "" {
		words = append(words, "why "+c.Why)
	}
	if len(c.Texts) > 0 {
		words = append(words, fmt.Sprintf("with text %q", c.Texts))
	}
	var alerts []string
	for _, a := range c.Alerts {
		alerts = append(alerts, strings.TrimSpace(asked(a.AlertMatch).String()+" "+a.Is))
	}
	if len(alerts) > 0 {
		words = append(words, "about "+strings.Join(alerts, ", "))
	}
	return strings.Join(words, " ")
}

// nearest is the message that is most like what is expected, of those that nobody
// else does.
func (l *life) nearest(c file.NotificationCase) (best *sent) {
	most := -1
	for _, s := range l.sent {
		if s.taken || s.shown {
			continue
		}
		score := 0
		for _, hit := range []bool{l.timely(c, s), addressed(c, s), c.Why == string(s.why), c.Listed && tells(c, s), len(unsaid(c, s)) == 0} {
			if hit {
				score++
			}
		}
		if score > most {
			best, most = s, score
		}
	}
	return best
}

// unlike shows how a message differs from what is expected.
func (l *life) unlike(c file.NotificationCase, s *sent) (diff []Line) {
	add := func(same bool, what, want, got string) {
		if !same {
			diff = append(diff, Line{Want, "  " + what + " " + want}, Line{Got, "  " + what + " " + got})
		}
	}
	window := fmt.Sprintf("from %s until %s", span(c.From), span(l.latest(c)))
	add(l.timely(c, s), "sent", window, "at "+l.when(s))
	add(c.To == "" || c.To == s.receiver, "to", c.To, s.receiver)
	add(c.By == "" || slices.Contains(s.kinds, c.By), "by", c.By, strings.Join(s.kinds, ", "))
	add(c.Why == "" || c.Why == string(s.why), "why", c.Why, string(s.why))
	if c.Listed {
		diff = append(diff, unlikeAlerts(c, s)...)
	}
	for _, re := range unsaid(c, s) {
		diff = append(diff, Line{Want, "  text that matches " + re})
		for line := range strings.SplitSeq(strings.TrimSpace(s.text), "\n") {
			if strings.TrimSpace(line) != "" {
				diff = append(diff, Line{Got, "  " + line})
			}
		}
	}
	return diff
}

func unlikeAlerts(c file.NotificationCase, s *sent) (diff []Line) {
	missing, extra := setAgainst(c, s)
	for _, a := range missing {
		n := likestTold(a, extra)
		if n < 0 {
			diff = append(diff, Line{Want, "  alert " + strings.TrimSpace(asked(a.AlertMatch).String()+" "+a.Is)})
			continue
		}
		t := extra[n]
		extra = slices.Delete(extra, n, n+1)
		diff = append(diff, between(wanted(a.AlertMatch, t.described), t.described)...)
		for _, w := range []struct{ what, want, got string }{
			{"is", a.Is, t.is()}, {"news", a.News, t.news.String()}, {"reason", a.Reason, string(t.reason)},
		} {
			if w.want != "" && w.want != w.got && (w.what != "is" || !stands(w.want, t)) {
				diff = append(diff, Line{Want, "  " + w.what + " " + w.want}, Line{Got, "  " + w.what + " " + w.got})
			}
		}
	}
	for _, t := range extra {
		diff = append(diff, Line{Got, "  alert " + t.short() + " " + t.is()})
	}
	return diff
}

func likestTold(a file.NotifiedAlert, all []told) int {
	var list []described
	for _, t := range all {
		list = append(list, t.described)
	}
	return likest(asked(a.AlertMatch), list)
}

// held says what keeps alerts from being told at the end of the test: silences, mute
// times and the like.
func (l *life) held(c file.NotificationCase) (all []string) {
	for _, a := range c.Alerts {
		all = append(all, l.gates(a.Alert)...)
		if len(all) == 0 && a.Alert != "" {
			all = append(all, l.facts(a.Alert, l.at(l.until()))...)
		}
	}
	return all
}
