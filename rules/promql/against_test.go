package promql_test

import (
	"testing"

	"tocsin/rules/promql"
)

func TestAgainst(t *testing.T) {
	for _, c := range []struct {
		why, expr string
		shape     string
		left      string // the text without what is cut
		bound     float64
		side      string
		inclusive bool
		whole     bool
	}{
		{"a vector above a number", "a > 5", "constant", "a", 5, "above", false, false},
		{"and below", "a < 5", "constant", "a", 5, "below", false, false},
		{"sides may be swapped", "5 < a", "constant", "a", 5, "above", false, false},
		{"swapped, below, inclusive", "5 >= a", "constant", "a", 5, "below", true, false},
		{"parentheses around all stay", "(a > 5)", "constant", "(a)", 5, "above", false, false},
		{"parentheses around the vector stay", "(a / b) > 0.5", "constant", "(a / b)", 0.5, "above", false, false},
		{"arithmetic binds tighter", "a - b > -1", "constant", "a - b", -1, "above", false, false},
		{"numbers are computed", "a > 2 * 1024 ^ 2", "constant", "a", 2097152, "above", false, false},
		{"in parentheses too", "a > (60 * 60)", "constant", "a", 3600, "above", false, false},
		{"a duration is a number of seconds", "a > 5m", "constant", "a", 300, "above", false, false},
		{"hexadecimal", "a > 0x10", "constant", "a", 16, "above", false, false},
		{"an offset belongs to the vector", "a offset 5m > 3", "constant", "a offset 5m", 3, "above", false, false},
		{"so does a grouping that stands behind", "sum(a) by (job) > 3", "constant", "sum(a) by (job)", 3, "above", false, false},
		{"comparisons chain from the left", "a > 5 < 10", "two-bounds", "", 0, "", false, false},
		{"one with bool leaves nothing out", "(a > bool 5) < 10", "constant", "(a > bool 5)", 10, "below", false, true},
		{"a comparison in a grouping stays", "count by (job) (up == 0) >= 3", "constant", "count by (job) (up == 0)", 3, "above", true, true},
		{"lines and a comment behind", "sum(\n  a\n)\n> 5 # many", "constant", "sum(\n  a\n) # many", 5, "above", false, false},
		{"sums of counts are whole", "sum(count_over_time(a[5m])) - 2 > 5", "constant", "sum(count_over_time(a[5m])) - 2", 5, "above", false, true},
		{"increases are not", "increase(a[5m]) > 5", "constant", "increase(a[5m])", 5, "above", false, false},
		{"quotients are not", "count(a) / count(b) > 5", "constant", "count(a) / count(b)", 5, "above", false, false},
		{"time is no bound but may be measured", "time() - a > 5", "constant", "time() - a", 5, "above", false, false},
		{"a vector of one number is a vector", "a > vector(5)", "two-vectors", "", 0, "", false, false},
		{"vector against vector", "a > b", "two-vectors", "", 0, "", false, false},
		{"matched vectors", "a > on(job) group_left b", "two-vectors", "", 0, "", false, false},
		{"a scalar that is no number", "a > scalar(b)", "computed-bound", "", 0, "", false, false},
		{"time as the bound", "time() > a", "computed-bound", "", 0, "", false, false},
		{"an expression of the clock", "a > 5 + time()", "computed-bound", "", 0, "", false, false},
		{"equal", "up == 0", "equality", "", 0, "", false, false},
		{"not equal", "up != 1", "equality", "", 0, "", false, false},
		{"bool", "a > bool 5", "bool", "", 0, "", false, false},
		{"and", "a > 5 and b > 3", "set-operation", "", 0, "", false, false},
		{"unless", "a > 5 unless b", "set-operation", "", 0, "", false, false},
		{"absent", "absent(a)", "no-comparison", "", 0, "", false, false},
		{"a comparison further in", "sum(a > 5)", "no-comparison", "", 0, "", false, false},
		{"a sum of a comparison", "(a > 5) + 1", "no-comparison", "", 0, "", false, false},
		{"infinity", "a < +Inf", "infinite-bound", "", 0, "", false, false},
		{"not a number", "a < NaN", "infinite-bound", "", 0, "", false, false},
		{"a division by zero", "a < 1 / 0", "infinite-bound", "", 0, "", false, false},
	} {
		e, errs := promql.Parse(c.expr)
		if len(errs) > 0 {
			t.Errorf("%s: %v", c.why, errs)
			continue
		}
		a, shape := e.Against()
		if shape.String() != c.shape {
			t.Errorf("%s: %q is %s, want %s", c.why, c.expr, shape, c.shape)
			continue
		}
		if shape != promql.Constant {
			continue
		}
		left := c.expr[:a.Cut.Start] + c.expr[a.Cut.End:]
		if left != c.left || a.Bound != c.bound || a.Side.String() != c.side || a.Inclusive != c.inclusive || a.Whole != c.whole {
			t.Errorf("%s: %q leaves %q: %+v", c.why, c.expr, left, a)
		}
	}
}

// Two spellings of one vector are the same.
func TestAgainstRaw(t *testing.T) {
	raw := func(text string) string {
		e, errs := promql.Parse(text)
		if len(errs) > 0 {
			t.Fatal(errs)
		}
		a, _ := e.Against()
		return a.Raw
	}
	if a, b := raw("sum by(job)(rate(x[5m])) > 1"), raw("2 < (sum(rate(x[5m]))\n  by (job))"); a != b || a == "" {
		t.Errorf("%q and %q", a, b)
	}
}

// What is cut leaves an expression that compares no more than before.
func FuzzAgainst(f *testing.F) {
	for _, s := range []string{"a > 5", "5 < (a)", "(a offset 5m) >= -1 # x", "sum(a) by (b) < 1e3", "a > 1 > 2", `{"a b"} < 3`, "5m <= a @ end()"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		e, errs := promql.Parse(s)
		if len(errs) > 0 {
			return
		}
		a, shape := e.Against()
		if shape != promql.Constant {
			return
		}
		e.Remarks(a.Cut)
		if _, errs := promql.Parse(s[:a.Cut.Start] + s[a.Cut.End:]); len(errs) > 0 {
			t.Fatalf("%q without %q: %v", s, s[a.Cut.Start:a.Cut.End], errs)
		}
	})
}
