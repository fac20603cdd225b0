package message_test

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tocsin/evaluator"
	"tocsin/notifier"
	"tocsin/notifier/message"
	"tocsin/rules"
)

func TestQuantity(t *testing.T) {
	for _, c := range []struct {
		why   string
		value float64
		unit  rules.Unit
		want  string
	}{
		{"milliseconds below a second", 0.4123, rules.Seconds, "412 ms"},
		{"zero has a unit", 0, rules.Seconds, "0 s"},
		{"seconds up to two minutes", 90.4, rules.Seconds, "90.4 s"},
		{"minutes beyond", 300, rules.Seconds, "5m"},
		{"two parts at most", 93784, rules.Seconds, "1d 2h"},
		{"below zero", -300, rules.Seconds, "-5m"},
		{"microseconds", 0.00004, rules.Seconds, "40 µs"},
		{"nanoseconds", 4e-8, rules.Seconds, "40 ns"},
		{"more seconds than a duration holds", 1e12, rules.Seconds, "1000000000000 s"},
		{"a ratio is a percentage", 0.7834, rules.Ratio, "78.3 %"},
		{"a percentage is one already", 78.34, rules.Percent, "78.3 %"},
		{"bytes by 1024", 1288490189, rules.Bytes, "1.2 GiB"},
		{"few bytes", 512, rules.Bytes, "512 B"},
		{"a rate", 12.34, rules.PerSecond, "12.3/s"},
		{"a large rate", 1234, rules.PerSecond, "1.23k/s"},
		{"no unit", 42, rules.NoUnit, "42"},
		{"the integer part is never rounded away", 123456, rules.NoUnit, "123456"},
		{"any word is a unit", 3, "jobs", "3 jobs"},
		{"not a number", math.NaN(), rules.Seconds, "NaN"},
		{"infinity has no unit", math.Inf(1), rules.Ratio, "+Inf"},
		{"nor has its opposite", math.Inf(-1), rules.Ratio, "-Inf"},
		{"tiny numbers keep an exponent", 1.5e-9, rules.NoUnit, "1.5e-09"},
	} {
		if got := (message.Quantity{Float: c.value, Unit: c.unit}).String(); got != c.want {
			t.Errorf("%s: %v %s is %q, want %q", c.why, c.value, c.unit, got, c.want)
		}
	}
}

func TestDuration(t *testing.T) {
	for _, c := range []struct {
		d    time.Duration
		want string
	}{
		{0, "0s"},
		{-time.Minute, "0s"},
		{42 * time.Second, "42s"},
		{5 * time.Minute, "5m"},
		{65 * time.Minute, "1h 5m"},
		{24*time.Hour + time.Second, "1d"},
		{51 * time.Hour, "2d 3h"},
	} {
		if got := message.Duration(c.d); got != c.want {
			t.Errorf("%v is %q, want %q", c.d, got, c.want)
		}
	}
}

func TestVersus(t *testing.T) {
	for _, c := range []struct {
		why   string
		alert evaluator.Alert
		want  string
	}{
		{"beyond above", evaluator.Alert{Value: 0.412, Bound: 0.3, Side: rules.Above, Unit: rules.Seconds}, "412 ms > 300 ms"},
		{"beyond below", evaluator.Alert{Value: 3, Bound: 5, Side: rules.Below, Unit: rules.PerSecond}, "3/s < 5/s"},
		{"outside, above", evaluator.Alert{Value: 9, Bound: 5, Side: rules.Outside}, "9 > 5"},
		{"outside, below", evaluator.Alert{Value: 1, Bound: 5, Side: rules.Outside}, "1 < 5"},
		{"held in the band", evaluator.Alert{Value: 0.28, Bound: 0.3, Side: rules.Above, Unit: rules.Seconds}, "280 ms (threshold 300 ms)"},
		{"so near that three digits would lie", evaluator.Alert{Value: 0.30004, Bound: 0.3, Side: rules.Above, Unit: rules.Seconds}, "300.04 ms > 300 ms"},
		{"so near in minutes", evaluator.Alert{Value: 300.2, Bound: 300, Side: rules.Above, Unit: rules.Seconds}, "300.2 s > 300 s"},
		{"not a number", evaluator.Alert{Value: rules.Number(math.NaN()), Bound: 1, Side: rules.Above}, "NaN (threshold 1)"},
		{"infinity", evaluator.Alert{Value: rules.Number(math.Inf(1)), Bound: 0.05, Side: rules.Above, Unit: rules.Ratio}, "+Inf > 5 %"},
		{"presence has no threshold", evaluator.Alert{Value: 7, Bound: 3, Side: rules.Present}, "7"},
		{"no data has no value", evaluator.Alert{Value: 7, Bound: 3, Side: rules.Above, Reason: evaluator.ReasonNoData}, "no data"},
	} {
		c.alert.Notify = rules.Warn
		m, _ := renderer(t).Render(notifier.Delivery{Level: rules.Warn, Firing: []notifier.Entry{{Alert: &c.alert}}}, 0, nil)
		if got := m.Items[0].Versus; got != c.want {
			t.Errorf("%s: %q, want %q", c.why, got, c.want)
		}
	}
}

// A value beyond its threshold never reads as if it were the threshold.
func TestVersusTellsApart(t *testing.T) {
	r := renderer(t)
	rapid.Check(t, func(t *rapid.T) {
		bound := rapid.Float64Range(-1e9, 1e9).Draw(t, "bound")
		value := math.Nextafter(bound, math.Inf(1))
		if rapid.Bool().Draw(t, "further") {
			value += rapid.Float64Range(0, 1e9).Draw(t, "by")
		}
		unit := rapid.SampledFrom([]rules.Unit{"", rules.Seconds, rules.Bytes, rules.Ratio, rules.Percent, rules.PerSecond, "x"}).Draw(t, "unit")
		if value == bound {
			return // no difference that a float can hold
		}
		a := evaluator.Alert{Value: rules.Number(value), Bound: rules.Number(bound), Side: rules.Above, Unit: unit, Notify: rules.Warn}
		m, _ := r.Render(notifier.Delivery{Level: rules.Warn, Firing: []notifier.Entry{{Alert: &a}}}, 0, nil)
		x, y, ok := cutVersus(m.Items[0].Versus)
		if !ok || x == y {
			t.Fatalf("%v > %v reads %q", value, bound, m.Items[0].Versus)
		}
	})
}

func cutVersus(s string) (string, string, bool) {
	for i := range s {
		if s[i:min(i+3, len(s))] == " > " {
			return s[:i], s[i+3:], true
		}
	}
	return "", "", false
}

// A value that JSON has no number for does not keep a template from writing it.
func TestQuantityAsJSON(t *testing.T) {
	for v, want := range map[float64]string{0.412: `"0.412"`, math.Inf(1): `"+Inf"`} {
		if b, err := json.Marshal(message.Quantity{Float: v}); err != nil || string(b) != want {
			t.Errorf("%v: %s, %v", v, b, err)
		}
	}
}
