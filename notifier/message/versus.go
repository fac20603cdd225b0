package message

import (
	"math"
	"strconv"
	"strings"

	"tocsin/evaluator"
	"tocsin/rules"
)

// mostDigits tells any two float64 apart.
const mostDigits = 17

// versus sets a value against the threshold that decided: "412 ms > 300 ms"
// while it is beyond it, "240 ms (threshold 300 ms)" while it isn't, the value
// alone where there is no threshold. It is empty where there is no value either.
func versus(a *evaluator.Alert) string {
	value, bound := quantities(a)
	switch {
	case whole(a):
		return versusWhole(a)
	case a.Reason == evaluator.ReasonAbsent, a.Reason == evaluator.ReasonNoData:
		return "no data"
	case a.Side == rules.Present:
		return value.String()
	}
	v, b := apart(value, bound)
	switch {
	case beyondHigh(a) && value.Float > bound.Float:
		return v + " > " + b
	case beyondLow(a) && value.Float < bound.Float:
		return v + " < " + b
	}
	return v + " (threshold " + b + ")"
}

// whole reports whether an alert is about a rule as a whole, a source or tocsin:
// it has no value, whatever number its field holds. No series has such a key.
func whole(a *evaluator.Alert) bool {
	return strings.HasPrefix(a.Instance, "!") || strings.HasPrefix(a.Rule, "!")
}

// versusWhole is what stands in place of a value there: only for missing data
// can it be said in a word.
func versusWhole(a *evaluator.Alert) string {
	switch {
	case a.Instance != "!no_data":
		return ""
	case a.Reason == evaluator.Recovered:
		return "data again"
	}
	return "no data"
}

func quantities(a *evaluator.Alert) (value, bound Quantity) {
	if whole(a) {
		none := Quantity{math.NaN(), a.Unit}
		return none, none
	}
	return Quantity{float64(a.Value), a.Unit}, Quantity{float64(a.Bound), a.Unit}
}

func beyondHigh(a *evaluator.Alert) bool { return a.Side == rules.Above || a.Side == rules.Outside }
func beyondLow(a *evaluator.Alert) bool  { return a.Side == rules.Below || a.Side == rules.Outside }

// apart writes two quantities with as many digits as it takes to see that they
// differ: nobody should read "300 ms > 300 ms".
func apart(a, b Quantity) (string, string) {
	if a.Float == b.Float || math.IsNaN(a.Float) || math.IsNaN(b.Float) {
		return a.String(), b.String()
	}
	for digits := shortest; digits <= mostDigits; digits++ {
		if x, y := a.text(digits), b.text(digits); x != y {
			return x, y
		}
	}
	return a.exact(), b.exact()
}

// exact writes the number as it is: the scaling to milliseconds or percent can
// make two neighbours one.
func (q Quantity) exact() string {
	return strings.TrimSpace(strconv.FormatFloat(q.Float, 'g', -1, 64) + " " + Clean(string(q.Unit)))
}
