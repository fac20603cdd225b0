package backtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"tocsin/engine"
	"tocsin/evaluator"
	"tocsin/rules"
)

// A past world: each series has a value at each instant, or none.
type past struct {
	series int
	// refuse says what is wrong with a question; nil: nothing.
	refuse func(engine.RangeAsk) error

	mu       sync.Mutex
	asked    []engine.RangeAsk
	instants []engine.Ask
}

// valueOf is what series i is at an instant; every fifth instant it has none.
func valueOf(i int, t model.Time) (float64, bool) {
	return float64(int64(t)/1000*10 + int64(i)), (int64(t)/1000+int64(i))%5 != 0
}

func rawOf(i int) string { return fmt.Sprintf("{%d}", i) }

func parsePast(raw string) (labels.Labels, error) { return labels.FromStrings("i", raw), nil }

func (p *past) Range(_ context.Context, a engine.RangeAsk) (engine.Matrix, error) {
	p.mu.Lock()
	p.asked = append(p.asked, a)
	p.mu.Unlock()
	m := engine.Matrix{Parse: parsePast}
	if p.refuse != nil {
		if err := p.refuse(a); err != nil {
			return m, err
		}
	}
	for i := range p.series {
		s := engine.Points{Raw: rawOf(i)}
		for t := a.From; t <= a.Until; t = t.Add(a.Step) {
			if v, ok := valueOf(i, t); ok {
				s.Times, s.Values = append(s.Times, t), append(s.Values, v)
			}
		}
		m.Series = append(m.Series, s)
	}
	return m, nil
}

func (p *past) Ask(_ context.Context, a engine.Ask) evaluator.Answer {
	p.mu.Lock()
	p.instants = append(p.instants, a)
	p.mu.Unlock()
	return evaluator.Answer{Samples: samplesAt(p.series, a.At), Parse: parsePast}
}

func samplesAt(series int, at model.Time) (want []evaluator.Sample) {
	for i := range series {
		if v, ok := valueOf(i, at); ok {
			want = append(want, evaluator.Sample{Raw: rawOf(i), Value: v})
		}
	}
	return want
}

func checkAnswer(t *testing.T, got evaluator.Answer, series int, at model.Time) {
	t.Helper()
	want := samplesAt(series, at)
	if got.Outcome != evaluator.Good || !slices.Equal(got.Samples, want) {
		t.Fatalf("at %v: %v of %d samples, want %d", at, got.Outcome, len(got.Samples), len(want))
	}
}

const pastStart = model.Time(1_000_003_000)

// read asks for some instants one after the other and checks each answer.
func readPast(t *testing.T, o PagesOptions, r *rules.Rule, instants int) (context.Context, *Pages) {
	t.Helper()
	world := o.Sources["p"].(*past)
	o.Rules = []*rules.Rule{r}
	step := max(r.Interval, time.Second)
	if o.Until == 0 {
		o.Until = pastStart.Add(time.Duration(instants) * step)
	}
	if o.Wait == nil {
		o.Wait = func(context.Context, time.Duration) {}
	}
	pages := NewPages(o)
	ctx, end := pages.Open(t.Context())
	for n := range instants {
		at := pastStart.Add(time.Duration(n) * step)
		got := pages.Ask(ctx, engine.Ask{Source: "p", Expr: r.Expr, At: at, Rules: []string{r.Key}})
		if ctx.Err() != nil {
			break
		}
		checkAnswer(t, got, world.series, at)
	}
	end()
	return ctx, pages
}

func rule(interval time.Duration) *rules.Rule {
	return &rules.Rule{Key: "r", Expr: "x", Source: "p", Interval: interval}
}

