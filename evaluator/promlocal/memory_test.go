package promlocal

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"pgregory.net/rapid"

	"tocsin/engine"
)

func up(job string) labels.Labels { return labels.FromStrings("__name__", "up", "job", job) }

func TestAppendRefusesWhatDoesNotFit(t *testing.T) {
	rows := []struct {
		says   string
		second Sample
		want   error
	}{
		{"a later sample", Sample{Labels: up("a"), At: minute(2), Value: 2}, nil},
		{"the same sample again changes nothing", Sample{Labels: up("a"), At: minute(1), Value: 1}, nil},
		{"another value at the same time", Sample{Labels: up("a"), At: minute(1), Value: 2}, ErrDuplicate},
		{"a stale mark is another value", Sample{Labels: up("a"), At: minute(1), Value: Stale()}, ErrDuplicate},
		{"an older sample", Sample{Labels: up("a"), At: minute(0), Value: 1}, ErrOutOfOrder},
		{"an older sample of another series", Sample{Labels: up("b"), At: minute(0), Value: 1}, nil},
	}
	for _, r := range rows {
		s := New(Options{})
		first := Sample{Labels: up("a"), At: minute(1), Value: 1}
		if err := s.Append(first); err != nil {
			t.Fatal(err)
		}
		err := s.Append(r.second, Sample{Labels: up("c"), At: minute(0), Value: 3})
		if !errors.Is(err, r.want) {
			t.Errorf("%s: %v, want %v", r.says, err, r.want)
		}
		if err != nil && !strings.Contains(err.Error(), r.second.Labels.String()) {
			t.Errorf("%s: %v names no series", r.says, err)
		}
		if got := show(s.Ask(t.Context(), engine.Ask{Expr: `up{job="c"}`, At: minute(1)})); got != `{__name__="up", job="c"}=3 ` {
			t.Errorf("%s: the sample beside it is lost: %s", r.says, got)
		}
	}
}

func TestRetention(t *testing.T) {
	s := New(Options{Retention: 10 * time.Minute})
	ended := labels.FromStrings("__name__", "ended", "job", "x")
	if err := s.Append(Sample{Labels: ended, At: minute(0), Value: 1}); err != nil {
		t.Fatal(err)
	}
	for m := range 60 {
		if err := s.Append(Sample{Labels: up("a"), At: minute(float64(m)), Value: float64(m)}); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(s.memory.byKey[string(up("a").Bytes(nil))].points); n < 10 || n > 13 {
		t.Errorf("%d points are kept of 10 minutes", n)
	}
	if len(s.memory.all) != 1 || len(s.memory.byKey) != 1 || len(s.memory.byName) != 1 {
		t.Errorf("a series that ended is kept: %d %d %d", len(s.memory.all), len(s.memory.byKey), len(s.memory.byName))
	}
	if err := s.Append(Sample{Labels: ended, At: minute(60), Value: 2}); err != nil {
		t.Error("a series that ended can't begin anew: ", err)
	}
	if got := show(s.Ask(t.Context(), engine.Ask{Expr: `count_over_time(up[9m]) + on() ended`, At: minute(60)})); got != `{}=10 ` {
		t.Errorf("got %s", got)
	}
}

// TestBatchesAreSeenWhole queries while batches are appended: the sum of the
// series of one batch is the same at all times.
func TestBatchesAreSeenWhole(t *testing.T) {
	s := New(Options{Retention: time.Minute, Lookback: time.Hour})
	put := func(n int) {
		at := start.Add(time.Duration(n) * time.Second)
		if err := s.Append(Sample{Labels: up("a"), At: at, Value: float64(n)}, Sample{Labels: up("b"), At: at, Value: float64(-n)}); err != nil {
			t.Error(err)
		}
	}
	put(0)
	var wg sync.WaitGroup
	wg.Go(func() {
		for n := 1; n < 1000; n++ {
			put(n)
		}
	})
	for range 4 {
		wg.Go(func() {
			for range 100 {
				got := s.Ask(t.Context(), engine.Ask{Expr: `sum(up)`, At: start.Add(1000 * time.Second)})
				if len(got.Samples) != 1 || got.Samples[0].Value != 0 {
					t.Errorf("half a batch is seen: %v", got.Samples)
				}
			}
		})
	}
	wg.Wait()
}

// TestSelectAgainstOracle compares what a selector finds with a plain search
// through all that was appended.
func TestSelectAgainstOracle(t *testing.T) {
	word := rapid.SampledFrom([]string{"", "a", "b", "ab"})
	rapid.Check(t, func(t *rapid.T) {
		s := New(Options{})
		last := map[string]Sample{}
		for i := range rapid.IntRange(0, 20).Draw(t, "samples") {
			ls := labels.FromMap(map[string]string{"__name__": "m" + word.Draw(t, "name"), "x": word.Draw(t, "x"), "y": word.Draw(t, "y")}).WithoutEmpty()
			x := Sample{Labels: ls, At: start.Add(time.Duration(i) * time.Second), Value: float64(i)}
			if err := s.Append(x); err != nil {
				t.Fatal(err)
			}
			last[ls.String()] = x
		}
		at := start.Add(time.Duration(rapid.IntRange(-1, 400).Draw(t, "at")) * time.Second)
		op := rapid.SampledFrom([]string{"=", "!=", "=~", "!~"})
		opX, x, opY, y := op.Draw(t, "opX"), word.Draw(t, "wantX"), op.Draw(t, "opY"), word.Draw(t, "wantY")
		expr := fmt.Sprintf(`{__name__=~"m.*",x%s"%s",y%s"%s"}`, opX, x, opY, y)
		got := s.Ask(t.Context(), engine.Ask{Expr: expr, At: at})
		found := map[string]float64{}
		for _, sample := range got.Samples {
			ls, err := got.Parse(sample.Raw)
			if err != nil {
				t.Fatal(err)
			}
			found[ls.String()] = sample.Value
		}
		for key, x0 := range last {
			ls := x0.Labels
			want := matchesWord(opX, ls.Get("x"), x) && matchesWord(opY, ls.Get("y"), y) && visible(x0.At, at)
			v, is := found[key]
			// A later sample hides the one before `at`; those are compared by the engine's tests.
			if x0.At <= at && (is != want || (is && v != x0.Value)) {
				t.Fatalf("%s: %s is found: %v, want %v", expr, key, is, want)
			}
		}
	})
}

// visible is the rule of the five minutes, of which the beginning is left out.
func visible(sample, at model.Time) bool {
	return sample <= at && at.Sub(sample) < 5*time.Minute
}

func matchesWord(op, value, want string) bool {
	equal := value == want // the words hold no metacharacters, and regexps are anchored
	return equal == (op == "=" || op == "=~")
}

func TestStaleMarkIsPrometheus(t *testing.T) {
	if got := math.Float64bits(Stale()); got != 0x7ff0000000000002 {
		t.Errorf("%x", got)
	}
}
