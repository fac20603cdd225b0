package notifier

import (
	"math/bits"

	"tocsin/rules"
)

// said is the set of states in which a receiver may believe an alert to be. A
// message that was delivered leaves one state; one with an unknown outcome adds
// its state to those before. A state is a level and whether it flaps.
type said uint8

// nothing is the set of those who were told nothing, or that it is over.
const nothing said = 1

// states are all that a receiver may believe.
const states = nothing | 1<<(2*rules.Warn) | 1<<(2*rules.Warn+1) | 1<<(2*rules.Error) | 1<<(2*rules.Error+1)

// saying is the state that a message puts a receiver in.
func saying(l rules.Level, flapping bool) said {
	if l == rules.OK {
		return nothing
	}
	if flapping {
		return 1 << (2*l + 1)
	}
	return 1 << (2 * l)
}

// maybeNothing reports whether the receiver may know nothing of the alert.
func (s said) maybeNothing() bool { return s&nothing != 0 }

func (s said) lowest() rules.Level { return level(bits.TrailingZeros8(uint8(s)) / 2) }

func (s said) highest() rules.Level { return level((bits.Len8(uint8(s)) - 1) / 2) }

func level(n int) rules.Level {
	switch n {
	case 1:
		return rules.Warn
	case 2:
		return rules.Error
	}
	return rules.OK
}

// news says what a receiver who believes s has to learn of an alert that fires
// at level l. In doubt it is what would mend the worst mistake.
func (s said) news(l rules.Level, flapping bool) News {
	switch {
	case s.maybeNothing():
		return New
	case s.lowest() < l:
		return Raised
	case s.highest() > l:
		return Lowered
	case s == saying(l, flapping):
		return Same
	case flapping:
		return FlapBegan
	}
	return FlapEnded
}

// was is the level that the news departs from.
func (s said) was(n News, now rules.Level) rules.Level {
	switch n {
	case New:
		return rules.OK
	case Raised:
		return s.lowest()
	case Lowered, Resolved:
		return s.highest()
	case Same, FlapBegan, FlapEnded:
	}
	return now
}
