package backtest

import (
	"fmt"
	"slices"

	"tocsin/rules"
)

// vary is a configuration with nothing but a variant of one rule.
func vary(cfg *rules.Config, rule *rules.Rule, level rules.Level, v Variant) *rules.Config {
	one := *rule
	one.Revision = fmt.Sprint(v)
	one.Levels = v.in(rule.Levels, rule.Levels, level)
	one.Overrides = slices.Clone(rule.Overrides)
	for i := range one.Overrides {
		o := &one.Overrides[i]
		o.Levels = v.in(o.Levels, rule.Levels, level)
	}
	out := *cfg
	out.Rules = []*rules.Rule{&one}
	return &out
}

// in puts the variant in place of a level of a rule, or of what an override has of
// it.
func (v Variant) in(levels, base rules.Levels, level rules.Level) rules.Levels {
	l, was := levels.At(level), base.At(level)
	if l == nil {
		return levels // it is off
	}
	out := *l
	if l.For == was.For && l.Votes == was.Votes {
		out.For, out.Votes = v.For, v.Votes
	}
	out.Threshold = inherit(l.Threshold, was.Threshold, v.Threshold)
	if level == rules.Error {
		levels.Error = &out
	} else {
		levels.Warn = &out
	}
	return levels
}

// inherit is what becomes of a threshold of an override when that of the rule, which
// was another one, changes: what is the same in both was not named.
func inherit(over, was, is rules.Threshold) rules.Threshold {
	if over.Side != was.Side {
		return over
	}
	out := over
	if over.High == was.High && over.Low == was.Low {
		out.High, out.Low = is.High, is.Low
	}
	switch {
	case over.ClearHigh == was.ClearHigh && over.ClearLow == was.ClearLow, !gapped(over) && !gapped(was):
	default:
		return out
	}
	out.ClearHigh, out.ClearLow = out.High, out.Low
	if gapped(is) {
		out.ClearHigh, out.ClearLow = is.ClearHigh, is.ClearLow
	}
	return out
}

// gapped reports whether clear lies apart from the threshold.
func gapped(t rules.Threshold) bool { return t.ClearHigh != t.High || t.ClearLow != t.Low }

// Fits reports whether a variant may stand in the rule: in it, and in each of its
// overrides, clear is on the calm side, and error is not reached before warn.
func Fits(rule *rules.Rule, level rules.Level, v Variant) bool {
	all := []rules.Levels{v.in(rule.Levels, rule.Levels, level)}
	for _, o := range rule.Overrides {
		all = append(all, v.in(o.Levels, rule.Levels, level))
	}
	return !slices.ContainsFunc(all, func(l rules.Levels) bool {
		return l.Warn != nil && !calm(l.Warn.Threshold) || l.Error != nil && !calm(l.Error.Threshold) ||
			l.Warn != nil && l.Error != nil && !beyond(l.Error.Threshold, l.Warn.Threshold)
	})
}

// calm reports whether clear is on the calm side of a threshold.
func calm(t rules.Threshold) bool {
	switch t.Side {
	case rules.Above:
		return t.ClearHigh <= t.High
	case rules.Below:
		return t.ClearLow >= t.Low
	case rules.Outside:
		return t.Low < t.High && t.ClearLow >= t.Low && t.ClearHigh <= t.High && t.ClearLow <= t.ClearHigh
	case rules.Present:
	}
	return true
}

// beyond reports whether no bound of a threshold is nearer than that of another.
func beyond(a, b rules.Threshold) bool {
	switch a.Side {
	case rules.Above:
		return a.High >= b.High
	case rules.Below:
		return a.Low <= b.Low
	case rules.Outside, rules.Present:
	}
	return a.High >= b.High && a.Low <= b.Low
}
