package online

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/evaluator"
	"tocsin/notifier/message"
	"tocsin/rules"
	"tocsin/rules/file"
)

const (
	// mostSamples is how many samples of the past are asked for, of one rule.
	mostSamples = 100_000
	// fewInstants is how many instants with data it takes to judge what was always so.
	fewInstants = 6
)

// coarse returns the distance of the instants of the past that are looked at. It is a
// sample: between them a value may have been anything.
func (in *inspection) coarse(series int) time.Duration {
	all := []time.Duration{10 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour, 8 * time.Hour}
	for _, step := range all {
		points := int(in.o.Period/step) + 1
		if step >= in.Rule.Interval && points <= mostPoints && points*max(series, 1) <= mostSamples {
			return step
		}
	}
	return max(all[len(all)-1], in.Rule.Interval, in.o.Period/mostPoints)
}

// past looks at the expression at instants of the period.
func (in *inspection) past(ctx context.Context, series int) {
	expr := in.Rule.Expr
	if in.Rule.Kind == rules.PresenceRule && in.Expr.Type() == "vector" {
		expr, series = counted(expr), 1 // which series there are is of no matter
	}
	step := in.coarse(series)
	all, err := in.desk.history(ctx, expr, step)
	if f := failureOf(err); f != nil && f.Outcome == evaluator.Execution { // what is too much may be less than that
		step *= 6
		all, err = in.desk.history(ctx, expr, step)
	}
	if err != nil {
		in.out.why = "its past: " + failureOf(err).Text
		return
	}
	h := in.judged(all, step)
	switch {
	case in.Rule.Kind == rules.PresenceRule:
		in.presence(h)
	case len(all) == 0:
		if series == 0 {
			in.say(in.whole(file.CodeEmpty, "the expression returned nothing at any of %s: nothing can ever fire", h.when()),
				"the metrics are there: is a range too short for two scrapes, or do the sides of an operator never match?")
		}
	default:
		in.thresholds(h)
	}
}

// A record is what the past says of a rule.
type record struct {
	*inspection
	step     time.Duration
	asked    int // instants
	instants int // with data
	first    model.Time
	series   []judged
}

// A judged series was beyond levels at so many of its instants.
type judged struct {
	Series
	levels rules.Levels
	values int // that are numbers
	beyond [rules.Error + 1]int
}

func (in *inspection) judged(all []Series, step time.Duration) *record {
	h := &record{inspection: in, step: step, asked: int(in.o.Period/step) + 1}
	at := map[model.Time]bool{}
	for _, s := range all {
		j := judged{Series: s, levels: in.Rule.For(s.Labels)}
		for i, v := range s.Values {
			if t := s.Times[i]; !at[t] {
				at[t] = true
				if h.first == 0 || t < h.first {
					h.first = t
				}
			}
			if !math.IsNaN(v) {
				j.add(v)
			}
		}
		h.series = append(h.series, j)
	}
	h.instants = len(at)
	return h
}

func (j *judged) add(v float64) {
	j.values++
	for _, level := range []rules.Level{rules.Warn, rules.Error} {
		if l := j.levels.At(level); l != nil && l.Threshold.Breached(v) {
			j.beyond[level]++
		}
	}
}

// when names the instants: all that were asked for, or those that there is data of.
func (h *record) when() string {
	n, since := h.asked, "in the last "+span(h.o.Period)
	if h.instants > 0 && h.instants < h.asked {
		n = h.instants
		since = "with data since " + instant(h.first)
	}
	return fmt.Sprintf("%s %s, one every %s", count(n, "instant"), since, span(h.step))
}

// presence judges a rule that fires wherever there is a result.
func (in *inspection) presence(h *record) {
	_, absent := in.Expr.Absent()
	switch {
	case h.instants == 0 && !absent:
		in.say(in.whole(file.CodeNeverReached, "this would not have fired at any of %s", h.when()),
			"is it what a healthy system looks like? What happened between the instants is not seen: tocsin backtest looks at each evaluation")
	case h.instants == h.asked && h.asked >= fewInstants && in.Expr.Filters(): // else it is known without a source
		in.say(in.whole(file.CodeAlwaysExceeded, "this would have fired at each of %s", h.when()),
			"an alert that never ends tells nothing: compare with another bound")
	}
}

