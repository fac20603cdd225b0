package live

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"tocsin/engine"
	"tocsin/evaluator"
	"tocsin/notifier"
	"tocsin/rules"
)

const s = time.Second

func TestWhatIsOverIsSteppedInTheFixedOrder(t *testing.T) {
	inBubble(t, &script{}, Options{}, func(t *testing.T, b *bubble) {
		b.at(10 * time.Millisecond)
		for _, in := range []engine.Input{
			engine.Answered{ID: 3},
			engine.Settled{Settled: notifier.Settled{ID: "b", Attempt: 1, Outcome: notifier.Delivered}},
			engine.Answered{ID: 1},
			engine.Settled{Settled: notifier.Settled{ID: "a", Attempt: 1, Outcome: notifier.Delivered}},
			engine.Degraded{},
		} {
			b.inbox.put(item{input: in})
		}
		synctest.Wait()
		same(t, "before the millisecond is over", b.core.told(), []string{"0s reloaded"})
		b.at(11 * time.Millisecond)
		same(t, "told", b.core.told(), []string{
			"0s reloaded", "10ms degraded false", "10ms settled a.1 delivered ",
			"10ms settled b.1 delivered ", "10ms answered 1 0 ", "10ms answered 3 0 ",
		})
	})
}

func TestAsks(t *testing.T) {
	panics := sourceFunc(func(context.Context, engine.Ask) evaluator.Answer { panic("boom") })
	tests := []struct {
		name   string
		source engine.Source
		want   string
	}{
		{"a good answer arrives with its latency", after(2 * s), "3.001s answered 1 0 "},
		{"a source that hangs is told to stop at the deadline", after(time.Hour), "11s answered 1 4 context deadline exceeded"},
		{"a source that panics is a failed query", panics, "1.001s answered 1 3 asking the source panicked: boom"},
		{"a source that is not there is unavailable", nil, `1.001s answered 1 4 there is no source "p"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			core := &script{wants: []want{{1 * s, asks("p", 10*s)}}}
			world := World{Sources: map[string]engine.Source{"p": tt.source}}
			inBubble(t, core, Options{World: world}, func(t *testing.T, b *bubble) {
				b.at(20 * s)
				same(t, "told", core.told(), []string{"0s reloaded", "1s elapsed", tt.want})
			})
		})
	}
}

// F37: one rule's query takes 60 s; the others are on time.
func TestF37SlowQueryDelaysNoOther(t *testing.T) {
	core := &script{}
	core.wants = append(core.wants, want{0, asks("slow", 90*s)})
	for i := range 8 {
		core.wants = append(core.wants, want{time.Duration(i) * 10 * s, asks("quick", 5*s)})
	}
	world := World{Sources: map[string]engine.Source{"slow": after(60 * s), "quick": after(100 * time.Millisecond)}}
	inBubble(t, core, Options{World: world}, func(t *testing.T, b *bubble) {
		b.at(71 * s)
		want := []string{"0s reloaded", "0s elapsed", "101ms answered 2 0 "}
		for i := 1; i < 8; i++ {
			at := time.Duration(i) * 10 * s
			if i == 6 {
				want = append(want, at.String()+" elapsed", "1m0.001s answered 1 0 ")
			} else {
				want = append(want, at.String()+" elapsed")
			}
			want = append(want, fmt.Sprintf("%s answered %d 0 ", at+101*time.Millisecond, i+2))
		}
		same(t, "told", core.told(), want)
	})
}

func TestSends(t *testing.T) {
	late := senderFunc(func(_ context.Context, d notifier.Delivery) notifier.Settled {
		time.Sleep(30 * s)
		return notifier.Settled{ID: d.ID, Attempt: d.Attempt, Outcome: notifier.Delivered}
	})
	strange := senderFunc(func(context.Context, notifier.Delivery) notifier.Settled {
		return notifier.Settled{ID: "other", Attempt: 7, Outcome: 99}
	})
	tests := []struct {
		name   string
		sender engine.Sender
		want   string
	}{
		{"a delivery arrives with its latency", &post{takes: 2 * s}, "3.001s settled a.1 delivered "},
		{"a sender that hangs is told to stop at the deadline", &post{takes: time.Hour}, "11s settled a.1 unknown context deadline exceeded"},
		{"a sender that answers after its deadline is believed", late, "31.001s settled a.1 delivered "},
		{"a sender that panics leaves the outcome unknown", senderFunc(nil), "1.001s settled a.1 unknown sending panicked: runtime error: invalid memory address or nil pointer dereference"},
		{"a sender's nonsense leaves the outcome unknown", strange, "1.001s settled a.1 unknown "},
		{"a sender that is not there refuses", nil, `1.001s settled a.1 refused there is no sender for "w"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			core := &script{wants: []want{{1 * s, sends("a", "w", 10*s)}}}
			world := World{Senders: map[string]engine.Sender{"w": tt.sender}}
			inBubble(t, core, Options{World: world}, func(t *testing.T, b *bubble) {
				b.at(40 * s)
				same(t, "told", core.told(), []string{"0s reloaded", "1s elapsed", tt.want})
				if n := b.Stats().Sending; n != 0 {
					t.Errorf("%d attempts under way at the end", n)
				}
			})
		})
	}
}