func TestPagesAnswerAsInstantsWould(t *testing.T) {
	bounded := rule(15 * time.Second)
	bounded.Expr = "x @ end()"
	scheduled := rule(0)
	scheduled.Schedule = &rules.Schedule{}
	tests := []struct {
		name     string
		rule     *rules.Rule
		series   int
		instants int
		queries  int // at most: range queries
		single   int // exactly: queries of one instant
	}{
		{"few instants are one page or two", rule(15 * time.Second), 3, 40, 2, 0},
		{"a long past is short pages, then longer ones", rule(15 * time.Second), 3, 9000, 16, 0},
		{"what returns nothing is read in long pages too", rule(15 * time.Second), 0, 9000, 16, 0},
		{"many series make pages shorter", rule(15 * time.Second), 20_000, 200, 6, 0},
		{"a schedule has no grid and is asked instant by instant", scheduled, 3, 5, 0, 5},
		{"what refers to the end of a range is asked instant by instant", bounded, 3, 5, 0, 5},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			world := &past{series: tt.series}
			readPast(t, PagesOptions{Sources: map[string]Past{"p": world}}, tt.rule, tt.instants)
			if len(world.asked) > tt.queries || len(world.instants) != tt.single {
				t.Errorf("%d range queries and %d of one instant, want %d and %d", len(world.asked), len(world.instants), tt.queries, tt.single)
			}
			for _, a := range world.asked {
				if n := int(a.Until.Sub(a.From)/a.Step) + 1; n > mostPoints || n > fewPoints && n*tt.series > DefaultSamples {
					t.Errorf("%d points of %d series in one query", n, tt.series)
				}
			}
		})
	}
}

func TestPagesReadNothingOfTheFuture(t *testing.T) {
	world := &past{series: 1}
	until := pastStart.Add(70 * time.Minute)
	readPast(t, PagesOptions{Sources: map[string]Past{"p": world}, Until: until}, rule(time.Minute), 60)
	for _, a := range world.asked {
		if a.Until > until {
			t.Errorf("asked until %v, which is after %v", a.Until, until)
		}
	}
}

func TestPagesServeTheSmallestOfSeveralIntervals(t *testing.T) {
	world := &past{series: 1}
	pages := NewPages(PagesOptions{
		Sources: map[string]Past{"p": world}, Until: 300_000,
		Rules: []*rules.Rule{{Key: "a", Interval: time.Minute, Source: "p"}, {Key: "b", Interval: 20 * time.Second, Source: "p"}},
	})
	ctx, end := pages.Open(t.Context())
	defer end()
	pages.Ask(ctx, engine.Ask{Source: "p", At: 60_000, Rules: []string{"a", "b"}})
	if got := world.asked[0].Step; got != 20*time.Second {
		t.Errorf("step %s, want 20s", got)
	}
}

// Of two configurations one may ask instant by instant what the other doesn't, under
// the name of the same rule.
func TestPagesKnowWhatEachConfigurationAsks(t *testing.T) {
	bounded, plain := "x @ end()", "x"
	for _, order := range [][]string{{bounded, plain}, {plain, bounded}} {
		world := &past{series: 1}
		o := PagesOptions{Sources: map[string]Past{"p": world}, Until: 300_000}
		for _, expr := range order {
			o.Rules = append(o.Rules, &rules.Rule{Key: "r", Expr: expr, Source: "p", Interval: time.Minute})
		}
		pages := NewPages(o)
		ctx, end := pages.Open(t.Context())
		for _, expr := range order {
			pages.Ask(ctx, engine.Ask{Source: "p", Expr: expr, At: 60_000, Rules: []string{"r"}})
		}
		end()
		if len(world.instants) != 1 || world.instants[0].Expr != bounded || world.asked[0].Expr != plain {
			t.Errorf("%q: %d by instant, %v", order, len(world.instants), world.asked)
		}
	}
}

// What is too much for a source at once may be less than that in smaller pages.
func TestPagesThatAreTooLargeAreDivided(t *testing.T) {
	for name, outcome := range map[string]evaluator.Outcome{
		"for the engine": evaluator.Execution, "for the limits": evaluator.BadQuery, "for the way": evaluator.Unavailable,
	} {
		world := &past{series: 2, refuse: func(a engine.RangeAsk) error {
			if a.Until.Sub(a.From) > 100*a.Step {
				return &engine.RangeError{Outcome: outcome, Text: "too many samples"}
			}
			return nil
		}}
		ctx, _ := readPast(t, PagesOptions{Sources: map[string]Past{"p": world}}, rule(time.Minute), 2000)
		if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
			t.Errorf("too large %s: %v", name, cause)
		}
	}
}