// thresholds judges the levels of a rule. Too few instants say nothing.
func (in *inspection) thresholds(h *record) {
	if h.instants < fewInstants {
		return
	}
	in.overrides(h)
	for _, level := range []rules.Level{rules.Error, rules.Warn} {
		if always, all := h.always(level); len(always) > 0 {
			in.say(in.level(level).Warn(file.CodeAlwaysExceeded, "%s beyond %s at all times (%s)%s", several(len(always), all), level, h.when(), example(always, all)),
				"an alert that never ends tells nothing: is the unit right? tocsin tune shows what other bounds would do")
			return
		}
	}
	lowest := rules.Warn
	if in.Rule.Levels.Warn == nil {
		lowest = rules.Error
	}
	if value, bound, ok := h.nearest(); ok {
		hint := "what happened between the instants is not seen: tocsin tune looks at each evaluation"
		if far(value, bound) {
			hint = "is the unit right?"
		}
		in.say(in.level(lowest).Warn(file.CodeNeverReached, "%s was not reached at any of %s: the nearest value was %s, and the bound is %s",
			lowest, h.when(), in.quantity(value), in.quantity(bound)), hint)
	}
}

// far reports whether a value is so far from a bound that one of them is likely in another
// unit: percent and ratios are a hundred apart, milliseconds and seconds a thousand.
func far(value, bound float64) bool {
	return value > 0 && bound > 0 && (value > 50*bound || bound > 50*value)
}

func several(n, all int) string {
	switch {
	case all == 1:
		return "the one series was"
	case n == all:
		return fmt.Sprintf("all %d series were", n)
	case n == 1:
		return fmt.Sprintf("1 of %d series was", all)
	}
	return fmt.Sprintf("%d of %d series were", n, all)
}

// example names one of the series, if they are not all.
func example(some []judged, all int) string {
	if len(some) == all {
		return ""
	}
	return ": " + cut(some[0].Labels.DropReserved(isMetricName).String(), 2*mostText)
}

func isMetricName(label string) bool { return label == model.MetricNameLabel }

// always returns the series that were beyond a level whenever they were there, and how many
// have the level and were there nearly all the time: what lived through one bad hour only
// was not always bad.
func (h *record) always(level rules.Level) (some []judged, all int) {
	for _, j := range h.series {
		if j.levels.At(level) == nil || 10*j.values < 9*h.instants {
			continue
		}
		all++
		if j.beyond[level] == j.values {
			some = append(some, j)
		}
	}
	return some, all
}

// nearest returns the value that came nearest to the bound of a series' lowest level; false
// if one was beyond, or if there is nothing to compare.
func (h *record) nearest() (value, bound float64, ok bool) {
	least := math.Inf(1)
	for _, j := range h.series {
		l := j.levels.Warn
		if l == nil {
			l = j.levels.Error
		}
		if l == nil {
			continue
		}
		if j.beyond[rules.Warn] > 0 || j.beyond[rules.Error] > 0 {
			return 0, 0, false
		}
		for _, v := range j.Values {
			b := l.Threshold.Bound(v)
			if d := math.Abs(b - v); d < least {
				least, value, bound, ok = d, v, b, true
			}
		}
	}
	return value, bound, ok
}

func (in *inspection) quantity(v float64) message.Quantity {
	return message.Quantity{Float: v, Unit: in.Rule.Unit}
}

// level returns where the bound of a level stands.
func (in *inspection) level(l rules.Level) file.Place {
	paths := [][]string{{l.String()}}
	if own := in.Rule.Levels.At(l); own != nil {
		paths = append([][]string{{l.String(), own.Threshold.Side.String()}}, paths...)
	}
	for _, path := range paths {
		if at, ok := in.At(path...); ok {
			return at
		}
	}
	return in.Name()
}
