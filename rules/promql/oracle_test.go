package promql_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"pgregory.net/rapid"

	"tocsin/engine"
	"tocsin/evaluator"
	"tocsin/evaluator/promlocal"
	"tocsin/rules/promql"
)

const began model.Time = 1_700_000_000_000

// world is counters and gauges with labels a and b, and with c where others lack it.
func world(t *testing.T) *promlocal.Source {
	t.Helper()
	s := promlocal.New(promlocal.Options{})
	for i := range 20 {
		for j, name := range []string{"x_total", "y_total", "load", "temp", "x_bucket"} {
			for k := range 6 {
				ls := map[string]string{"__name__": name, "a": fmt.Sprint(k % 2), "b": fmt.Sprint(k / 2)}
				if k%3 == 0 {
					ls["c"] = "1"
				}
				if name == "x_bucket" {
					ls["le"] = []string{"1", "2", "+Inf"}[k/2]
				}
				v := float64(i * (k + 1))
				if name == "load" || name == "temp" {
					v = math.Round(math.Sin(float64(i*j+k)) * 10)
				}
				if err := s.Append(promlocal.Sample{Labels: labels.FromMap(ls), At: began.Add(time.Duration(i) * 30 * time.Second), Value: v}); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	return s
}

// expression draws a vector of some depth.
func expression(t *rapid.T, depth int) string {
	pick := func(label string, of ...string) string { return rapid.SampledFrom(of).Draw(t, label) }
	if depth == 0 {
		return pick("leaf", "load", "temp", `load{a="1"}`, `temp{c=""}`, "rate(x_total[2m])", "increase(y_total[3m])", "x_total",
			`absent(gone{a="1",b="2"})`, "absent(load)", "vector(3)", "changes(temp[3m])", "x_bucket", "avg_over_time(temp[2m])", "hour()",
			"count_over_time(load[2m])", `load{d=""}`)
	}
	inner := func() string { return expression(t, depth-1) }
	by := func() string {
		return pick("by", "", " by (a)", " by (a, b)", " by (d)", " without (a)", " without (b, c)", " by (c)")
	}
	number := func() string { return pick("number", "0", "1", "-1", "3", "100", "0.5") }
	switch rapid.IntRange(0, 9).Draw(t, "form") {
	case 0, 1:
		return pick("aggregation", "sum", "min", "max", "avg", "count", "group", "stddev") + by() + " (" + inner() + ")"
	case 2:
		return "topk" + by() + " (1, " + inner() + ")"
	case 3:
		return "count_values" + by() + ` ("d", ` + inner() + ")"
	case 4:
		return "(" + inner() + pick("compare", " == ", " != ", " > ", " < ", " >= ", " <= ", " > bool ", " == bool ") + number() + ")"
	case 5:
		return "(" + number() + pick("op", " + ", " - ", " * ", " < ", " >= ") + inner() + ")"
	case 6:
		return "(" + inner() + pick("op", " + ", " - ", " * ", " / ", " > ", " == ") +
			pick("matching", "", "on (a)", "on (a, b)", "ignoring (b)", "on ()", "on (a) group_left (c)", "ignoring (a) group_right ()", "on (d)") + " " + inner() + ")"
	case 7:
		return "(" + inner() + pick("op", " or ", " and ", " unless ") + pick("on", "", "on (a)", "on ()", "ignoring (b)") + " " + inner() + ")"
	case 8:
		return fmt.Sprintf(pick("function", `label_replace(%s, "d", "$1", "a", "(.*)")`, `label_join(%s, "e", "-", "a", "b")`, "abs(%s)", "clamp_min(%s, 2)",
			"clamp_max(%s, 2)", "sgn(%s)", "-(%s)", "sqrt(%s)", "histogram_quantile(0.9, %s)", "sort(%s)", "day_of_week(%s)", "vector(scalar(%s))", "month(%s)"), inner())
	}
	return pick("over", "max_over_time", "avg_over_time", "count_over_time", "sum_over_time", "rate", "present_over_time", "deriv") + "((" + inner() + ")[2m:30s])"
}

// What is said of an expression holds for what the real engine makes of it: a label that
// it may not have is not there, its values lie between the bounds, and a comparison that
// is never true returns nothing.
func TestShapesAgainstTheEngine(t *testing.T) {
	source := world(t)
	at := began.Add(9 * time.Minute)
	answered, narrow, impossible := 0, 0, 0
	rapid.Check(t, func(t *rapid.T) {
		for range 10 { // so that each sort of claim is made
			text := expression(t, rapid.IntRange(1, 3).Draw(t, "depth"))
			e, _ := promql.Parse(text)
			if e == nil {
				continue
			}
			answer := source.Ask(t.Context(), engine.Ask{Expr: text, At: at})
			if answer.Outcome != evaluator.Good {
				continue // many to many, and the like
			}
			low, high := e.Bounds()
			if !math.IsInf(low, -1) || !math.IsInf(high, 1) {
				narrow++
			}
			for _, s := range answer.Samples {
				answered++
				ls, err := answer.Parse(s.Raw)
				if err != nil {
					t.Fatal(err)
				}
				ls.Range(func(l labels.Label) {
					if l.Name != model.MetricNameLabel && !e.MayHave(l.Name) {
						t.Fatalf("%s: returns %s, which it may not", text, l.Name)
					}
				})
				// Sums of floats miss a bound by their last bits.
				if slack := 1e-9 * math.Abs(s.Value); s.Value+slack < low || s.Value-slack > high {
					t.Fatalf("%s: returns %v, not from %v to %v", text, s.Value, low, high)
				}
			}
			for _, i := range e.Impossible() {
				impossible++
				part := source.Ask(t.Context(), engine.Ask{Expr: text[i.Start:i.End], At: at})
				if part.Outcome == evaluator.Good && len(part.Samples) > 0 {
					t.Fatalf("%s: %s is true", text, text[i.Start:i.End])
				}
			}
		}
	})
	if answered == 0 || narrow == 0 || impossible == 0 {
		t.Errorf("%d series, %d bounds, %d comparisons: the property is empty", answered, narrow, impossible)
	}
}

// What is said to find no partner finds none, where each series has the labels that it
// is grouped by.
func TestMismatchesAgainstTheEngine(t *testing.T) {
	source := world(t)
	found := 0
	rapid.Check(t, func(t *rapid.T) {
		side := func() string {
			by := rapid.SampledFrom([]string{"", "by (a)", "by (b)", "by (a, b)"}).Draw(t, "by")
			return rapid.SampledFrom([]string{"sum %s (load)", "count %s (temp > -5)", "2 * max %s (x_total)", "(sum %s (load) or sum %[1]s (temp))"}).Draw(t, "side") + "\x00" + by
		}
		join := func(s string) string {
			format, by, _ := strings.Cut(s, "\x00")
			return fmt.Sprintf(format, by)
		}
		op := rapid.SampledFrom([]string{"+", "/", ">", "and", "unless"}).Draw(t, "op")
		matching := rapid.SampledFrom([]string{"", "on (a)", "on (b)", "ignoring (a)", "on ()"}).Draw(t, "matching")
		text := join(side()) + " " + op + " " + matching + " " + join(side())
		e, errs := promql.Parse(text)
		if e == nil {
			t.Skip(errs)
		}
		if len(e.Mismatches()) == 0 || op == "unless" {
			return // unless keeps what finds no partner
		}
		found++
		if answer := source.Ask(t.Context(), engine.Ask{Expr: text, At: began.Add(9 * time.Minute)}); len(answer.Samples) > 0 {
			t.Fatalf("%s: %d partners", text, len(answer.Samples))
		}
	})
	if found == 0 {
		t.Error("nothing mismatches")
	}
}

// Nothing that is asked of an expression panics, and what it points at is in it.
func FuzzShapes(f *testing.F) {
	for _, s := range []string{"absent(up)", "topk(1, a) > 5", "sum(a) / sum by (b) (c)", "rate(sum(a_total)[5m:1m])", "histogram_quantiles(a, \"q\", 0.5)", "info(a)", "count_values(\"x\", a)", "label_replace(a, \"b\", \"\", \"\", \"\")", "a[5m:1m] @ end()", "a + fill (1) b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		e, _ := promql.Parse(s)
		if e == nil {
			return
		}
		var at []promql.Range
		for _, m := range e.Mismatches() {
			at = append(at, m.Range)
		}
		for _, i := range e.Impossible() {
			at = append(at, i.Range)
		}
		for _, r := range e.Rates() {
			at = append(at, r.Range)
		}
		for _, c := range e.RawCounters(true) {
			at = append(at, c.Range)
		}
		for _, ask := range []func() (promql.Range, bool){
			func() (promql.Range, bool) { return e.Loses("a") }, e.Absent, e.Comparison,
			func() (promql.Range, bool) { r, _, ok := e.Chosen(); return r, ok },
		} {
			if r, ok := ask(); ok {
				at = append(at, r)
			}
		}
		for _, r := range at {
			if r.Start < 0 || r.End < r.Start || r.End > len(s) {
				t.Fatalf("%q: %+v", s, r)
			}
		}
		if low, high := e.Bounds(); low > high || math.IsNaN(low+high) && low == high {
			t.Fatalf("%q: from %v to %v", s, low, high)
		}
		e.MayHave("a")
		e.Measure()
		e.Noisy()
		e.Counts()
		e.Compared()
		if promql.Disjoint(e, e) {
			t.Fatalf("%q is not its own", s)
		}
	})
}
