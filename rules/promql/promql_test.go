package promql_test

import (
	"strings"
	"testing"

	"tocsin/rules/promql"
)

func TestParseErrors(t *testing.T) {
	for _, c := range []struct{ why, expr, marked, text string }{
		{"an error is marked where it is", "foo{=1}", "=", "unexpected"},
		{"what is missing at the end is marked there", "sum(foo", "", "unclosed left parenthesis"},
		{"a bracket too many is marked itself", "sum(foo) ) > 1", ")", "unexpected right parenthesis"},
		{"a function that is not there", "a + frob(b)", "frob", "unknown function"},
		{"an argument of another type", "rate(foo)", "foo", "expected type range vector"},
	} {
		_, errs := promql.Parse(c.expr)
		if len(errs) == 0 {
			t.Errorf("%s: %q parses", c.why, c.expr)
			continue
		}
		e := errs[len(errs)-1]
		for _, other := range errs {
			if strings.Contains(other.Text, c.text) {
				e = other
				break
			}
		}
		if got := c.expr[e.Start:e.End]; got != c.marked || !strings.Contains(e.Text, c.text) {
			t.Errorf("%s: %q marks %q: %s", c.why, c.expr, got, e.Text)
		}
	}
}

func TestShapes(t *testing.T) {
	for _, c := range []struct {
		expr                    string
		usable, compares, filts bool
	}{
		{"up", true, false, false},
		{"up == 0", true, true, true},
		{"(up == 0)", true, true, true},
		{"up == bool 0", true, false, false},
		{"sum(up == 0)", true, false, true},
		{"up unless down", true, false, true},
		{"absent(up)", true, false, true},
		{"vector(1)", true, false, true},
		{"1", true, false, false},
		{"1 > bool 2", true, false, false},
		{"up[5m]", false, false, false},
		{`"text"`, false, false, false},
		{"up == 0 or down == 0", true, false, true},
	} {
		e, errs := promql.Parse(c.expr)
		if len(errs) > 0 {
			t.Errorf("%q: %v", c.expr, errs)
			continue
		}
		if _, compares := e.Comparison(); (e.Check() == nil) != c.usable || compares != c.compares || e.Filters() != c.filts {
			t.Errorf("%q: usable %v, compares %v, filters %v", c.expr, e.Check() == nil, compares, e.Filters())
		}
	}
}

func TestSelectors(t *testing.T) {
	const expr = `rate(a{x="y"}[5m]) / on () {__name__="b"}`
	e, errs := promql.Parse(expr)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	var got []string
	for _, s := range e.Selectors() {
		got = append(got, s.Name+" at "+expr[s.Start:s.End])
	}
	if s := strings.Join(got, "; "); s != `a at a{x="y"}; b at {__name__="b"}` {
		t.Error(s)
	}
}

// Strings may be long, and nothing else: the parser's time grows with the square
// of the nesting.
func TestLength(t *testing.T) {
	if _, errs := promql.Parse(`up{x=~"` + strings.Repeat("a|", 100_000) + `"}`); len(errs) > 0 {
		t.Errorf("a long string: %v", errs)
	}
	if _, errs := promql.Parse(strings.Repeat("(", 100_000)); len(errs) != 1 || !strings.Contains(errs[0].Text, "too long") {
		t.Errorf("a long nest: %v", errs)
	}
	if _, errs := promql.Parse("up{x=\"a\\\"" + strings.Repeat("(", 100_000) + "\"}"); len(errs) > 0 {
		t.Errorf("an escaped quote ends no string: %v", errs)
	}
}

// Marks lie inside the expression, and nothing panics.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"up == 0", "sum(", "a{b=~\"(\"}", "\"", "`", "{__name__=\"x\"}", "1 +", "a[5m:1m] offset 5m @ end()", "ü"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		e, errs := promql.Parse(s)
		for _, err := range errs {
			if err.Start < 0 || err.End < err.Start || err.End > len(s) || err.Text == "" {
				t.Fatalf("%q: %+v", s, err)
			}
		}
		if e == nil {
			if len(errs) == 0 {
				t.Fatalf("%q: neither", s)
			}
			return
		}
		_ = e.Check()
		e.Filters()
		for _, sel := range e.Selectors() {
			if sel.Start < 0 || sel.End < sel.Start || sel.End > len(s) {
				t.Fatalf("%q: %+v", s, sel)
			}
		}
	})
}
