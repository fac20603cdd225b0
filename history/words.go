package history

import (
	"fmt"
	"math"
	"strings"
	"time"

	"tocsin/evaluator"
	"tocsin/notifier/message"
	"tocsin/rules"
)

func quantity(v rules.Number, unit rules.Unit) string {
	return message.Quantity{Float: float64(v), Unit: unit}.String()
}

// thresholdText writes a threshold with its unit.
func thresholdText(t rules.Threshold, unit rules.Unit) string {
	low, high := quantity(rules.Number(t.Low), unit), quantity(rules.Number(t.High), unit)
	switch t.Side {
	case rules.Above:
		return "above " + high
	case rules.Below:
		return "below " + low
	case rules.Outside:
		return "outside " + low + " to " + high
	case rules.Present:
	}
	return "whenever the query returns it"
}

// clearText writes when a threshold is clear again; empty where that needs no
// words.
func clearText(t rules.Threshold, unit rules.Unit) string {
	low, high := quantity(rules.Number(t.ClearLow), unit), quantity(rules.Number(t.ClearHigh), unit)
	switch t.Side {
	case rules.Above:
		return "at or below " + high
	case rules.Below:
		return "at or above " + low
	case rules.Outside:
		return "within " + low + " to " + high
	case rules.Present:
	}
	return "when it is gone"
}

// versus writes the value of a change against its bound; empty where there is no
// value.
func versus(a *evaluator.Alert) string {
	switch {
	case math.IsNaN(float64(a.Value)) || strings.HasPrefix(a.Instance, "!") || strings.HasPrefix(a.Rule, "!"):
		return ""
	case a.Reason == evaluator.ReasonAbsent || a.Reason == evaluator.ReasonNoData:
		return "no data"
	case a.Side == rules.Present:
		return quantity(a.Value, a.Unit)
	}
	v, b := quantity(a.Value, a.Unit), quantity(a.Bound, a.Unit)
	switch {
	case a.Value > a.Bound && a.Side != rules.Below:
		return v + " > " + b
	case a.Value < a.Bound && a.Side != rules.Above:
		return v + " < " + b
	}
	return v + " (threshold " + b + ")"
}

// ago writes a time with how long before another it was.
func ago(t, now time.Time) string {
	text := clock(t, now)
	switch d := now.Sub(t); {
	case d < -time.Second:
		return text + ", in " + message.Duration(-d)
	case d < time.Second:
		return text + ", now"
	default:
		return text + ", " + message.Duration(d) + " ago"
	}
}

// clock writes a time of day, with its date unless it is today's.
func clock(t, now time.Time) string {
	if t.YearDay() == now.YearDay() && t.Year() == now.Year() {
		return t.Format("15:04:05") + " UTC"
	}
	return t.Format("2006-01-02 15:04:05") + " UTC"
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}
