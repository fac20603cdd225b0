package promql_test

import (
	"strings"
	"testing"

	"github.com/prometheus/prometheus/model/labels"

	"tocsin/rules/promql"
)

func TestNeeds(t *testing.T) {
	for _, c := range []struct{ why, expr, want string }{
		{"all selectors are needed", `a{x="1"} / b`, `a{x="1"} 0s, b 0s`},
		{"a range looks back", `rate(a[5m])`, `a 5m0s`},
		{"an offset looks back further", `rate(a[5m] offset 1h)`, `a 1h5m0s`},
		{"an offset into the future does not", `a offset -1h`, `a 0s`},
		{"a subquery looks back as far as both", `max_over_time(rate(a[5m])[1h:1m])`, `a 1h5m0s`},
		{"what is to be absent is not needed", `absent(a) or absent_over_time(b[1h])`, ``},
		{"a constant stands in", `a or vector(0)`, ``},
		{"and on the other side", `vector(0) or on () a`, ``},
		{"and deep within", `sum(rate(a[5m]) or vector(0)) / sum(rate(b[5m]))`, `b 5m0s`},
		{"either of two metrics", `a or b`, `a 0s, b 0s`},
		{"what excludes may be absent", `a unless b`, `a 0s`},
		{"fill stands in", `a + fill(0) b`, ``},
		{"another time", `a - a @ 1609746000`, `a 0s`},
		{"another time of a subquery", `max_over_time(a[1h:] @ end())`, ``},
		{"labels of another metric", `info(a, {version=~".+"})`, `a 0s`},
		{"series that nobody writes", `ALERTS{alertname="x"} or a`, `a 0s`},
		{"the name in braces", `{"a", x="1"}`, `a{x="1"} 0s`},
		{"without a name", `{x="1"}`, `{x="1"} 0s`},
		{"a name that needs quotes", `{"a b"}`, `{__name__="a b"} 0s`},
		{"none", `vector(1)`, ``},
	} {
		e, errs := promql.Parse(c.expr)
		if len(errs) > 0 {
			t.Fatal(c.expr, errs)
		}
		var got []string
		for _, n := range e.Needs() {
			got = append(got, n.String()+" "+n.Reach.String())
		}
		if s := strings.Join(got, ", "); s != c.want {
			t.Errorf("%s: %s: got %s, want %s", c.why, c.expr, s, c.want)
		}
	}
}

// A place within a selector is where people look for it.
func TestPlacesInSelectors(t *testing.T) {
	for _, c := range []struct{ expr, label, name, matcher string }{
		{`sum(up{job="a", instance=~"b"})`, "instance", `up`, `instance=~"b"`},
		{`up{ job = 'a' }`, "job", `up`, `job = 'a'`},
		{`up{other="job=\"x\"", job="a"}`, "job", `up`, `job="a"`},
		{"up{other=`job=\"x`, job=`a`}", "job", `up`, "job=`a`"},
		{`{"up", job="a"}`, "job", `{"up", job="a"}`, `job="a"`},
		{`{__name__="up", "job"="a"}`, "job", `{__name__="up", "job"="a"}`, `"job"="a"`},
		{`up{"my job"="a"}`, "my job", `up`, `"my job"="a"`},
		{`up{"j\u006fb"="a"}`, "job", `up`, `up{"j\u006fb"="a"}`},
		{`up{job!="x",job="a"}`, "job", `up`, `job="a"`},
	} {
		e, errs := promql.Parse(c.expr)
		if len(errs) > 0 {
			t.Fatal(c.expr, errs)
		}
		s := e.Selectors()[0]
		at := e.NameAt(s)
		if got := c.expr[at.Start:at.End]; got != c.name {
			t.Errorf("%s: name at %q", c.expr, got)
		}
		for _, m := range s.Matchers {
			if m.Name != c.label || m.Type == labels.MatchNotEqual {
				continue
			}
			at := e.MatcherAt(s, m)
			if got := c.expr[at.Start:at.End]; got != c.matcher {
				t.Errorf("%s: matcher at %q, want %q", c.expr, got, c.matcher)
			}
		}
	}
}

func TestMetric(t *testing.T) {
	for _, c := range []struct{ metric, label, value, want string }{
		{"up", "", "", `up`},
		{"up", "job", `a"b`, `up{job="a\"b"}`},
		{"a b", "", "", `{__name__="a b"}`},
		{"a:b", "", "", `a:b`},
		{"", "job", "a", `{job="a"}`},
	} {
		if got := promql.Metric(c.metric, c.label, c.value); got != c.want {
			t.Errorf("%v: %s", c, got)
		}
	}
}

// Places lie within their selectors, whatever stands there, and what is written of a
// selector is read as the same one.
func FuzzNeeds(f *testing.F) {
	for _, s := range []string{
		`sum(up{job="a", instance=~"b"})`, `{"a b", x="\"}"}`, "rate(a{x=`y`,}[5m] offset 1h) or vector(0)", `a{"b.c"!~'d'} @ end()`,
		`max_over_time(rate(a[5m])[1h:1m])`, "a{ # b=\"c\"\n b=\"c\"}", `info(a, {b="c"})`, `"é" == 1`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		e, errs := promql.Parse(text)
		if len(errs) > 0 {
			return
		}
		for _, n := range e.Needs() {
			places := []promql.Range{e.NameAt(n.Selector)}
			for _, m := range n.Matchers[:min(len(n.Matchers), 20)] {
				places = append(places, e.MatcherAt(n.Selector, m))
			}
			for _, at := range places {
				if at.Start < n.Start || at.End > n.End || at.Start > at.End {
					t.Errorf("%q: %v is not within %v", text, at, n.Range)
				}
			}
			again, errs := promql.Parse(n.String())
			if len(errs) > 0 {
				t.Fatalf("%q: %s: %v", text, n, errs)
			}
			if got := again.Selectors()[0].String(); got != n.String() {
				t.Errorf("%q: %s is read as %s", text, n, got)
			}
		}
	})
}