func TestPagesThatFail(t *testing.T) {
	down := &engine.RangeError{Outcome: evaluator.Unavailable, Text: "connection refused"}
	wrong := &engine.RangeError{Outcome: evaluator.BadQuery, Text: "parse error"}
	part := &engine.RangeError{Outcome: evaluator.Partial, Text: "store-2 is down"}
	ask := engine.Ask{Source: "p", Expr: "x", At: pastStart, Rules: []string{"r"}}
	open := func(t *testing.T, world *past, lenient bool) (context.Context, *Pages, *[]time.Duration) {
		waited := &[]time.Duration{}
		pages := NewPages(PagesOptions{
			Sources: map[string]Past{"p": world}, Rules: []*rules.Rule{rule(time.Minute)}, Until: pastStart.Add(time.Hour), Lenient: lenient,
			Wait: func(_ context.Context, d time.Duration) { *waited = append(*waited, d) },
		})
		ctx, end := pages.Open(t.Context())
		t.Cleanup(end)
		return ctx, pages, waited
	}
	t.Run("a source that is down is asked four times, then the run is over", func(t *testing.T) {
		world := &past{refuse: func(engine.RangeAsk) error { return down }}
		ctx, pages, waited := open(t, world, false)
		if got := pages.Ask(ctx, ask); got.Outcome != evaluator.Unavailable || !errors.Is(context.Cause(ctx), down) {
			t.Errorf("%+v, %v", got, context.Cause(ctx))
		}
		if want := []time.Duration{time.Second, 2 * time.Second, 4 * time.Second}; !slices.Equal(*waited, want) || len(world.asked) != 4 {
			t.Errorf("waited %v, asked %d times", *waited, len(world.asked))
		}
	})
	t.Run("who is lenient hears of it, and asks anew at the next instant", func(t *testing.T) {
		world := &past{series: 1, refuse: func(engine.RangeAsk) error { return down }}
		ctx, pages, _ := open(t, world, true)
		if got := pages.Ask(ctx, ask); got.Outcome != evaluator.Unavailable || got.Error != "connection refused" || ctx.Err() != nil {
			t.Errorf("%+v, %v", got, ctx.Err())
		}
	})
	t.Run("a query that is wrong is an answer", func(t *testing.T) {
		ctx, pages, waited := open(t, &past{refuse: func(engine.RangeAsk) error { return wrong }}, false)
		if got := pages.Ask(ctx, ask); got.Outcome != evaluator.BadQuery || got.Error != "parse error" || ctx.Err() != nil || len(*waited) > 0 {
			t.Errorf("%+v, %v, waited %v", got, ctx.Err(), *waited)
		}
	})
	t.Run("a query that is wrong is not asked again and again", func(t *testing.T) {
		world := &past{refuse: func(engine.RangeAsk) error { return wrong }}
		ctx, pages, _ := open(t, world, false)
		pages.Until = pastStart.Add(9000 * time.Minute)
		for n := range 9000 {
			next := ask
			next.At = pastStart.Add(time.Duration(n) * time.Minute)
			if got := pages.Ask(ctx, next); got.Outcome != evaluator.BadQuery {
				t.Fatalf("%+v", got)
			}
		}
		if len(world.asked) > 16 {
			t.Errorf("asked %d times", len(world.asked))
		}
	})
	t.Run("a part is a part", func(t *testing.T) {
		ctx, pages, _ := open(t, &past{series: 2, refuse: func(engine.RangeAsk) error { return part }}, false)
		if got := pages.Ask(ctx, ask); got.Outcome != evaluator.Partial || got.Error != "store-2 is down" {
			t.Errorf("%+v", got)
		}
	})
	t.Run("a source that is not there", func(t *testing.T) {
		ctx, pages, _ := open(t, &past{}, false)
		pages.Ask(ctx, engine.Ask{Source: "q", Expr: "x", At: pastStart, Rules: []string{"r"}})
		if cause := context.Cause(ctx); cause == nil || !strings.Contains(cause.Error(), `no source "q"`) {
			t.Error(cause)
		}
	})
}

func TestBudget(t *testing.T) {
	tests := []struct {
		name   string
		budget *Budget
		want   string // empty: it is enough
	}{
		{"no bounds", &Budget{}, ""},
		{"enough", &Budget{MaxQueries: 100, MaxSamples: 100_000}, ""},
		{"too few queries", &Budget{MaxQueries: 2}, "the budget of 2 queries is used up"},
		{"too few samples", &Budget{MaxSamples: 300}, "the budget of 300 samples is used up"},
		{"too little time", &Budget{MaxTime: time.Nanosecond}, "the budget of 1ns is used up"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ctx, pages := readPast(t, PagesOptions{Sources: map[string]Past{"p": &past{series: 3}}, Budget: tt.budget}, rule(time.Minute), 1000)
			got := context.Cause(ctx).Error()
			if got == context.Canceled.Error() {
				got = ""
			}
			if got != tt.want {
				t.Errorf("ended by %q, want %q", got, tt.want)
			}
			if b := pages.Budget; b.MaxQueries > 0 && b.Queries() > b.MaxQueries {
				t.Errorf("%d queries were asked", b.Queries())
			}
		})
	}
}

