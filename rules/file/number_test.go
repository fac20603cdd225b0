package file

import (
	"math"
	"strconv"
	"testing"

	"tocsin/rules"
)

func TestParseQuantity(t *testing.T) {
	for _, c := range []struct {
		why  string
		in   string
		unit rules.Unit
		want float64
	}{
		{"a bare number is in the unit of the rule", "0.3", rules.Seconds, 0.3},
		{"300 ms are 0.3 s, to the last bit", "300ms", rules.Seconds, 0.3},
		{"a space before the unit is fine", "300 ms", rules.Seconds, 0.3},
		{"microseconds in either spelling", "250µs", rules.Seconds, 0.00025},
		{"fractions of a unit", "1.5s", rules.Seconds, 1.5},
		{"minutes", "2m", rules.Seconds, 120},
		{"compounds as in Prometheus", "1h30m", rules.Seconds, 5400},
		{"days", "2d", rules.Seconds, 172800},
		{"a signed number", "-5s", rules.Seconds, -5},
		{"a percentage of a ratio", "70%", rules.Ratio, 0.7},
		{"half a percent of a ratio", "0.5%", rules.Ratio, 0.005},
		{"a percentage where the unit is percent", "70%", rules.Percent, 70},
		{"powers of 1000", "5MB", rules.Bytes, 5e6},
		{"powers of 1024", "2GiB", rules.Bytes, 2 << 30},
		{"kB as physicists write it", "3kB", rules.Bytes, 3000},
		{"bytes", "12B", rules.Bytes, 12},
		{"events per second", "50/s", rules.PerSecond, 50},
		{"a unit of one's own, in full", "50 requests", "requests", 50},
		{"exponents", "1e6", rules.NoUnit, 1e6},
		{"an exponent before a unit", "1e3ms", rules.Seconds, 1},
		{"no leading zero", ".5", rules.NoUnit, 0.5},
	} {
		q, err := parseQuantity(c.in, c.unit)
		if err != nil || q.value != c.want {
			t.Errorf("%s: %q in %q is %v (%v), not %v", c.why, c.in, c.unit, q.value, err, c.want)
		}
	}
}

func TestParseQuantityRefuses(t *testing.T) {
	for _, c := range []struct {
		why  string
		in   string
		unit rules.Unit
		code Code
	}{
		{"a time where the rule has no unit", "300ms", rules.NoUnit, CodeUnit},
		{"a time where the rule counts bytes", "300ms", rules.Bytes, CodeUnit},
		{"a percentage where the rule counts seconds", "5%", rules.Seconds, CodeUnit},
		{"a unit nobody knows", "5 parsecs", rules.Seconds, CodeUnit},
		{"upper case M is no minute", "5M", rules.Seconds, CodeUnit},
		{"no number", "soon", rules.Seconds, CodeNumber},
		{"nothing", "", rules.Seconds, CodeNumber},
		{"infinity is no bound", "inf", rules.NoUnit, CodeNumber},
		{"NaN is no bound", "nan", rules.NoUnit, CodeNumber},
		{"a number beyond a float", "1e400", rules.NoUnit, CodeNumber},
		{"a number beyond a float in its unit", "1e308h", rules.Seconds, CodeNumber},
		{"hexadecimal", "0x10", rules.NoUnit, CodeUnit},
		{"two numbers", "5 6", rules.NoUnit, CodeUnit},
	} {
		if q, err := parseQuantity(c.in, c.unit); err == nil || err.code != c.code {
			t.Errorf("%s: %q in %q is %v (%+v)", c.why, c.in, c.unit, q.value, err)
		}
	}
}

// What is read and printed is read again as the same number.
func FuzzParseQuantity(f *testing.F) {
	for _, s := range []string{"300ms", "1h30m", "70%", "2GiB", "1e400", "-0", "5/s", "", "..", "1e", "9999999999999999d"} {
		f.Add(s, "seconds")
		f.Add(s, "bytes")
		f.Add(s, "")
	}
	f.Fuzz(func(t *testing.T, s, unit string) {
		q, err := parseQuantity(s, rules.Unit(unit))
		if err != nil {
			if err.text == "" || err.code == "" {
				t.Fatalf("%q: an error without a text: %+v", s, err)
			}
			return
		}
		if math.IsNaN(q.value) {
			t.Fatalf("%q is NaN", s)
		}
		if math.IsInf(q.value, 0) {
			t.Fatalf("%q is infinite", s)
		}
		again, err := parseQuantity(strconv.FormatFloat(q.value, 'g', -1, 64), rules.Unit(unit))
		if err != nil || again.value != q.value {
			t.Fatalf("%q is %v, printed and read %v (%+v)", s, q.value, again.value, err)
		}
	})
}

func FuzzParseDuration(f *testing.F) {
	for _, s := range []string{"5m", "1h30m", "5", "1.5h", "-5m", "", "999999999999999999d"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, hint := parseDuration(s)
		if hint == "" && d < 0 {
			t.Fatalf("%q is %v", s, d)
		}
	})
}

func TestParseVotes(t *testing.T) {
	for _, c := range []struct {
		in    string
		want  rules.Votes
		votes bool
		bad   bool
	}{
		{"3 of 5", rules.Votes{Need: 3, Of: 5}, true, false},
		{"  1   of  1 ", rules.Votes{Need: 1, Of: 1}, true, false},
		{"64 of 64", rules.Votes{Need: 64, Of: 64}, true, false},
		{"1 of 65", rules.Votes{Need: 1, Of: 65}, true, true},
		{"0 of 5", rules.Votes{Need: 0, Of: 5}, true, true},
		{"6 of 5", rules.Votes{Need: 6, Of: 5}, true, true},
		{"5m", rules.Votes{}, false, false},
		{"3of5", rules.Votes{}, false, false},
		{"-1 of 5", rules.Votes{}, false, false},
	} {
		got, ok := parseVotes(c.in)
		if ok != c.votes || got != c.want || ok && (badVotes(got) != "") != c.bad {
			t.Errorf("%q is %v %v %q", c.in, got, ok, badVotes(got))
		}
	}
}
