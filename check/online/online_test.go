package online_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"tocsin/check/online"
	"tocsin/engine"
	"tocsin/evaluator"
	"tocsin/evaluator/promlocal"
	"tocsin/rules/file"
)

var update = flag.Bool("update", false, "write what is found into testdata")

const now = model.Time(1_764_000_000_000)

// world answers from memory, with the real engine of PromQL.
type world struct {
	*promlocal.Source
	series []labels.Labels

	mu    sync.Mutex
	asked []string
}

// worldOf has series by minutes before now, as `up{job="a"}`: 0 to 10000 minutes ago.
func worldOf(t *testing.T, series map[string]func(ago int) (float64, bool)) *world {
	t.Helper()
	w := &world{Source: promlocal.New(promlocal.Options{})}
	var samples []promlocal.Sample
	for text, at := range series {
		ls := labelsOf(t, text)
		w.series = append(w.series, ls)
		for ago := week + 60; ago >= 0; ago-- {
			if v, ok := at(ago); ok {
				samples = append(samples, promlocal.Sample{Labels: ls, At: now.Add(-time.Duration(ago) * time.Minute), Value: v})
			}
		}
	}
	if err := w.Append(samples...); err != nil {
		t.Fatal(err)
	}
	return w
}

const week = 7 * 24 * 60

func labelsOf(t *testing.T, text string) labels.Labels {
	t.Helper()
	b := labels.NewBuilder(labels.EmptyLabels())
	name, rest, _ := strings.Cut(strings.TrimSuffix(text, "}"), "{")
	b.Set("__name__", name)
	for pair := range strings.SplitSeq(rest, ",") {
		if k, v, ok := strings.Cut(pair, "="); ok {
			b.Set(k, v)
		}
	}
	return b.Labels()
}

func (w *world) note(text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked = append(w.asked, text)
}

func (w *world) Ask(ctx context.Context, expr string, at model.Time) evaluator.Answer {
	w.note(expr)
	return w.Source.Ask(ctx, engine.Ask{Expr: expr, At: at})
}

func (w *world) Range(ctx context.Context, ask online.RangeAsk) (all []online.Series, err error) {
	w.note(ask.Expr)
	m, err := w.Source.Range(ctx, engine.RangeAsk{Expr: ask.Expr, From: ask.From, Until: ask.Until, Step: ask.Step})
	if f, ok := errors.AsType[*engine.RangeError](err); ok {
		return nil, &online.Failure{Outcome: f.Outcome, Text: f.Text}
	}
	for _, s := range m.Series {
		ls, err := m.Parse(s.Raw)
		if err != nil {
			return nil, err
		}
		all = append(all, online.Series{Labels: ls, Times: s.Times, Values: s.Values})
	}
	return all, err
}

// Words is of the whole series: matching is by metric only, which is all that is asked.
func (w *world) Words(_ context.Context, ask online.WordsAsk) (all []string, _ error) {
	w.note("words " + ask.Label + " " + ask.Match)
	for _, ls := range w.series {
		if ask.Match != "" && ls.Get("__name__") != ask.Match {
			continue
		}
		ls.Range(func(l labels.Label) {
			switch {
			case ask.Label == "":
				all = append(all, l.Name)
			case l.Name == ask.Label:
				all = append(all, l.Value)
			}
		})
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}

func fileOf(text string) string {
	return "groups:\n  - name: g\n    rules:\n      " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n      ") + "\n"
}

// subjects reads rules, written as items of a list.
func subjects(t *testing.T, source online.Source, text string) (all []online.Subject) {
	t.Helper()
	src := fileOf(text)
	alone, problems := file.LoadAlone(file.Memory{"r.yaml": src}, []string{"r.yaml"}, file.Defaults{})
	for _, p := range problems {
		if !p.Warning {
			t.Fatalf("%v in\n%s", p, src)
		}
	}
	for _, w := range alone.Written {
		all = append(all, online.Subject{Written: w, Source: source, Timeout: 10 * time.Second, Limit: 1000})
	}
	return all
}

func look(t *testing.T, source online.Source, text string) online.Result {
	t.Helper()
	return online.Run(t.Context(), online.Options{Subjects: subjects(t, source, text), Now: now})
}

// told writes what was found, a line each: code, marked text, what is said, hint.
func told(r online.Result, src string) string {
	var all []string
	file.Sort(r.Problems)
	for _, p := range r.Problems {
		line := strings.Split(src, "\n")[p.Line-1][p.Col-1:]
		all = append(all, fmt.Sprintf("%s «%s» %s", p.Code, line[:min(p.Len, len(line))], p.Text))
		if p.Hint != "" {
			all = append(all, "   "+p.Hint)
		}
	}
	for _, u := range r.Unchecked {
		all = append(all, "unchecked "+u.Rule.Alert+": "+u.Why)
	}
	for _, s := range r.Skipped {
		all = append(all, fmt.Sprintf("skipped %s (%d): %s", s.Source, s.Rules, s.Why))
	}
	if len(all) == 0 {
		all = []string{"nothing"}
	}
	return "=> " + strings.Join(all, "\n=> ") + "\n"
}

func steady(v float64) func(int) (float64, bool) {
	return func(int) (float64, bool) { return v, true }
}

// gone has a value until so many minutes ago.
func gone(v float64, minutes int) func(int) (float64, bool) {
	return func(ago int) (float64, bool) { return v, ago >= minutes }
}

// spike is low but for one hour, two days ago.
func spike(low, high float64) func(int) (float64, bool) {
	return func(ago int) (float64, bool) {
		if ago > 2880 && ago < 2940 {
			return high, true
		}
		return low, true
	}
}

func counter(ago int) (float64, bool) { return float64(20_000 - ago), true }

func fullWorld(t *testing.T) *world {
	return worldOf(t, map[string]func(int) (float64, bool){
		"requests_total{job=api,code=200}": counter,
		"requests_total{job=api,code=500}": counter,
		"requests_total{job=web,code=200}": counter,
		"latency_seconds{job=api}":         spike(0.2, 0.9),
		"depth{queue=mail}":                steady(90),
		"depth{queue=sms}":                 spike(10, 60),
		"depth{queue=fax}":                 gone(10, 200),
		"old{job=api}":                     gone(1, 180),
		"lag_seconds{job=a}":               gone(1, 500),
		"lags_seconds{job=a}":              steady(1),
		"young{job=api}":                   gone(1, 100),
		"up{job=api}":                      steady(1),
		"up{job=db}":                       steady(0),
		"nan{job=db}":                      steady(math.NaN()),
		"born{job=db}":                     func(ago int) (float64, bool) { return 1, ago < 30 },
		"brief{job=a}":                     func(ago int) (float64, bool) { return 99, ago > 400 && ago < 600 },
		"brief{job=b}":                     spike(1, 50),
		"many{i=1}":                        steady(1),
		"many{i=2}":                        steady(1),
		"many{i=3}":                        steady(1),
	})
}

// testdata/findings.txt is a list of rules, each with a sentence before it and with what
// is found behind it; «» has what is marked.
func TestFindings(t *testing.T) {
	const name = "testdata/findings.txt"
	src, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	w, got := fullWorld(t), ""
	for block := range strings.SplitSeq(strings.TrimSpace(string(src)), "\n\n") {
		why, text, _ := strings.Cut(block, "\n")
		rule, _, _ := strings.Cut(text+"\n", "\n=> ")
		got += why + "\n" + strings.TrimRight(rule, "\n") + "\n" + told(look(t, w, rule), fileOf(rule)) + "\n"
	}
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(src), got); diff != "" {
		t.Error(diff)
	}
}