// A second run asks for nothing that a first one asked for, whatever its beginning.
func TestCache(t *testing.T) {
	cache := &Cache{Dir: t.TempDir(), Settled: pastStart.Add(30 * time.Hour), Parse: parsePast, Identity: map[string]string{"p": "http://a"}}
	first := &past{series: 3}
	readPast(t, PagesOptions{Sources: map[string]Past{"p": first}, Cache: cache}, rule(time.Minute), 1500)
	if len(first.asked) == 0 {
		t.Fatal("nothing was asked")
	}
	second := &past{series: 3}
	readPast(t, PagesOptions{Sources: map[string]Past{"p": second}, Cache: cache}, rule(time.Minute), 1500)
	if len(second.asked) > 1 { // what reaches into the future of the first is cut there
		t.Errorf("%d of %d pages were asked again", len(second.asked), len(first.asked))
	}
	t.Run("another server, another expression and another interval are others", func(t *testing.T) {
		elsewhere := &Cache{Dir: cache.Dir, Settled: cache.Settled, Parse: parsePast, Identity: map[string]string{"p": "http://b"}}
		other := rule(time.Minute)
		other.Expr = "y"
		for _, o := range []struct {
			cache *Cache
			rule  *rules.Rule
		}{{elsewhere, rule(time.Minute)}, {cache, other}, {cache, rule(30 * time.Second)}} {
			world := &past{series: 3}
			readPast(t, PagesOptions{Sources: map[string]Past{"p": world}, Cache: o.cache}, o.rule, 70)
			if len(world.asked) == 0 {
				t.Errorf("%+v: nothing was asked", o)
			}
		}
	})
	t.Run("pages that are damaged are asked again", func(t *testing.T) {
		damaged := 0
		for _, name := range pageFiles(t, cache.Dir) {
			text, err := os.ReadFile(name)
			if err == nil {
				text[len(text)/2] ^= 0x40
				err = os.WriteFile(name, text[:len(text)-damaged%2], 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
			damaged++
		}
		world := &past{series: 3}
		readPast(t, PagesOptions{Sources: map[string]Past{"p": world}, Cache: cache}, rule(time.Minute), 1500)
		if damaged == 0 || len(world.asked) == 0 {
			t.Errorf("%d pages were damaged and %d asked", damaged, len(world.asked))
		}
	})
	t.Run("what may still change is not kept", func(t *testing.T) {
		young := &Cache{Dir: t.TempDir(), Settled: pastStart, Parse: parsePast}
		readPast(t, PagesOptions{Sources: map[string]Past{"p": &past{series: 1}}, Cache: young}, rule(time.Minute), 200)
		if left := pageFiles(t, young.Dir); len(left) > 1 { // of before the start
			t.Errorf("%q were kept", left)
		}
	})
	t.Run("a folder that can't be written costs only time", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		readPast(t, PagesOptions{Sources: map[string]Past{"p": &past{series: 1}}, Cache: &Cache{Dir: file, Settled: pastStart.Add(time.Hour * 99)}}, rule(time.Minute), 200)
	})
	t.Run("the oldest go first, and nothing but pages", func(t *testing.T) {
		other := filepath.Join(cache.Dir, "thesis.txt")
		if err := os.WriteFile(other, []byte(strings.Repeat("x", 5000)), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := cache.Prune(1000); err != nil {
			t.Fatal(err)
		}
		var size int64
		for _, name := range pageFiles(t, cache.Dir) {
			info, err := os.Stat(name)
			if err != nil {
				t.Fatal(err)
			}
			size += info.Size()
		}
		if size > 1000 {
			t.Errorf("%d bytes are left", size)
		}
		if _, err := os.Stat(other); err != nil {
			t.Error(err)
		}
	})
}

func pageFiles(t *testing.T, dir string) []string {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(dir, "*", "*", "*.page"))
	if err != nil {
		t.Fatal(err)
	}
	return all
}
