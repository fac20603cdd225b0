package live

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/engine"
	"tocsin/notifier"
	"tocsin/rules"
)

// Many hands at all doors at once, for the race detector; and whatever they do,
// time does not go back and each question and attempt comes back once.
func TestManyHands(t *testing.T) {
	core := &script{}
	for i := range 500 {
		w := sends(time.Duration(i).String(), "w", s, row("x", i))
		w.Asks = asks("p", s).Asks
		core.wants = append(core.wants, want{time.Duration(i) * 2 * time.Millisecond, w})
	}
	var mu sync.Mutex
	var times []model.Time
	answers, settled := map[engine.AskID]int{}, map[string]int{}
	core.react = func(at model.Time, in engine.Input) engine.Batch {
		mu.Lock()
		defer mu.Unlock()
		times = append(times, at)
		switch in := in.(type) {
		case engine.Answered:
			answers[in.ID]++
		case engine.Settled:
			settled[in.ID]++
		}
		return engine.Batch{}
	}
	world := func() World {
		return World{
			Sources: map[string]engine.Source{"p": after(5 * time.Millisecond)},
			Senders: map[string]engine.Sender{"w": &post{takes: 7 * time.Millisecond}},
		}
	}
	opts := Options{World: world(), Store: &fakeStore{commit: takes(3 * time.Millisecond)}}
	inBubble(t, core, opts, func(t *testing.T, b *bubble) {
		var hands sync.WaitGroup
		for i := range 8 {
			hands.Go(func() { busy(t, b, i, world) })
		}
		hands.Wait()
		b.at(5 * s)
		_, _ = b.stop(t)
		if !slices.IsSorted(times) {
			t.Error("time went back")
		}
		once(t, "answers", answers, 500)
		once(t, "settlements", settled, 500)
	})
}

// busy uses each door again and again.
func busy(t *testing.T, b *bubble, i int, world func() World) {
	events := b.Watch(t.Context())
	for range 100 {
		time.Sleep(time.Duration(5+i) * time.Millisecond)
		errs := []error{
			b.Look(t.Context(), func(*engine.Core) {}),
			b.Do(t.Context(), engine.Degraded{}),
			b.Reload(t.Context(), &rules.Config{}, world()),
		}
		if b.Stats().Degraded {
			t.Error("degraded")
		}
		for _, err := range errs {
			if err != nil {
				t.Error(err)
			}
		}
		select {
		case <-events:
		default:
		}
	}
}

func once[K comparable](t *testing.T, what string, seen map[K]int, want int) {
	t.Helper()
	if len(seen) != want {
		t.Errorf("%d different %s, want %d", len(seen), what, want)
	}
	for k, n := range seen {
		if n != 1 {
			t.Errorf("%s: %v came %d times", what, k, n)
		}
	}
}

// A broken adapter is one that gives anything at all; the loop outlives it.
func TestStrangeAdapters(t *testing.T) {
	core := &script{wants: []want{{0, asks("p", s)}, {0, sends("a", "w", s)}, {2 * s, asks("p", s)}}}
	world := World{
		Sources: map[string]engine.Source{"p": sourceFunc(nil)},
		Senders: map[string]engine.Sender{"w": senderFunc(nil)},
	}
	inBubble(t, core, Options{World: world}, func(t *testing.T, b *bubble) {
		b.at(3 * s)
		st := b.Stats()
		if len(st.Sources) != 1 || st.Sources[0].Failures != 2 {
			t.Errorf("sources: %+v", st.Sources)
		}
		if len(st.Sends) != 1 || st.Sends[0].Outcome != notifier.Unknown {
			t.Errorf("sends: %+v", st.Sends)
		}
	})
}
