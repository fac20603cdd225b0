package live

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/common/model"
	"pgregory.net/rapid"

	"tocsin/engine"
	"tocsin/rules"
)

// takes returns a commit that lasts.
func takes(d time.Duration) func(context.Context, int) error {
	return func(context.Context, int) error { time.Sleep(d); return nil }
}

// failsUntil returns a commit that fails for a while from now on.
func failsUntil(d time.Duration) func(context.Context, int) error {
	var since time.Time
	return func(context.Context, int) error {
		if since.IsZero() {
			since = time.Now()
		}
		if time.Since(since) < d {
			return errors.New("disk full")
		}
		return nil
	}
}

// failsOnce returns a commit that fails once, after a while.
func failsOnce(d time.Duration) func(context.Context, int) error {
	failed := false
	return func(context.Context, int) error {
		if failed {
			return nil
		}
		failed = true
		time.Sleep(d)
		return errors.New("disk full")
	}
}

// hangsOnce returns a commit that hangs until it is told to stop, once.
func hangsOnce() func(context.Context, int) error {
	hung := false
	return func(ctx context.Context, _ int) error {
		if !hung {
			hung = true
			<-ctx.Done()
			return ctx.Err()
		}
		return nil
	}
}

func TestSendsWaitForTheStore(t *testing.T) {
	tests := []struct {
		name   string
		commit func(context.Context, int) error
		wants  []want
		sent   []string
		told   []string // of the store and of attempts that did not begin
	}{
		{
			"nothing to keep is nothing to wait for", takes(3 * s),
			[]want{{0, sends("a", "w", s)}},
			[]string{"1ms a.1"},
			nil,
		},
		{
			"a send begins when its batch is durable", takes(300 * time.Millisecond),
			[]want{{0, sends("a", "w", s, row("x", 1))}},
			[]string{"301ms a.1"},
			nil,
		},
		{
			"a send without rows waits for the rows before it", takes(300 * time.Millisecond),
			[]want{{0, engine.Batch{Rows: []rules.Row{row("x", 1)}}}, {100 * time.Millisecond, sends("a", "w", s)}},
			[]string{"301ms a.1"},
			nil,
		},
		{
			"what waits is kept in one transaction", takes(300 * time.Millisecond),
			[]want{
				{0, sends("a", "w", s, row("x", 1))},
				{100 * time.Millisecond, sends("b", "w", s, row("x", 2))},
				{200 * time.Millisecond, sends("c", "w", s, row("y", 2))},
			},
			[]string{"301ms a.1", "601ms b.1", "601ms c.1"},
			nil,
		},
		{
			"what comes while an attempt fails is kept with it", failsOnce(300 * time.Millisecond),
			[]want{
				{0, engine.Batch{Rows: []rules.Row{row("x", 1), row("z", 1)}}},
				{100 * time.Millisecond, sends("a", "w", 5*s, row("x", 2), row("y", 2))},
			},
			[]string{"401ms a.1"},
			nil,
		},
		{
			"a store that fails for less than two seconds delays", failsUntil(1200 * time.Millisecond),
			[]want{{0, sends("a", "w", 5*s, row("x", 1))}},
			[]string{"1.501s a.1"},
			nil,
		},
		{
			"a store that fails for longer is not waited for, until it has caught up", failsUntil(10 * s),
			[]want{
				{0, sends("a", "w", 9*s, row("x", 1))},
				{5 * s, sends("b", "w", 9*s, row("x", 2))},
				{20 * s, sends("c", "w", 9*s, row("x", 3))},
			},
			[]string{"2.001s a.1", "5.001s b.1", "20.001s c.1"},
			[]string{"2.001s degraded true", "11.301s degraded false"},
		},
		{
			"a store that hangs is given up after ten seconds", hangsOnce(),
			[]want{{0, sends("a", "w", 30*s, row("x", 1))}},
			[]string{"10.001s a.1"},
			[]string{"10.001s degraded true", "10.101s degraded false"},
		},
		{
			"an attempt whose time is over before it may begin is not made", hangsOnce(),
			[]want{{0, sends("a", "w", 5*s, row("x", 1))}, {1 * s, sends("b", "w", 20*s, row("y", 1))}},
			[]string{"10.001s b.1"},
			[]string{"10.001s degraded true", "10.001s settled a.1 refused not begun: its time was over", "10.101s degraded false"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			core, office := &script{wants: tt.wants}, &post{}
			opts := Options{
				Store: &fakeStore{commit: tt.commit},
				World: World{Senders: map[string]engine.Sender{"w": office}},
			}
			inBubble(t, core, opts, func(t *testing.T, b *bubble) {
				b.at(30 * s)
				same(t, "sent", slices.Sorted(slices.Values(office.sent())), slices.Sorted(slices.Values(tt.sent)))
				var told []string
				for _, line := range core.told() {
					if strings.Contains(line, "degraded") || strings.Contains(line, "not begun") {
						told = append(told, line)
					}
				}
				same(t, "told", told, tt.told)
				_, _ = b.stop(t)
				last := map[string]any{}
				for _, w := range tt.wants {
					for _, r := range w.batch.Rows {
						last[r.Key] = r.Value
					}
				}
				if kept := b.store.kept(); !maps.Equal(kept, last) {
					t.Errorf("kept %v, want %v", kept, last)
				}
			})
		})
	}
}

