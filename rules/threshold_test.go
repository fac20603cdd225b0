package rules_test

import (
	"encoding/json"
	"math"
	"testing"

	"pgregory.net/rapid"

	"tocsin/rules"
)

func TestThreshold(t *testing.T) {
	above := rules.Threshold{Side: rules.Above, High: 5, ClearHigh: 3}
	below := rules.Threshold{Side: rules.Below, Low: 5, ClearLow: 7}
	outside := rules.Threshold{Side: rules.Outside, Low: 1, High: 5, ClearLow: 2, ClearHigh: 4}
	for _, c := range []struct {
		why               string
		t                 rules.Threshold
		v                 float64
		breached, cleared bool
		bound             float64
	}{
		{"the bound itself is well", above, 5, false, false, 5},
		{"beyond the bound", above, 5.1, true, false, 5},
		{"in the band", above, 4, false, false, 5},
		{"the clear value itself is clear", above, 3, false, true, 5},
		{"infinity is beyond", above, math.Inf(1), true, false, 5},
		{"NaN is nowhere", above, math.NaN(), false, false, 5},
		{"below mirrors it", below, 4.9, true, false, 5},
		{"below: the bound is well", below, 5, false, false, 5},
		{"below: clear from its value on", below, 7, false, true, 5},
		{"outside, low", outside, 0, true, false, 1},
		{"outside, high", outside, 6, true, false, 5},
		{"outside, in a band", outside, 1.5, false, false, 1},
		{"outside, clear", outside, 3, false, true, 5},
		{"presence: whatever the value", rules.Threshold{}, 0, true, false, 0},
	} {
		if got := c.t.Breached(c.v); got != c.breached {
			t.Errorf("%s: breached is %v", c.why, got)
		}
		if got := c.t.Cleared(c.v); got != c.cleared {
			t.Errorf("%s: cleared is %v", c.why, got)
		}
		if got := c.t.Bound(c.v); got != c.bound {
			t.Errorf("%s: bound is %v", c.why, got)
		}
	}
}

// No value is breached and clear at once.
func TestBreachedIsNeverCleared(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		low := rapid.Float64Range(-100, 100).Draw(t, "low")
		width := rapid.Float64Range(0, 100).Draw(t, "width")
		th := rules.Threshold{
			Side: rapid.SampledFrom([]rules.Side{rules.Above, rules.Below, rules.Outside}).Draw(t, "side"),
			Low:  low, High: low + width, ClearLow: low + width/3, ClearHigh: low + width/2,
		}
		v := rapid.Float64().Draw(t, "v")
		if th.Breached(v) && th.Cleared(v) {
			t.Fatalf("%v of %+v", v, th)
		}
	})
}

// Numbers survive JSON, NaN and infinities included.
func TestNumberThroughJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := rules.Number(rapid.OneOf(rapid.Float64(), rapid.SampledFrom([]float64{math.NaN(), math.Inf(1), math.Inf(-1), 0})).Draw(t, "v"))
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		var got rules.Number
		if err := json.Unmarshal(b, &got); err != nil || got != v && !(math.IsNaN(float64(got)) && math.IsNaN(float64(v))) {
			t.Fatalf("%v is %s is %v (%v)", v, b, got, err)
		}
	})
}

func TestLevelThroughText(t *testing.T) {
	for _, l := range []rules.Level{rules.OK, rules.Warn, rules.Error} {
		if got, err := rules.ParseLevel(l.String()); err != nil || got != l {
			t.Errorf("%v: %v %v", l, got, err)
		}
	}
	if _, err := rules.ParseLevel("critical"); err == nil {
		t.Error("critical is no level")
	}
}
