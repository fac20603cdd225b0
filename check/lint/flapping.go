package lint

import (
	"tocsin/rules"
	"tocsin/rules/file"
)

// flapping finds the first level that nothing damps: whatever crosses its bound raises
// it, and whatever crosses back ends it. Where flapping is told apart (the default),
// only values that move all the time are meant.
func (l *linter) flapping(w file.Written) {
	off := w.Rule.Flap.Raises == 0
	if w.Expr.Counts() || !off && !w.Expr.Noisy() {
		return
	}
	for _, p := range parts(w) {
		if !undamped(w, p.rule) {
			continue
		}
		at, hint := w.Name(), "give it for: 5m or keep_firing_for, or thresholds with a gap to clear"
		if w.Rule.Kind == rules.ThresholdRule {
			at, hint = p.place(w), "leave a gap between the bound and clear, or ask for 3 of 5"
		}
		l.say(at.Warn(file.CodeFlapping, "nothing damps %s: no gap to clear, no for, no keep_firing_for", p.level), hint)
		return
	}
}

func undamped(w file.Written, r *rules.LevelRule) bool {
	if r.For > 0 || r.Votes.Need > 1 || r.KeepFiringFor > 0 {
		return false
	}
	t := r.Threshold
	switch t.Side {
	case rules.Above: // what is 0 or not does not wobble
		return t.High == t.ClearHigh && t.High != 0
	case rules.Below:
		return t.Low == t.ClearLow && t.Low != 0
	case rules.Outside:
		return t.Low == t.ClearLow || t.High == t.ClearHigh
	case rules.Present:
		number, ok := w.Expr.Compared()
		return ok && number != 0
	}
	return false
}