// A row that can't be encoded is lost; those beside it are not.
func TestRowThatCannotBeEncoded(t *testing.T) {
	encodes := func(rows []rules.Row) error {
		_, err := json.Marshal(rows)
		return err
	}
	core := &script{wants: []want{{0, sends("a", "w", s, row("x", 1), row("bad", math.NaN()), row("y", 2))}}}
	office := &post{}
	opts := Options{Store: &fakeStore{check: encodes}, World: World{Senders: map[string]engine.Sender{"w": office}}}
	inBubble(t, core, opts, func(t *testing.T, b *bubble) {
		b.at(1 * s)
		same(t, "sent", office.sent(), []string{"1ms a.1"})
		if kept := b.store.kept(); !maps.Equal(kept, map[string]any{"x": 1, "y": 2}) {
			t.Errorf("kept %v", kept)
		}
	})
}

// While the store fails, what people do is refused; before and after it is done.
func TestDo(t *testing.T) {
	core := &script{wants: []want{{5 * s, engine.Batch{Rows: []rules.Row{row("x", 1)}}}}}
	core.react = func(_ model.Time, in engine.Input) engine.Batch {
		if _, ok := in.(engine.Lost); ok {
			return engine.Batch{Rows: []rules.Row{row("y", 1)}}
		}
		return engine.Batch{}
	}
	began := time.Time{}
	commit := func(context.Context, int) error {
		if since := time.Since(began); since > 5*s && since < 20*s {
			return errors.New("disk full")
		}
		time.Sleep(300 * time.Millisecond)
		return nil
	}
	inBubble(t, core, Options{Store: &fakeStore{commit: commit}}, func(t *testing.T, b *bubble) {
		began = b.began
		b.at(1 * s)
		do := func() error { return b.Do(t.Context(), engine.Lost{Text: "?"}) }
		if err := do(); err != nil || time.Since(b.began) != 1301*time.Millisecond {
			t.Errorf("done at %s: %v; want durable after 301ms", time.Since(b.began), err)
		}
		b.at(6 * s)
		if err := do(); !errors.Is(err, ErrNotKept) || time.Since(b.began) != 7001*time.Millisecond {
			t.Errorf("while it turns out that the store fails, after %s: %v", time.Since(b.began), err)
		}
		if err := do(); !errors.Is(err, ErrNotKept) {
			t.Errorf("while the store fails: %v", err)
		}
		b.at(40 * s)
		if err := do(); err != nil {
			t.Errorf("after it has caught up: %v", err)
		}
		b.cancel()
		synctest.Wait()
		if err := do(); !errors.Is(err, ErrStopped) {
			t.Errorf("after the end: %v", err)
		}
	})
}

// A store that can keep nothing at the start is one that fails, from the first
// instant on and until it keeps, even if there is nothing to keep.
func TestFailingFromTheStart(t *testing.T) {
	for _, tt := range []struct {
		name   string
		wants  []want
		commit func(context.Context, int) error
		sent   []string
		told   []string
	}{
		{
			"nothing is waited for",
			[]want{{s, sends("a", "w", 5*s, row("x", 1))}},
			failsUntil(10 * s),
			[]string{"1.001s a.1"},
			[]string{"0s degraded true", "11.3s degraded false"},
		},
		{"it is found out that it keeps", nil, takes(s), nil, []string{"0s degraded true", "1s degraded false"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			core, office := &script{wants: tt.wants}, &post{}
			opts := Options{
				Failing: true, Store: &fakeStore{commit: tt.commit},
				World: World{Senders: map[string]engine.Sender{"w": office}},
			}
			inBubble(t, core, opts, func(t *testing.T, b *bubble) {
				<-b.Started()
				if err := b.Do(t.Context(), engine.Lost{Text: "?"}); !errors.Is(err, ErrNotKept) {
					t.Errorf("at the start: %v", err)
				}
				b.at(30 * s)
				same(t, "sent", office.sent(), tt.sent)
				same(t, "told", slices.DeleteFunc(core.told(), func(l string) bool { return !strings.Contains(l, "degraded") }), tt.told)
				if err := b.Do(t.Context(), engine.Lost{Text: "?"}); err != nil {
					t.Errorf("after it has caught up: %v", err)
				}
			})
		})
	}
}

