package lint

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/rules"
	"tocsin/rules/file"
	"tocsin/rules/promql"
)

func itoa(n int) string { return strconv.Itoa(n) }

// expression looks at what the expression of a rule can return.
func (l *linter) expression(w file.Written) {
	l.impossible(w)
	for _, m := range w.Expr.Mismatches() {
		l.say(inExpr(w, m.Range, file.CodeNeverMatches,
			"the sides have different labels (%s; %s): no series finds a partner, and the result is empty", m.Left, m.Right),
			"aggregate both by the same labels, or say on(…) and group_left()")
	}
	l.rates(w)
	for _, s := range w.Expr.RawCounters(outgrown(w.Rule)) {
		l.say(inExpr(w, s.Range, file.CodeRawCounter,
			"%s is a counter by its name: once beyond the bound it stays there until its process restarts", s.Name),
			"compare rate() or increase() of it")
	}
	if at, operator, ok := w.Expr.Chosen(); ok {
		l.say(inExpr(w, at, file.CodeTopK,
			"which series %s returns changes from one evaluation to the next, and alerts begin and end with it", operator),
			"alert on all series, and show the worst ones in an annotation")
	}
	if at, ok := w.Expr.Absent(); ok && w.Rule.Kind == rules.PresenceRule && hasty(w.Rule) {
		l.say(inExpr(w, at, file.CodeHastyAbsent,
			"absent() without for: a restart of Prometheus is enough to fire it"), "for: 5m")
	}
}

// outgrown reports whether the rule has a bound above 0 that a counter grows beyond.
func outgrown(r *rules.Rule) bool {
	for _, level := range []*rules.LevelRule{r.Levels.Warn, r.Levels.Error} {
		if level != nil && level.Threshold.Side == rules.Above && level.Threshold.High > 0 {
			return true
		}
	}
	return false
}

func hasty(r *rules.Rule) bool {
	for _, level := range []*rules.LevelRule{r.Levels.Warn, r.Levels.Error} {
		if level != nil && (level.For > 0 || level.Votes.Need > 1) {
			return false
		}
	}
	return true
}

// impossible finds comparisons that are never true, and levels that are never reached.
func (l *linter) impossible(w file.Written) {
	for _, i := range w.Expr.Impossible() {
		hint := ""
		if i.Counts {
			hint = "count() of nothing is nothing, not 0: use absent()"
		}
		l.say(inExpr(w, i.Range, file.CodeNeverTrue, "this is never true: the value is %s", between(i.Low, i.High)), hint)
	}
	if w.Rule.Kind != rules.ThresholdRule {
		return
	}
	low, high := w.Expr.Bounds()
	for _, p := range parts(w) {
		t := p.rule.Threshold
		above := t.High >= high && t.Side != rules.Below
		below := t.Low <= low && t.Side != rules.Above
		if above && (below || t.Side == rules.Above) || below && t.Side == rules.Below {
			hint := ""
			if t.Side == rules.Below && w.Expr.Counts() {
				hint = "where there is nothing no_data tells it, not a value"
			}
			l.say(p.at(w, t.Side.String()).Warn(file.CodeNeverTrue, "%s is never reached: the value is %s", p.level, between(low, high)), hint)
		}
	}
}

func between(low, high float64) string {
	switch {
	case low == high:
		return fmt.Sprintf("%v if there is one", low)
	case math.IsInf(high, 1):
		return fmt.Sprintf("%v or more if there is one", low)
	case math.IsInf(low, -1):
		return fmt.Sprintf("%v or less if there is one", high)
	}
	return fmt.Sprintf("from %v to %v", low, high)
}

func (l *linter) rates(w file.Written) {
	scrape, known := l.scrape(w.Rule)
	for _, r := range w.Expr.Rates() {
		switch {
		case r.Summed:
			l.say(inExpr(w, r.Range, file.CodeRateOfSum,
				"%s of a sum: the restart of one counter looks like a restart of all", r.Function), "take the rate first, and sum it then")
		case r.OfCounters() && promql.IsGauge(r.Metric):
			l.say(inExpr(w, r.Range, file.CodeRateOfGauge,
				"%s of %s, which is no counter by its name: each fall is taken for a restart", r.Function, r.Metric), "deriv() and delta() are for gauges")
		}
		if r.Window > 0 && r.Window < 2*scrape {
			hint := "make it " + duration(4*scrape) + ", so that one lost scrape does no harm"
			if !known {
				hint += "; if targets are scraped more often, say --scrape-interval"
			}
			l.say(inExpr(w, r.Range, file.CodeShortRange,
				"%s needs two samples, and [%s] holds fewer at one scrape every %s", r.Function, duration(r.Window), duration(scrape)), hint)
		}
	}
}

// assumedScrape is the longest scrape interval that is assumed where none is known.
const assumedScrape = 30 * time.Second

// scrape is how often the targets of a rule are scraped. Where nobody says it, at least
// as often as the rule is evaluated.
func (l *linter) scrape(r *rules.Rule) (every time.Duration, known bool) {
	if l.ScrapeInterval > 0 {
		return l.ScrapeInterval, true
	}
	return min(r.Pace(), assumedScrape), false
}

func duration(d time.Duration) string { return model.Duration(d).String() }
