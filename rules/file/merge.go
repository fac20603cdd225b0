package file

import (
	"math"

	"tocsin/rules"
)

// A level is a level whose numbers are read, and which may still lack what it
// inherits.
type level struct {
	pos
	off     bool
	illegal bool
	bound   pos
	side    rules.Side // Present: a bare number, or nothing
	values  []num
	clear   []num
	hold    debounce
	keep    span
}

// A num is a number with its place.
type num struct {
	pos
	v float64
}

// live reports whether somebody wants the level.
func (l level) live() bool { return l.set() && !l.off }

// cook reads the numbers of a level.
func cook(raw rawLevel, unit rules.Unit) level {
	l := level{
		pos: raw.pos, off: raw.off, illegal: raw.illegal,
		bound: raw.bound.pos, side: raw.bound.side, hold: raw.hold, keep: raw.keep,
	}
	for _, t := range raw.bound.values {
		if n, q, ok := t.number(unit); ok {
			l.values = append(l.values, n)
			hintRatio(n, q, unit)
		} else {
			l.illegal = true
		}
	}
	for _, t := range raw.clear {
		if n, _, ok := t.number(unit); ok {
			l.clear = append(l.clear, n)
		} else {
			l.illegal = true
		}
	}
	return l
}

func (t text) number(unit rules.Unit) (num, quantity, bool) {
	q, err := parseQuantity(t.s, unit)
	if err != nil {
		t.bad(err.code, "%s", err.text).Hint = err.hint
		return num{}, q, false
	}
	return num{t.pos, q.value}, q, true
}

// hintRatio warns of 70 where 0.7 is meant.
func hintRatio(n num, q quantity, unit rules.Unit) {
	if unit == rules.Ratio && q.bare && n.v >= 1 {
		n.warn(CodeLargeRatio, "%v on a ratio is %v %%: is it meant?", n.v, n.v*100).
			Hint = "write a percentage with its sign, such as 70%"
	}
}

// under returns the level with what another one says laid over it: what that
// does not name is inherited. A bare number moves the bound and scales clear by
// the same ratio.
func (l level) under(over level) level {
	if !over.set() {
		return l
	}
	if over.off {
		return over
	}
	out := l
	out.pos, out.off, out.illegal = over.pos, false, l.illegal || over.illegal
	switch {
	case len(over.values) == 0:
	case over.side == rules.Present:
		out.move(over)
	default:
		if over.side != l.side {
			out.clear = nil
		}
		out.bound, out.side, out.values = over.bound, over.side, over.values
	}
	if over.clear != nil {
		out.clear = over.clear
	}
	if over.hold.set() {
		out.hold = over.hold
	}
	if over.keep.set() {
		out.keep = over.keep
	}
	return out
}

// move lays a bare number over the one bound that is there.
func (l *level) move(over level) {
	if len(l.values) != 1 {
		over.bound.bad(CodeThreshold, "a bare number replaces the one bound of a level, and here is none to replace").
			Hint = "say the side: above 5, or {above: 5}"
		l.illegal = true
		return
	}
	old, now := l.values[0].v, over.values[0]
	if len(l.clear) == 1 {
		v := scaled(l.clear[0].v, old, now.v)
		if math.IsInf(v, 0) {
			over.bound.bad(CodeNumber, "clear would be out of range")
			l.illegal = true
			return
		}
		l.clear = []num{{now.pos, v}}
	}
	l.bound, l.values = over.bound, over.values
}

// scaled moves a clear value as its bound moves. From a bound of 0 there is no
// ratio: then the distance is kept.
func scaled(v, old, now float64) float64 {
	if v == old {
		return now
	}
	if old == 0 {
		return now + v
	}
	return v * now / old
}

// finish makes the rule of a level; nil if there is none, or it is wrong.
func (l level) finish() *rules.LevelRule {
	if !l.live() || l.illegal {
		return nil
	}
	if len(l.values) == 0 || l.side == rules.Present {
		l.bad(CodeThreshold, "a level needs a threshold: above, below or outside").Hint = levelHint()
		return nil
	}
	t, ok := l.threshold()
	if !ok {
		return nil
	}
	return &rules.LevelRule{Threshold: t, For: l.hold.d, Votes: l.hold.votes, KeepFiringFor: l.keep.d}
}

func (l level) threshold() (rules.Threshold, bool) {
	cl := l.clear
	if cl == nil {
		cl = l.values
	}
	if len(cl) != len(l.values) {
		cl[0].bad(CodeThreshold, "clear has as many numbers as %s", l.side)
		return rules.Threshold{}, false
	}
	t := rules.Threshold{Side: l.side}
	switch l.side {
	case rules.Above:
		t.High, t.ClearHigh = l.values[0].v, cl[0].v
		return t, cl[0].onSide(t.ClearHigh <= t.High, "above", "below")
	case rules.Below:
		t.Low, t.ClearLow = l.values[0].v, cl[0].v
		return t, cl[0].onSide(t.ClearLow >= t.Low, "below", "above")
	case rules.Outside:
		t.Low, t.High = l.values[0].v, l.values[1].v
		t.ClearLow, t.ClearHigh = cl[0].v, cl[1].v
		return t, l.ordered(t, cl)
	case rules.Present:
	}
	return t, false
}

func (n num) onSide(ok bool, wrong, right string) bool {
	if !ok {
		n.bad(CodeClearSide, "clear is beyond the threshold: what fires %s it is over on the other side", wrong).
			Hint = "clear lies at the threshold or " + right + " it"
	}
	return ok
}

func (l level) ordered(t rules.Threshold, cl []num) bool {
	if t.Low >= t.High {
		l.bound.bad(CodeThreshold, "outside takes the lower number first")
		return false
	}
	if t.ClearLow < t.Low || t.ClearHigh > t.High || t.ClearLow > t.ClearHigh {
		cl[0].bad(CodeClearSide, "clear must lie inside the bounds, the lower number first")
		return false
	}
	return true
}

// nested checks that error is not easier to reach than warn.
func nested(at pos, levels rules.Levels) {
	w, e := levels.Warn, levels.Error
	if w == nil || e == nil {
		return
	}
	if w.Threshold.Side != e.Threshold.Side {
		at.bad(CodeThreshold, "warn is %s and error is %s: both levels look at the same side",
			w.Threshold.Side, e.Threshold.Side)
		return
	}
	d := beyond(e.Threshold, w.Threshold)
	switch {
	case d < 0:
		at.bad(CodeStricter, "error (%s) is reached before warn (%s)", e.Threshold, w.Threshold).
			Hint = "error lies beyond warn; were they swapped?"
	case d == 0 && e.Votes == w.Votes && e.For <= w.For:
		at.warn(CodeHiddenWarn, "error is reached whenever warn is, so nobody ever sees warn").
			Hint = "move one of them, or give error a longer for"
	}
}

// beyond returns 1 if a is farther out than b, 0 if they are equal, and -1 if
// any of its bounds is nearer.
func beyond(a, b rules.Threshold) int {
	low, high := b.Low-a.Low, a.High-b.High
	switch {
	case low < 0 || high < 0:
		return -1
	case low > 0 || high > 0:
		return 1
	}
	return 0
}