// A mistake is one for certain; all else are warnings.
func TestKinds(t *testing.T) {
	kinds := map[string]bool{}
	for _, e := range file.Codes() {
		kinds[string(e.Code)] = e.Warning
	}
	r := look(t, fullWorld(t), `
- {alert: A, expr: 'mad_over_time(up[5m])', warn: {above: 5}}
- {alert: B, expr: foo, warn: {above: 5}}
`)
	if len(r.Problems) != 2 {
		t.Fatal(r)
	}
	for _, p := range r.Problems {
		if p.Warning != kinds[p.Code] {
			t.Errorf("%v", p)
		}
	}
}

// Nothing is asked twice that is asked by name.
func TestAsksOnce(t *testing.T) {
	w := fullWorld(t)
	var text strings.Builder
	for i := range 50 {
		fmt.Fprintf(&text, "- {alert: A%d, expr: 'foo + %d * requests_total', warn: {above: 5}}\n", i, i)
	}
	r := look(t, w, text.String())
	if len(r.Problems) != 50 || len(r.Unchecked) != 0 {
		t.Fatal(r)
	}
	seen := map[string]int{}
	for _, q := range w.asked {
		seen[q]++
	}
	for q, n := range seen {
		if n > 1 && !strings.Contains(q, "foo + ") {
			t.Errorf("%q was asked %d times", q, n)
		}
	}
	if r.Queries != int64(len(w.asked)) {
		t.Errorf("%d questions, and %d were counted", len(w.asked), r.Queries)
	}
}

// The more series the fewer instants, and the text says how many.
func TestCoarser(t *testing.T) {
	series := map[string]func(int) (float64, bool){}
	for i := range 500 {
		series[fmt.Sprintf("many{i=%d}", i)] = func(ago int) (float64, bool) { return 1, ago%60 == 0 || ago < 10 }
	}
	r := look(t, worldOf(t, series), `- {alert: A, expr: many, warn: {above: 5}}`)
	if len(r.Problems) != 1 || !strings.Contains(r.Problems[0].Text, "169 instants in the last 7d, one every 1h") {
		t.Error(r)
	}
}

// Each code of a source is found by a rule of the list, but for what takes time: TestSources
// finds that.
func TestCodes(t *testing.T) {
	src, err := os.ReadFile("testdata/findings.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range file.Codes() {
		if strings.HasPrefix(string(e.Code), "T5") && e.Code != file.CodeSlowQuery && !strings.Contains(string(src), "\n=> "+string(e.Code)+" ") {
			t.Errorf("no rule finds %s", e.Code)
		}
	}
}

// An expression of a stranger asks no more than so much.
func TestManySelectors(t *testing.T) {
	w := fullWorld(t)
	var expr, matchers []string
	for i := range 400 {
		expr = append(expr, fmt.Sprintf("up{a%d=\"\"}", i))
		matchers = append(matchers, fmt.Sprintf("a%d=\"x\"", i))
	}
	r := look(t, w, fmt.Sprintf("- {alert: A, expr: '%s', warn: {above: 1}}", strings.Join(expr, "+")))
	if len(r.Unchecked) != 1 || !strings.Contains(r.Unchecked[0].Why, "more than 50 different selectors") || r.Queries > 60 {
		t.Errorf("%d questions: %v", r.Queries, r)
	}
	r = look(t, w, fmt.Sprintf("- {alert: A, expr: 'up{%s}', warn: {above: 1}}", strings.Join(matchers, ",")))
	if len(r.Problems) != 1 || r.Queries > 30 {
		t.Errorf("%d questions: %v", r.Queries, r)
	}
}
