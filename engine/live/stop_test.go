package live

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/engine"
	"tocsin/evaluator"
	"tocsin/notifier"
	"tocsin/rules"
)

// keepSettled keeps a row for each settlement and one at the end.
func keepSettled(_ model.Time, in engine.Input) engine.Batch {
	switch in := in.(type) {
	case engine.Settled:
		return engine.Batch{Rows: []rules.Row{row(in.ID, in.Outcome.String())}}
	case engine.Stopping:
		return engine.Batch{Rows: []rules.Row{row("checkpoint", 1)}}
	default:
		return engine.Batch{}
	}
}

// F35: SIGTERM with deliveries pending and under way.
func TestF35Stop(t *testing.T) {
	always := func(context.Context, int) error { return errors.New("disk full") }
	tests := []struct {
		name   string
		sender engine.Sender
		commit func(context.Context, int) error
		wants  []want
		took   time.Duration
		told   []string // after the stop at 10 s
		kept   []string
		err    string
	}{
		{
			name: "with nothing under way it is immediate, and the checkpoint is kept",
			told: []string{"10s stopping"}, kept: []string{"checkpoint"},
		},
		{
			name: "questions under way are dropped, not failed",
			wants: []want{
				{9 * s, asks("hangs", time.Hour)},
			},
			told: []string{"10s stopping"}, kept: []string{"checkpoint"},
		},
		{
			name:   "the results of attempts under way are waited for and kept",
			sender: &post{takes: 6 * s},
			wants:  []want{{9 * s, sends("a", "w", 30*s, row("a", "handed out"))}},
			took:   5*s + time.Millisecond,
			told:   []string{"15.001s settled a.1 delivered ", "15.001s stopping"},
			kept:   []string{"a delivered", "checkpoint"},
		},
		{
			name:   "an attempt that lasts too long stays as it was kept",
			sender: &post{takes: time.Hour},
			wants:  []want{{9 * s, sends("a", "w", time.Hour, row("a", "handed out"))}},
			took:   8 * s,
			told:   []string{"18s stopping"},
			kept:   []string{"a handed out", "checkpoint"},
		},
		{
			name:   "an attempt that waits for the store is not begun",
			sender: &post{},
			commit: takes(4 * s),
			wants:  []want{{9 * s, sends("a", "w", 30*s, row("a", "handed out"))}},
			took:   7*s + time.Millisecond,
			told:   []string{"10s settled a.1 refused not begun: stopping", "10s stopping"},
			kept:   []string{"a refused", "checkpoint"},
		},
		{
			name:   "time does not pass any more",
			sender: &post{takes: 6 * s},
			wants:  []want{{9 * s, sends("a", "w", 30*s)}, {12 * s, sends("b", "w", 30*s)}},
			took:   5*s + time.Millisecond,
			told:   []string{"15.001s settled a.1 delivered ", "15.001s stopping"},
			kept:   []string{"a delivered", "checkpoint"},
		},
		{
			name:   "a store that fails is tried until the time is up",
			commit: always,
			took:   9500 * time.Millisecond,
			told:   []string{"10s stopping"},
			err:    "stop: 1 rows not kept: disk full",
		},
		{
			name:   "a store that hangs does not hold up the end",
			commit: takes(time.Hour),
			took:   9750 * time.Millisecond,
			told:   []string{"10s stopping"},
			err:    "stop: the store does not answer: the last rows are not kept",
		},
		{
			name:   "neither a sender nor a source that heeds nothing holds up the end",
			sender: senderFunc(func(context.Context, notifier.Delivery) notifier.Settled { time.Sleep(time.Hour); panic(1) }),
			wants:  []want{{9 * s, sends("a", "w", 30*s)}, {9 * s, asks("deaf", 30*s)}},
			took:   9500 * time.Millisecond,
			told:   []string{"18s stopping"}, kept: []string{"checkpoint"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			core := &script{wants: tt.wants, react: keepSettled}
			world := World{
				Senders: map[string]engine.Sender{"w": tt.sender},
				Sources: map[string]engine.Source{
					"hangs": after(time.Hour),
					"deaf": sourceFunc(func(context.Context, engine.Ask) evaluator.Answer {
						time.Sleep(time.Hour)
						return evaluator.Answer{}
					}),
				},
			}
			opts := Options{Store: &fakeStore{commit: tt.commit}, World: world}
			inBubble(t, core, opts, func(t *testing.T, b *bubble) {
				b.at(10 * s)
				before := len(core.told())
				took, err := b.stop(t)
				if took != tt.took {
					t.Errorf("the stop took %s, want %s", took, tt.took)
				}
				if text := errText(err); text != tt.err {
					t.Errorf("the stop ended with %q, want %q", text, tt.err)
				}
				same(t, "told", core.told()[before:], tt.told)
				var kept []string
				for k, v := range b.store.kept() {
					if text, ok := v.(string); ok {
						k += " " + text
					}
					kept = append(kept, k)
				}
				slices.Sort(kept)
				same(t, "kept", kept, tt.kept)
				b.at(2 * time.Hour) // the deaf ones end
			})
		})
	}
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// F19: a reload during a send is one message, by the sender that it began with;
// the old world is closed when that has ended, and not before.
func TestF19ReloadDuringSend(t *testing.T) {
	core := &script{wants: []want{
		{1 * s, sends("a", "w", 30*s)},
		{3 * s, sends("b", "w", 30*s)},
	}}
	var closed []string
	closes := func(name string, b **bubble) func() {
		return func() { closed = append(closed, name+" "+time.Since((*b).began).String()) }
	}
	var running *bubble
	older, newer := &post{takes: 10 * s}, &post{}
	world := func(name string, p *post) World {
		return World{Senders: map[string]engine.Sender{"w": p}, Close: closes(name, &running)}
	}
	inBubble(t, core, Options{World: world("old", older)}, func(t *testing.T, b *bubble) {
		running = b
		newer.began = b.began
		b.at(2 * s)
		if err := b.Reload(t.Context(), &rules.Config{}, world("new", newer)); err != nil {
			t.Fatal(err)
		}
		b.at(20 * s)
		same(t, "told", core.told(), []string{
			"0s reloaded", "1s elapsed", "2s reloaded", "3s elapsed",
			"3.001s settled b.1 delivered ", "11.001s settled a.1 delivered ",
		})
		same(t, "sent by the old", older.sent(), []string{"1.001s a.1"})
		same(t, "sent by the new", newer.sent(), []string{"3.001s b.1"})
		_, _ = b.stop(t)
		same(t, "closed", closed, []string{"old 11.001s", "new 20s"})
		if err := b.Reload(t.Context(), &rules.Config{}, World{}); !errors.Is(err, ErrStopped) {
			t.Errorf("reload after the end: %v", err)
		}
	})
}

func TestLook(t *testing.T) {
	inBubble(t, &script{}, Options{}, func(t *testing.T, b *bubble) {
		looked := false
		if err := b.Look(t.Context(), func(*engine.Core) { looked = true }); err != nil || !looked {
			t.Errorf("looked: %t, %v", looked, err)
		}
		err := b.Look(t.Context(), func(*engine.Core) { panic("boom") })
		if err == nil || !strings.Contains(err.Error(), "boom") {
			t.Errorf("a look that panics: %v", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := b.Look(ctx, func(*engine.Core) {}); err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("a look that nobody waits for: %v", err)
		}
	})
}

func TestWatch(t *testing.T) {
	core := &script{}
	for i := range 400 {
		core.wants = append(core.wants, want{time.Duration(i+1) * 10 * time.Millisecond, engine.Batch{Notes: []engine.Note{{Text: "x"}}}})
	}
	inBubble(t, core, Options{}, func(t *testing.T, b *bubble) {
		ctx, cancel := context.WithCancel(t.Context())
		slow, quick := b.Watch(ctx), b.Watch(t.Context())
		counted := make(chan int, 1)
		go func() {
			n := 0
			for e := range quick {
				if n++; e.Missed {
					t.Error("the quick one missed something")
				}
			}
			counted <- n
		}()
		b.at(6 * s)
		for i := range watchBuffer {
			if e := <-slow; e.Missed {
				t.Errorf("event %d says that some were missed before it", i)
			}
		}
		b.at(8 * s)
		if e := <-slow; !e.Missed {
			t.Error("nothing says that some were missed")
		}
		cancel()
		if _, open := <-slow; open {
			t.Error("the watch goes on after its end")
		}
		_, _ = b.stop(t)
		if n := <-counted; n != 400 {
			t.Errorf("the quick one saw %d batches, want 400", n)
		}
		if _, open := <-b.Watch(t.Context()); open {
			t.Error("a watch after the end of the driver is open")
		}
	})
}

func TestStats(t *testing.T) {
	core := &script{wants: []want{
		{1 * s, asks("good", 10*s)},
		{2 * s, asks("bad", 1*s)},
		{3 * s, sends("a", "w", 10*s, row("x", 1))},
		{4 * s, sends("b", "none", 10*s)},
		{5 * s, asks("bad", time.Hour)},
	}}
	world := World{
		Sources: map[string]engine.Source{"good": after(200 * time.Millisecond), "bad": after(time.Hour)},
		Senders: map[string]engine.Sender{"w": &post{takes: s}},
	}
	inBubble(t, core, Options{World: world}, func(t *testing.T, b *bubble) {
		b.at(10 * s)
		st := b.Stats()
		if len(st.Sources) != 2 || st.Asking != 1 || st.Sending != 0 || st.Held != 0 || st.Commits.Count != 1 || st.RowsKept != 1 {
			t.Fatalf("stats: %+v", st)
		}
		bad, good := st.Sources[0], st.Sources[1]
		if bad.Name != "bad" || bad.Queries != 1 || bad.Failures != 1 {
			t.Errorf("bad source: %+v", bad)
		}
		if good.Name != "good" || good.Evaluations != 1 || good.Failures != 0 || good.Durations.Sum != 0.2 {
			t.Errorf("good source: %+v", good)
		}
		want := []engine.SendStats{
			{Receiver: "team", Kind: "webhook", Outcome: notifier.Delivered, Count: 1, Seconds: 1},
			{Receiver: "team", Kind: "webhook", Outcome: notifier.Refused, Count: 1, Seconds: 0},
		}
		if !slices.Equal(st.Sends, want) {
			t.Errorf("sends: %+v, want %+v", st.Sends, want)
		}
	})
}
