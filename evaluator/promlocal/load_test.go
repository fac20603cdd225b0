package promlocal

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/model"

	"tocsin/engine"
	"tocsin/evaluator"
)

// start is where the series of the tests begin.
const start = model.Time(1_700_000_000_000)

func minute(n float64) model.Time {
	return start.Add(time.Duration(n * float64(time.Minute)))
}

func loaded(t *testing.T, text string) *Source {
	t.Helper()
	s := New(Options{})
	if err := s.LoadSeries(text, start, time.Minute); err != nil {
		t.Fatal(err)
	}
	return s
}

// show writes an answer as a line for tables.
func show(a evaluator.Answer) string {
	if a.Outcome != evaluator.Good && a.Outcome != evaluator.Partial {
		return fmt.Sprintf("%d: %s", a.Outcome, a.Error)
	}
	out := ""
	for _, s := range a.Samples {
		ls, err := a.Parse(s.Raw)
		if err != nil {
			return err.Error()
		}
		out += fmt.Sprintf("%s=%v ", ls, s.Value)
	}
	return out + a.Error
}

func TestAsk(t *testing.T) {
	s := loaded(t, `
		# a comment
		up{job="api",instance="a"} 1x5 0 _ 1 stale 1
		up{job="web",instance="w \"x\" é"} 1x20
		requests_total{job="api"} 0+60x20
	`)
	rows := []struct {
		says string
		expr string
		at   float64
		want string
	}{
		{"a selector finds its series in order of their beginning", `up{job=~"api|web"}`, 0, `{__name__="up", instance="a", job="api"}=1 {__name__="up", instance="w \"x\" é", job="web"}=1 `},
		{"before the first sample there is nothing", `up`, -1, ``},
		{"a value that was left out is the one before", `up{job="api"}`, 7, `{__name__="up", instance="a", job="api"}=0 `},
		{"a stale mark ends a series at once", `up{job="api"}`, 9, ``},
		{"a series may come back after its stale mark", `up{job="api"}`, 10, `{__name__="up", instance="a", job="api"}=1 `},
		{"without a mark a series is there for five minutes", `up{job="web"}`, 24.9, `{__name__="up", instance="w \"x\" é", job="web"}=1 `},
		{"after that it is gone", `up{job="web"}`, 25.1, ``},
		{"an absent label matches the empty string", `up{zone=""} == 1`, 1, `{__name__="up", instance="a", job="api"}=1 {__name__="up", instance="w \"x\" é", job="web"}=1 `},
		{"a query need not name a metric", `{job="api"}`, 1, `{__name__="up", instance="a", job="api"}=1 {__name__="requests_total", job="api"}=60 `},
		{"rates are those of the engine", `rate(requests_total[5m])`, 10, `{job="api"}=1 `},
		{"a scalar is one sample without labels", `scalar(sum(up)) * 2`, 1, `{}=4 `},
		{"an infinity is a value", `up{job="web"} / 0`, 1, `{instance="w \"x\" é", job="web"}=+Inf `},
		{"a range vector is a wrong query", `up[5m]`, 1, `2: the expression returns a range vector; an alert needs one value per series`},
		{"a string is a wrong query", `"x"`, 1, `2: the expression returns a string; an alert needs numbers`},
		{"what doesn't parse is a wrong query", `up{`, 1, `2: 1:4: parse error: unexpected end of input inside braces`},
		{"what fails while it runs is not", `up * on() group_left() up`, 1, `3: found duplicate series for the match group {} on the right hand-side of the operation: [{__name__="up", instance="a", job="api"}, {__name__="up", instance="w \"x\" é", job="web"}];many-to-many matching not allowed: matching labels must be unique on one side`},
	}
	for _, r := range rows {
		t.Run(r.says, func(t *testing.T) {
			got := show(s.Ask(t.Context(), engine.Ask{Expr: r.expr, At: minute(r.at)}))
			if got != r.want {
				t.Errorf("%s\n got %s\nwant %s", r.expr, got, r.want)
			}
		})
	}
}

