package evaluator

import (
	"math"

	"tocsin/rules"
)

// A verdict is what one observation says about one level.
type verdict uint8

// The verdicts. unknown holds everything; band is neither a breach nor beyond
// the clear value.
const (
	unknown verdict = iota
	breached
	band
	cleared
)

// A sight is what one answer tells of one instance.
type sight struct {
	now
	// partial, empty: the answer may lack series; it has none at all.
	partial, empty bool
	// present says that the instance is in the answer, with value.
	present bool
	value   float64
	// lapsed says that there is no value, and that the rule takes this for clear.
	lapsed bool
}

// lapse finds out whether the rule takes what it sees for clear, for want of a
// value. A partial answer shows nothing missing.
func (g sight) lapse(r *rules.Rule) sight {
	switch {
	case r.Kind != rules.ThresholdRule || !g.good():
	case g.present:
		g.lapsed = math.IsNaN(g.value) && r.Absent.Then == rules.ThenClear
	case g.empty:
		g.lapsed = r.NoData.Then == rules.ThenClear
	default:
		g.lapsed = r.Absent.Then == rules.ThenClear
	}
	return g
}

// good says that what is missing from the answer is really missing.
func (g sight) good() bool { return !g.partial }

// judge decides what a sight says about a level.
func judge(r *rules.LevelRule, g sight) verdict {
	if r == nil {
		return unknown
	}
	t := r.Threshold
	switch {
	case g.lapsed:
		return cleared
	case !g.present:
		return judgeMissing(t, g)
	case breaches(t, g):
		return breached
	case g.partial || math.IsNaN(g.value):
		return unknown
	case t.Cleared(g.value):
		return cleared
	}
	return band
}

// judgeMissing: to a presence rule a series that isn't there is clear, if the
// answer is whole; to a threshold it is nothing.
func judgeMissing(t rules.Threshold, g sight) verdict {
	if t.Side == rules.Present && g.good() {
		return cleared
	}
	return unknown
}

// breaches reports whether a sight counts as a breach. What an answer lacks can
// only make a value smaller, so a partial one is believed above a threshold and
// nowhere else.
func breaches(t rules.Threshold, g sight) bool {
	if !t.Breached(g.value) {
		return false
	}
	return g.good() || t.Side == rules.Above || t.Side == rules.Present
}

// worst returns the highest level that a sight breaches.
func worst(levels rules.Levels, g sight) rules.Level {
	switch {
	case levels.Error != nil && breaches(levels.Error.Threshold, g):
		return rules.Error
	case levels.Warn != nil && breaches(levels.Warn.Threshold, g):
		return rules.Warn
	}
	return rules.OK
}
