package file

import (
	"slices"
	"strings"
	"time"

	amlabels "github.com/prometheus/alertmanager/pkg/labels"

	"tocsin/rules"
)

// levels makes the levels of a threshold rule, and those of its overrides.
func (b *builder) levels(raw *rawRule, r *rules.Rule) {
	warn, err := raw.base(raw.warn, r.Unit), raw.base(raw.error, r.Unit)
	for _, layer := range b.layers {
		for _, t := range layer.of(raw, r) {
			warn = warn.under(cook(t.warn, r.Unit))
			err = err.under(cook(t.error, r.Unit))
		}
	}
	r.Levels = finish(warn, err, err.bound)
	if !warn.live() && !err.live() {
		raw.bad(CodeThreshold, "both levels are off: nothing is left of the rule")
	}
	for _, o := range raw.overrides {
		ms := parseMatchers(o.match)
		if o.warn.set() || o.error.set() {
			w, e := warn.under(cook(o.warn, r.Unit)), err.under(cook(o.error, r.Unit))
			at := e.bound
			if !o.error.set() {
				at = w.bound
			}
			r.Overrides = append(r.Overrides, rules.Override{Match: ms, Levels: finish(w, e, at)})
			continue
		}
		o.bad(CodeMissing, "an override changes warn or error, and this one changes nothing")
	}
}

// base is a level with what the rule as a whole says about it.
func (r *rawRule) base(raw rawLevel, unit rules.Unit) level {
	l := cook(raw, unit)
	if !l.hold.set() {
		l.hold = r.hold
	}
	if !l.keep.set() {
		l.keep = r.keep
	}
	return l
}

// finish makes both levels; what is wrong between them is said at a place.
func finish(warn, err level, at pos) rules.Levels {
	levels := rules.Levels{Warn: warn.finish(), Error: err.finish()}
	nested(at, levels)
	return levels
}

// presence makes the one level of a presence rule.
func (b *builder) presence(raw *rawRule, r *rules.Rule) {
	for _, e := range []struct {
		key string
		at  pos
	}{{"no_data", raw.noData.pos}, {"absent", raw.absent.pos}, {"expect", raw.expect.pos}} {
		if e.at.set() {
			e.at.bad(CodeConflict, "%s needs a rule with thresholds: to a presence rule a series that is not there is well", e.key).
				Hint = "move the comparison out of expr into warn and error"
		}
	}
	for _, o := range raw.overrides {
		o.bad(CodeConflict, "overrides change thresholds, and this rule has none")
	}
	for _, layer := range b.layers {
		for _, t := range layer.of(raw, r) {
			t.bad(CodeAlert, "%q has no thresholds: its comparison is inside its expression", short(r.Alert))
		}
	}
	level := &rules.LevelRule{
		Threshold: rules.Threshold{Side: rules.Present},
		For:       raw.hold.d, Votes: raw.hold.votes, KeepFiringFor: raw.keep.d,
	}
	if b.severe(raw) {
		r.Levels.Error = level
	} else {
		r.Levels.Warn = level
	}
}

// severe reports whether the severity label of a presence rule means error.
func (b *builder) severe(raw *rawRule) bool {
	for _, e := range raw.allLabels() {
		if e.name != severityLabel {
			continue
		}
		if strings.Contains(e.value.s, "{{") {
			e.value.warn(CodeSeverity, "severity is a template, so the level of the rule is not known here: it is warn")
		}
		return slices.Contains(b.def.ErrorSeverity, e.value.s)
	}
	return false
}

// parseMatchers reads all matchers of a list of texts.
func parseMatchers(list []text) amlabels.Matchers {
	var all amlabels.Matchers
	for _, t := range list {
		all = append(all, matchers(t)...)
	}
	return all
}

// lack fills in what follows on missing data, flapping and too much of it.
func (b *builder) lack(raw *rawRule, r *rules.Rule) {
	r.Limit = raw.group.limit.n
	if raw.limit.set() {
		r.Limit = raw.limit.n
	}
	r.Flap = raw.flap.build()
	if r.Kind == rules.PresenceRule {
		return
	}
	after := max(3*r.Pace(), 5*time.Minute)
	r.Absent = rules.Absent{Then: raw.absent.consequence(rules.ThenResolve)}
	r.Absent.After = raw.absent.patience(r.Absent.Then, after)
	r.NoData = rules.NoData{Then: raw.noData.consequence(rules.ThenWarn)}
	r.NoData.After = raw.noData.patience(r.NoData.Then, 10*time.Minute)
}

// patience is how long missing data are waited for before what follows does.
func (m rawMissing) patience(then rules.Then, otherwise time.Duration) time.Duration {
	if then != rules.ThenClear {
		return m.after.or(otherwise)
	}
	if m.after.set() {
		m.after.bad(CodeConflict, "clear does not wait: what is missing is clear at once").
			Hint = "leave after out, or choose keep to wait and do nothing"
	}
	return 0
}

// consequence is what the word of then stands for.
func (m rawMissing) consequence(otherwise rules.Then) rules.Then {
	if !m.then.set() {
		return otherwise
	}
	switch m.then.s {
	case "keep":
		return rules.ThenKeep
	case "warn":
		return rules.ThenWarn
	case "error":
		return rules.ThenError
	case "clear":
		return rules.ThenClear
	}
	return rules.ThenResolve
}

// maxRaises is how many raises a ring remembers.
const maxRaises = 16

func (f rawFlap) build() rules.Flap {
	if f.off {
		return rules.Flap{}
	}
	out := rules.Flap{Raises: 4, Within: f.within.or(time.Hour)}
	if f.raises.set() {
		out.Raises = f.raises.n
		if f.raises.n < 2 || f.raises.n > maxRaises {
			f.raises.bad(CodeNumber, "raises is a number from 2 to %d", maxRaises).Hint = "flap: off switches it off"
		}
	}
	return out
}