func TestAskOfHistograms(t *testing.T) {
	s := loaded(t, `
		h{a="1"} {{schema:0 sum:5 count:4 buckets:[1 2 1]}}x3
		h{a="2"} 7x3
		only {{schema:0 sum:5 count:4 buckets:[1 2 1]}}x3
	`)
	for _, r := range []struct{ says, expr, want string }{
		{"a function of a histogram has a value", `histogram_count(h{a="1"})`, `{a="1"}=4 `},
		{"a histogram among numbers is missing", `h`, `{__name__="h", a="2"}=7 some of the series are native histograms, which have no value`},
		{"nothing but histograms is a wrong query", `only`, `2: the expression returns native histograms; an alert needs numbers, as histogram_quantile gives`},
	} {
		if got := show(s.Ask(t.Context(), engine.Ask{Expr: r.expr, At: minute(1)})); got != r.want {
			t.Errorf("%s: %s\n got %s\nwant %s", r.says, r.expr, got, r.want)
		}
	}
}

func TestRange(t *testing.T) {
	s := loaded(t, `
		up{job="web"} 1 0 _ stale 1
		up{job="api"} _ 1x3
	`)
	m, err := s.Range(t.Context(), engine.RangeAsk{Expr: "up", From: minute(0), Until: minute(4), Step: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	want := []engine.Points{
		{Raw: `{"__name__":"up","job":"api"}`, Times: []model.Time{minute(1), minute(2), minute(3), minute(4)}, Values: []float64{1, 1, 1, 1}},
		{Raw: `{"__name__":"up","job":"web"}`, Times: []model.Time{minute(0), minute(1), minute(2), minute(4)}, Values: []float64{1, 0, 0, 1}},
	}
	if diff := cmp.Diff(want, m.Series); diff != "" {
		t.Error(diff)
	}
}

func TestRangeOfWrongQuery(t *testing.T) {
	for _, expr := range []string{"up[", "up[5m]", `"x"`} {
		_, err := New(Options{}).Range(t.Context(), engine.RangeAsk{Expr: expr, From: start, Until: minute(1), Step: time.Minute})
		if err == nil {
			t.Errorf("%s: no error", expr)
		}
	}
}

func TestLoadSeriesNamesTheLine(t *testing.T) {
	s := New(Options{})
	err := s.LoadSeries("up 1\n\nup{ 1", start, time.Minute)
	if err == nil || err.Error()[:7] != "line 3:" {
		t.Errorf("got %v", err)
	}
	if got := show(s.Ask(t.Context(), engine.Ask{Expr: "up", At: start})); got != "" {
		t.Errorf("a text with a mistake left %s", got)
	}
}

func TestLoadSeriesIsBounded(t *testing.T) {
	for _, line := range []string{
		"up 0x1000000000", "up 0+1x99999999999999999999", "up " + strings.Repeat("1x999999 ", 2), "up _x1000000000 1", "up 1x1000001",
	} {
		if err := New(Options{}).LoadSeries(line, start, time.Minute); err == nil || err.Error() != "line 1: more than 1000000 values" {
			t.Errorf("%s: %v", line, err)
		}
	}
	if err := New(Options{}).LoadSeries(`up{a="x99999999"} 1x100000`, start, time.Minute); err != nil {
		t.Error(err)
	}
}

// FuzzLoadSeries: a text is loaded or refused, and what is loaded can be asked.
func FuzzLoadSeries(f *testing.F) {
	f.Add("up{a=\"b\"} 0+1x3 _ stale 5\n# x\n\nh {{schema:0 sum:5 count:4 buckets:[1 2 1]}}x3")
	f.Add(`{"a.b"="c"} NaN`)
	f.Add(`{"a.b","c"} 1`) // two names
	f.Fuzz(func(t *testing.T, text string) {
		s := New(Options{})
		if err := s.LoadSeries(text, start, time.Minute); err != nil {
			return
		}
		got := s.Ask(t.Context(), engine.Ask{Expr: `{__name__=~".+"}`, At: minute(1)})
		for _, x := range got.Samples {
			if _, err := got.Parse(x.Raw); err != nil {
				t.Errorf("%q: %v", x.Raw, err)
			}
		}
	})
}

func TestStaleIsNoPlainNaN(t *testing.T) {
	s := loaded(t, `x NaN NaN`)
	got := s.Ask(t.Context(), engine.Ask{Expr: "x", At: minute(1)})
	if len(got.Samples) != 1 || !math.IsNaN(got.Samples[0].Value) {
		t.Errorf("NaN is a value: %+v", got.Samples)
	}
}

// showMatrix writes a matrix so that NaN is equal to itself.
func showMatrix(m engine.Matrix) string {
	out := ""
	for _, p := range m.Series {
		out += fmt.Sprintln(p.Raw, p.Times, p.Values)
	}
	return out
}