// F31: the clock is set, or the machine slept.
func TestF31ClockSteps(t *testing.T) {
	tests := []struct {
		name string
		by   time.Duration
		want []string
	}{
		{"an hour forward", time.Hour, []string{"0s reloaded", "5s stepped 1h0m0s", "5s answered 1 0 ", "7s elapsed"}},
		{"an hour back", -time.Hour, []string{"0s reloaded", "5s stepped -1h0m0s", "5s answered 1 0 ", "7s elapsed"}},
		{"half a second is tolerated", 500 * time.Millisecond, []string{"0s reloaded", "5s answered 1 0 ", "7s elapsed"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			core := &script{wants: []want{{7 * s, engine.Batch{}}}}
			var start time.Time
			wall := func() time.Time {
				now := time.Now()
				if start.IsZero() {
					start = now
				}
				if now.Sub(start) >= 5*s {
					now = now.Add(tt.by)
				}
				return now
			}
			inBubble(t, core, Options{Wall: wall}, func(t *testing.T, b *bubble) {
				time.AfterFunc(5*s, func() { b.inbox.put(item{input: engine.Answered{ID: 1}}) })
				b.at(10 * s)
				same(t, "told", core.told(), tt.want)
			})
		})
	}
}

// A process that is held up while it reads the clocks sees no step.
func TestHoldUpIsNoStep(t *testing.T) {
	core := &script{}
	held := 0
	wall := func() time.Time {
		if held++; held%3 == 0 {
			time.Sleep(2 * s)
		}
		return time.Now()
	}
	inBubble(t, core, Options{Wall: wall}, func(t *testing.T, b *bubble) {
		b.at(30 * s)
		same(t, "told", core.told(), []string{"0s reloaded"})
		_, _ = b.stop(t)
		if held < 10 {
			t.Errorf("the clock was read %d times", held)
		}
	})
}

// An attempt that waits for the store while the clock steps has as long as before.
func TestHeldSendsMoveWithTheClock(t *testing.T) {
	core := &script{wants: []want{{4 * s, sends("a", "w", 10*s, row("x", 1))}}}
	office := &post{takes: 2 * s}
	began := time.Time{}
	opts := Options{
		Store: &fakeStore{commit: takes(3 * s)}, World: World{Senders: map[string]engine.Sender{"w": office}},
		Wall: func() time.Time {
			now := time.Now()
			if began.IsZero() {
				began = now
			}
			if now.Sub(began) >= 5*s {
				return now.Add(time.Hour)
			}
			return now
		},
	}
	inBubble(t, core, opts, func(t *testing.T, b *bubble) {
		b.at(20 * s)
		same(t, "sent", office.sent(), []string{"7.001s a.1"})
		same(t, "told", core.told(), []string{"0s reloaded", "4s elapsed", "5s stepped 1h0m0s", "9.001s settled a.1 delivered "})
	})
}

func TestTimePassesOnceAMillisecond(t *testing.T) {
	inBubble(t, &script{hasty: true}, Options{}, func(t *testing.T, b *bubble) {
		b.at(3 * time.Millisecond)
		same(t, "told", b.core.told(), []string{"0s reloaded", "0s elapsed", "1ms elapsed", "2ms elapsed"})
	})
}

func TestLateLoopDoesNotRelive(t *testing.T) {
	core := &script{}
	for i := range 30 {
		core.wants = append(core.wants, want{time.Duration(i+1) * s, engine.Batch{Notes: []engine.Note{{Text: "x"}}}})
	}
	slow := func(b engine.Batch) {
		if b.Seq == 3 { // the second elapsed
			time.Sleep(20*s + 500*time.Millisecond)
		}
	}
	inBubble(t, core, Options{Observe: slow}, func(t *testing.T, b *bubble) {
		b.at(24 * s)
		same(t, "told", core.told(), []string{
			"0s reloaded", "1s elapsed", "2s elapsed", "21.501s elapsed", "22s elapsed", "23s elapsed",
		})
	})
}

func TestStart(t *testing.T) {
	stored := []rules.Stored{{Kind: rules.KindState, Key: "a"}, {Kind: "useless"}, {Kind: rules.KindTold, Key: "b"}}
	t.Run("rows are restored before the configuration comes, and useless ones are told of", func(t *testing.T) {
		core := &script{}
		inBubble(t, core, Options{Store: &fakeStore{stored: stored}}, func(t *testing.T, b *bubble) {
			<-b.Started()
			if len(core.rows) != 2 {
				t.Errorf("restored %d rows, want 2", len(core.rows))
			}
			told := core.told()
			if len(told) != 2 || told[1] != "0s reloaded" {
				t.Errorf("told %q, want lost, then reloaded", told)
			}
		})
	})
	t.Run("to be told to stop while loading is no error", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			d := newDriver(Options{Store: &fakeStore{load: func(ctx context.Context) error {
				cancel()
				return ctx.Err()
			}}, Config: &rules.Config{}}, &script{})
			if err := d.Run(ctx); err != nil {
				t.Error(err)
			}
		})
	})
	t.Run("a store that can't be read ends the run", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			closed := false
			d := newDriver(Options{
				Store:  &fakeStore{load: func(context.Context) error { return errors.New("damaged page") }},
				Config: &rules.Config{},
				World:  World{Close: func() { closed = true }},
			}, &script{})
			if err := d.Run(t.Context()); err == nil || !closed {
				t.Errorf("run ended with %v, world closed: %t", err, closed)
			}
			if err := d.Look(t.Context(), func(*engine.Core) {}); !errors.Is(err, ErrStopped) {
				t.Errorf("look after the end: %v", err)
			}
		})
	})
}
