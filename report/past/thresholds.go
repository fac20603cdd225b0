package past

import (
	"fmt"
	"strings"

	"tocsin/notifier/message"
	"tocsin/rules"
)

// asks says what a rule asks of a value, a level a line: "warn above 300 ms, clear
// at 260 ms, for 2m".
func asks(r *rules.Rule) []string {
	var lines []string
	for _, l := range []rules.Level{rules.Warn, rules.Error} {
		if lr := r.Levels.At(l); lr != nil {
			lines = append(lines, l.String()+" "+level(r, lr))
		}
	}
	if n := len(r.Overrides); n > 0 {
		lines = append(lines, count(n, "override")+" for some series")
	}
	return lines
}

func level(r *rules.Rule, l *rules.LevelRule) string {
	parts := threshold(r, l.Threshold)
	switch {
	case l.Votes.Of > 0:
		parts = append(parts, fmt.Sprintf("for %d of %d", l.Votes.Need, l.Votes.Of))
	case l.For > 0:
		parts = append(parts, "for "+message.Duration(l.For))
	}
	if l.KeepFiringFor > 0 {
		parts = append(parts, "kept for "+message.Duration(l.KeepFiringFor))
	}
	return strings.Join(parts, ", ")
}

func threshold(r *rules.Rule, t rules.Threshold) []string {
	q := func(v float64) string { return quantity(r, v) }
	switch t.Side {
	case rules.Above:
		return withClear("above "+q(t.High), "clear at "+q(t.ClearHigh), t.High != t.ClearHigh)
	case rules.Below:
		return withClear("below "+q(t.Low), "clear at "+q(t.ClearLow), t.Low != t.ClearLow)
	case rules.Outside:
		return withClear("outside "+q(t.Low)+" to "+q(t.High), "clear from "+q(t.ClearLow)+" to "+q(t.ClearHigh),
			t.Low != t.ClearLow || t.High != t.ClearHigh)
	case rules.Present:
	}
	return []string{"when the expression returns it"}
}

func withClear(bound, calm string, band bool) []string {
	if band {
		return []string{bound, calm}
	}
	return []string{bound}
}

// A bound is a threshold as a line in a chart, with the band that ends at its clear
// value.
type bound struct {
	level     rules.Level
	at, clear float64
}

// bounds are the lines of a rule, errors last so that they are drawn on top.
func bounds(r *rules.Rule) []bound {
	var all []bound
	for _, l := range []rules.Level{rules.Warn, rules.Error} {
		lr := r.Levels.At(l)
		if lr == nil {
			continue
		}
		t := lr.Threshold
		if t.Side == rules.Above || t.Side == rules.Outside {
			all = append(all, bound{l, t.High, t.ClearHigh})
		}
		if t.Side == rules.Below || t.Side == rules.Outside {
			all = append(all, bound{l, t.Low, t.ClearLow})
		}
	}
	return all
}