// What a person did before the end is kept by the last commit, and they hear of
// it.
func TestDoIsKeptAtTheEnd(t *testing.T) {
	core := &script{react: func(_ model.Time, in engine.Input) engine.Batch {
		if _, ok := in.(engine.Lost); ok {
			return engine.Batch{Rows: []rules.Row{row("y", 1)}}
		}
		return engine.Batch{}
	}}
	inBubble(t, core, Options{Store: &fakeStore{commit: takes(3 * s)}}, func(t *testing.T, b *bubble) {
		b.at(1 * s)
		done := make(chan error, 1)
		go func() { done <- b.Do(t.Context(), engine.Lost{Text: "?"}) }()
		b.at(2 * s)
		took, err := b.stop(t)
		if took != 2*s+time.Millisecond || err != nil {
			t.Errorf("the stop took %s: %v", took, err)
		}
		if err := <-done; err != nil {
			t.Errorf("done: %v", err)
		}
	})
}

func TestPruneEachDay(t *testing.T) {
	inBubble(t, &script{}, Options{Retention: 48 * time.Hour}, func(t *testing.T, b *bubble) {
		b.at(25 * time.Hour)
		from := func(after time.Duration) string {
			return engine.HistoryFrom(b.core.start.Add(after - 48*time.Hour))
		}
		same(t, "pruned", b.store.pruned, []string{
			"change " + from(time.Minute), "decision " + from(time.Minute), "attempt " + from(time.Minute),
			"change " + from(24*time.Hour+time.Minute), "decision " + from(24*time.Hour+time.Minute),
			"attempt " + from(24*time.Hour+time.Minute),
		})
	})
}

// While the store fails, what is true stays owed in full, and of the history the
// newest: memory has an end.
func TestHistoryOwedHasAnEnd(t *testing.T) {
	var d debt
	d.add([]rules.Row{row("x", 1)})
	for n := range 3 * mostHistory {
		d.add([]rules.Row{{Kind: rules.KindChange, Key: engine.HistoryKey(0, uint64(n), ""), Value: n}})
	}
	if d.size() != 1+3*mostHistory {
		t.Fatalf("%d rows are owed to a store that works, want all", d.size())
	}
	d = (&debt{}).after(d)
	sound, _ := d.sift()
	for name, got := range map[string]debt{"the debt": d, "what can be encoded of it": sound} {
		all := got.all()
		if len(all) != 1+mostHistory || got.size() != len(all) || all[0].Key != "x" || all[len(all)-1].Value != 3*mostHistory-1 {
			t.Errorf("%s is %d rows, from %+v to %+v", name, len(all), all[0], all[len(all)-1])
		}
		if got.dropped != 2*mostHistory {
			t.Errorf("%s has dropped %d rows, want %d", name, got.dropped, 2*mostHistory)
		}
	}
}

// Whatever fails in whatever order, the store ends up with the last value of each
// key, and a send never begins before its rows are there, unless the store was
// given up.
func TestCommitterKeepsTheLast(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		steps := rapid.SliceOfN(rapid.IntRange(0, 9), 1, 30).Draw(t, "keys")
		fails := rapid.SliceOfN(rapid.Bool(), 1, 20).Draw(t, "fails")
		var d, owed debt
		last, kept := map[string]int{}, map[string]int{}
		for i, k := range steps {
			key := string(rune('a' + k))
			last[key] = i
			d.add([]rules.Row{row(key, i)})
			if i%3 != 0 {
				continue
			}
			owed, d = d, debt{}
			d.add([]rules.Row{row(key, -i)}) // what comes while it is under way
			last[key] = -i
			if fails[i%len(fails)] {
				d = d.after(owed)
				continue
			}
			for _, r := range owed.rows {
				kept[r.Key] = r.Value.(int)
			}
		}
		for _, r := range d.rows {
			kept[r.Key] = r.Value.(int)
		}
		for k, v := range last {
			if kept[k] != v {
				t.Fatalf("%q is %d, want %d", k, kept[k], v)
			}
		}
	})
}

// A commit of many rows is not broken off while it goes on: begun anew, it would
// be larger each time.
func TestManyRowsHaveTime(t *testing.T) {
	rows := make([]rules.Row, 30_000)
	for i := range rows {
		rows[i] = row(strconv.Itoa(i), i)
	}
	commit := func(ctx context.Context, _ int) error {
		select {
		case <-time.After(15 * s):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	core := &script{wants: []want{{0, engine.Batch{Rows: rows}}}}
	inBubble(t, core, Options{Store: &fakeStore{commit: commit}}, func(t *testing.T, b *bubble) {
		b.at(16 * s)
		if n := len(b.store.kept()); n != len(rows) {
			t.Errorf("%d rows kept, want %d", n, len(rows))
		}
	})
}
