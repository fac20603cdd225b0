package file

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tocsin/rules"
)

func TestWriteNumber(t *testing.T) {
	for _, tt := range []struct {
		v    float64
		unit rules.Unit
		want string
	}{
		{0.3, rules.Seconds, "300ms"},
		{1.5, rules.Seconds, "1500ms"},
		{2, rules.Seconds, "2s"},
		{120, rules.Seconds, "2m"},
		{0.7, rules.Ratio, "70%"},
		{0.025, rules.Ratio, "2.5%"},
		{70, rules.Percent, "70%"},
		{5e8, rules.Bytes, "500MB"},
		{2 << 30, rules.Bytes, "2GiB"},
		{70, rules.NoUnit, "70"},
		{1e21, rules.NoUnit, "1e+21"},
		{-3.25, rules.PerSecond, "-3.25"},
		{12, "requests", "12"},
	} {
		if got := WriteNumber(tt.v, tt.unit); got != tt.want {
			t.Errorf("%v %s: %s, want %s", tt.v, tt.unit, got, tt.want)
		}
	}
}

// What is written is read as the same number.
func TestWrittenNumbersAreRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.Float64Range(-1e18, 1e18).Draw(t, "v")
		if rapid.Bool().Draw(t, "plain") {
			v = math.Round(v/1e10) / 1000
		}
		unit := rapid.SampledFrom([]rules.Unit{rules.NoUnit, rules.Seconds, rules.Bytes, rules.Ratio, rules.Percent, rules.PerSecond}).Draw(t, "unit")
		text := WriteNumber(v, unit)
		if got, err := ParseNumber(text, unit); err != nil || got != v {
			t.Fatalf("%v is written %s and read %v (%v)", v, text, got, err)
		}
	})
}

func TestWriteLevel(t *testing.T) {
	for _, tt := range []struct {
		level rules.LevelRule
		want  string
	}{
		{rules.LevelRule{Threshold: rules.Threshold{Side: rules.Above, High: 0.3, ClearHigh: 0.25}, For: 2 * time.Minute}, "{above: 300ms, clear: 250ms, for: 2m}"},
		{rules.LevelRule{Threshold: rules.Threshold{Side: rules.Below, Low: 1, ClearLow: 1}}, "{below: 1s}"},
		{rules.LevelRule{Threshold: rules.Threshold{Side: rules.Outside, Low: 1, High: 9, ClearLow: 2, ClearHigh: 8}, Votes: rules.Votes{Need: 3, Of: 5}, KeepFiringFor: time.Minute}, "{outside: [1s, 9s], clear: [2s, 8s], for: 3 of 5, keep_firing_for: 1m}"},
	} {
		if got := WriteLevel(tt.level, rules.Seconds); got != tt.want {
			t.Errorf("%s, want %s", got, tt.want)
		}
	}
}
