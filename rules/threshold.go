package rules

import (
	"fmt"
	"strconv"
	"time"
)

// A Side says on which side of its bounds a threshold is breached.
type Side uint8

// The sides. Present belongs to presence rules: a sample is a breach, whatever
// its value.
const (
	Present Side = iota
	Above
	Below
	Outside
)

// String returns present, above, below or outside.
func (s Side) String() string {
	switch s {
	case Present:
		return "present"
	case Above:
		return "above"
	case Below:
		return "below"
	case Outside:
		return "outside"
	}
	return fmt.Sprintf("Side(%d)", uint8(s))
}

// A Threshold compares a value with its bounds. Above uses High and ClearHigh,
// Below uses Low and ClearLow, Outside all four. Between a bound and its clear
// value lies the band in which a firing level holds.
type Threshold struct {
	Side                Side
	Low, High           float64
	ClearLow, ClearHigh float64
}

// Breached reports whether v is beyond the threshold. NaN never is; infinities
// compare as numbers.
func (t Threshold) Breached(v float64) bool {
	switch t.Side {
	case Present:
		return true
	case Above:
		return v > t.High
	case Below:
		return v < t.Low
	case Outside:
		return v > t.High || v < t.Low
	}
	return false
}

// Cleared reports whether v is back beyond the clear value, so that a firing
// level may begin to recover. It is never true of NaN.
func (t Threshold) Cleared(v float64) bool {
	switch t.Side {
	case Present:
		return false
	case Above:
		return v <= t.ClearHigh
	case Below:
		return v >= t.ClearLow
	case Outside:
		return v >= t.ClearLow && v <= t.ClearHigh
	}
	return false
}

// Bound returns the bound that v is judged against: the only one, or the nearer
// of the two of Outside.
func (t Threshold) Bound(v float64) float64 {
	switch t.Side {
	case Below:
		return t.Low
	case Outside:
		if v-t.Low < t.High-v {
			return t.Low
		}
		return t.High
	case Above:
		return t.High
	case Present:
	}
	return 0
}

// String writes the threshold as a rule file would, without units.
func (t Threshold) String() string {
	f := func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
	switch t.Side {
	case Above:
		return "above " + f(t.High)
	case Below:
		return "below " + f(t.Low)
	case Outside:
		return "outside " + f(t.Low) + " to " + f(t.High)
	case Present:
	}
	return "present"
}

// Votes is the debounce `for: 3 of 5`: fire when at least Need of the last Of
// observed evaluations breached and the latest did. The zero value is no votes.
// Of is at most 64.
type Votes struct{ Need, Of int }

// A LevelRule is what one level of a rule asks before it fires and before it is
// over.
type LevelRule struct {
	Threshold     Threshold
	For           time.Duration // 0 fires at once; unused with Votes
	Votes         Votes
	KeepFiringFor time.Duration
}

// Levels holds the rule of each level; nil where there is none.
type Levels struct{ Warn, Error *LevelRule }

// At returns the rule of l, nil for OK or for a level that is not there.
func (l Levels) At(level Level) *LevelRule {
	switch level {
	case Warn:
		return l.Warn
	case Error:
		return l.Error
	case OK:
	}
	return nil
}
