package replay

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/engine"
	"tocsin/evaluator"
	"tocsin/rules"
)

// A world of the past: each series has a value at each instant, or none.
type past struct {
	series int
	fail   bool
	asked  []engine.RangeAsk
}

// value is what series i is at an instant; every fifth instant it has none.
func value(i int, t model.Time) (float64, bool) {
	return float64(int64(t)/1000*10 + int64(i)), (int64(t)/1000+int64(i))%5 != 0
}

func (p *past) Range(_ context.Context, a engine.RangeAsk) (engine.Matrix, error) {
	if p.fail {
		return engine.Matrix{}, errors.New("no answer")
	}
	p.asked = append(p.asked, a)
	var m engine.Matrix
	for i := range p.series {
		s := engine.Points{Raw: strconv.Itoa(i)}
		for t := a.From; t <= a.Until; t = t.Add(a.Step) {
			if v, ok := value(i, t); ok {
				s.Times, s.Values = append(s.Times, t), append(s.Values, v)
			}
		}
		m.Series = append(m.Series, s)
	}
	return m, nil
}

func TestPagesAnswerAsInstantsWould(t *testing.T) {
	tests := []struct {
		name     string
		series   int
		interval time.Duration
		instants int
		queries  int // range queries that this takes
	}{
		{"a window of few instants is one page", 3, 15 * time.Second, 40, 1},
		{"a long past is a short page, then long ones", 3, 15 * time.Second, 9000, 2},
		{"many series make pages shorter", 50_000, 15 * time.Second, 65, 2},
		{"a schedule has no grid and is asked instant by instant", 3, 0, 5, 5},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			world := &past{series: tt.series}
			cfg := &rules.Config{Rules: []*rules.Rule{{Key: "r", Interval: tt.interval}}}
			step := max(tt.interval, time.Second)
			start := model.Time(1_000_003_000)
			pages := NewPages(world, cfg, start.Add(time.Duration(tt.instants)*step))
			for n := range tt.instants {
				at := start.Add(time.Duration(n) * step)
				got := pages.Ask(t.Context(), engine.Ask{Source: "p", Expr: "x", At: at, Rules: []string{"r"}})
				checkAnswer(t, got, tt.series, at)
			}
			if len(world.asked) != tt.queries {
				t.Errorf("%d range queries, want %d: %v", len(world.asked), tt.queries, world.asked)
			}
		})
	}
}

func checkAnswer(t *testing.T, got evaluator.Answer, series int, at model.Time) {
	t.Helper()
	var want []evaluator.Sample
	for i := range series {
		if v, ok := value(i, at); ok {
			want = append(want, evaluator.Sample{Raw: strconv.Itoa(i), Value: v})
		}
	}
	if got.Outcome != evaluator.Good || !slices.Equal(got.Samples, want) {
		t.Fatalf("at %v: %d samples, want %d", at, len(got.Samples), len(want))
	}
}

func TestPagesReadNothingOfTheFuture(t *testing.T) {
	world := &past{series: 1}
	cfg := &rules.Config{Rules: []*rules.Rule{{Key: "r", Interval: time.Minute}}}
	pages := NewPages(world, cfg, 300_000)
	pages.Ask(t.Context(), engine.Ask{At: 60_000, Rules: []string{"r"}})
	if until := world.asked[0].Until; until != 300_000 {
		t.Errorf("asked until %d, want 300000", until)
	}
}

func TestPagesThatFailAreAskedAgain(t *testing.T) {
	world := &past{series: 1, fail: true}
	cfg := &rules.Config{Rules: []*rules.Rule{{Key: "r", Interval: time.Minute}}}
	pages := NewPages(world, cfg, 300_000)
	ask := engine.Ask{At: 61_000, Rules: []string{"r"}}
	if got := pages.Ask(t.Context(), ask); got.Outcome != evaluator.Unavailable || got.Error != "no answer" {
		t.Errorf("got %+v, want unavailable", got)
	}
	world.fail = false
	checkAnswer(t, pages.Ask(t.Context(), ask), 1, 61_000)
}

func TestPagesServeTheSmallestOfSeveralIntervals(t *testing.T) {
	world := &past{series: 1}
	cfg := &rules.Config{Rules: []*rules.Rule{{Key: "a", Interval: time.Minute}, {Key: "b", Interval: 20 * time.Second}}}
	pages := NewPages(world, cfg, 300_000)
	pages.Ask(t.Context(), engine.Ask{At: 60_000, Rules: []string{"a", "b"}})
	if got := world.asked[0].Step; got != 20*time.Second {
		t.Errorf("step %s, want 20s", got)
	}
}

func TestWindow(t *testing.T) {
	minute := func(l rules.LevelRule) *rules.Rule {
		return &rules.Rule{Interval: time.Minute, Levels: rules.Levels{Warn: &l}}
	}
	overridden := minute(rules.LevelRule{For: time.Minute})
	overridden.Overrides = []rules.Override{{Levels: rules.Levels{Error: &rules.LevelRule{For: time.Hour}}}}
	every := func(d time.Duration) *rules.Rule {
		next := func(t time.Time) time.Time { return t.Truncate(d).Add(d) }
		if d == 0 {
			next = func(time.Time) time.Time { return time.Time{} }
		}
		return &rules.Rule{Schedule: &rules.Schedule{Next: next}}
	}
	tests := []struct {
		name  string
		rules []*rules.Rule
		want  time.Duration
	}{
		{"a schedule by its last two instants", []*rules.Rule{every(5 * time.Minute)}, 16 * time.Minute},
		{"a day and an hour for a daily schedule", []*rules.Rule{every(24 * time.Hour)}, 25 * time.Hour},
		{"no longer for one without instants", []*rules.Rule{every(0)}, 25 * time.Hour},
		{"no rules need no past", nil, 0},
		{"two instants for a rule without timers", []*rules.Rule{minute(rules.LevelRule{})}, 2 * time.Minute},
		{"for and keep_firing_for one after the other", []*rules.Rule{minute(rules.LevelRule{For: 5 * time.Minute, KeepFiringFor: 10 * time.Minute})}, 17 * time.Minute},
		{"votes by the interval", []*rules.Rule{minute(rules.LevelRule{Votes: rules.Votes{Need: 3, Of: 5}})}, 7 * time.Minute},
		{"overrides too", []*rules.Rule{overridden}, 62 * time.Minute},
		{"the longest of all", []*rules.Rule{minute(rules.LevelRule{}), overridden}, 62 * time.Minute},
	}
	for i, tt := range tests {
		t.Run(fmt.Sprint(i, " ", tt.name), func(t *testing.T) {
			if got := Window(&rules.Config{Rules: tt.rules}, 1_800_000_000_000); got != tt.want {
				t.Errorf("window %s, want %s", got, tt.want)
			}
		})
	}
}
