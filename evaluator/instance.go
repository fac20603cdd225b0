package evaluator

import (
	"slices"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"tocsin/rules"
)

// An instance is a series of a rule that has state, or an alert about the rule
// as a whole.
type instance struct {
	key    string
	notice notice // noNotice: a series
	series labels.Labels
	levels rules.Levels // that apply to the series
	state  state
	// alert is what others were last told, nil while there is none. They have it
	// too: it is replaced, never changed.
	alert *Alert
	expr  string // key of the expression that the series came from

	raw    string // the series as the source wrote it last, "" until seen
	bound  bool   // raw is in the index
	value  float64
	seenAt model.Time

	tick   uint64 // of the last answer that had it
	place  int    // in Machine.active
	dirty  bool   // its row is behind
	stored bool   // it has a row
}

// open reports whether an episode is going on.
func (i *instance) open() bool { return i.alert != nil }

// about brings what an alert says of its rule up to date and reports whether
// that changed it.
func (i *instance) about(r *rules.Rule) bool {
	was, a := i.alert, *i.alert
	i.describe(&a, r)
	if was.Source == a.Source && was.Expr == a.Expr && was.Unit == a.Unit && was.Has == a.Has &&
		slices.Equal(was.Annotations, a.Annotations) {
		return false
	}
	i.alert = &a
	return true
}

// describe writes into an alert what it says of its rule. A rule without an
// expression is known by its key alone, and nothing can be said of it.
func (i *instance) describe(a *Alert, r *rules.Rule) {
	if r.Expr == "" {
		return
	}
	a.Source, a.Expr = r.Source, r.Expr
	a.Has |= 1 << i.state.forced &^ 1
	if i.notice == noNotice {
		a.Unit, a.Annotations = r.Unit, r.Annotations
		a.Has |= hasLevels(i.levels)
	}
}

// hasLevels returns the set of levels that there are rules for.
func hasLevels(ls rules.Levels) (has uint8) {
	for _, l := range []rules.Level{rules.Warn, rules.Error} {
		if ls.At(l) != nil {
			has |= 1 << l
		}
	}
	return has
}

// judge writes the value and the threshold into an alert: that of its level, or of
// the level that it left when it is over. Missing data have no value; a change
// that no data made keeps the one before.
func (i *instance) judge(a *Alert, l rules.Level, v move) {
	switch {
	case v.sight.present:
		a.Value = rules.Number(v.sight.value)
	case v.reason == ReasonAbsent || v.reason == ReasonNoData:
		a.Value = rules.Number(noValue())
	}
	a.Current = a.Value
	if r := i.levels.At(l); r != nil {
		a.Bound, a.Side = rules.Number(r.Threshold.Bound(float64(a.Value))), r.Threshold.Side
	}
}

// current returns the value to show now: that of the last observation, or that
// of the last change if there was none since the start.
func (i *instance) current() rules.Number {
	if i.tick == 0 {
		return i.alert.Value
	}
	return rules.Number(i.value)
}
