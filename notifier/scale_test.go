package notifier

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"tocsin/evaluator"
	"tocsin/rules"
)

// crowd is a configuration with one receiver of some integrations, and a world
// that is started on it.
func crowd(t testing.TB, by []string, integrations int) *world {
	cfg := emptyConfig()
	cfg.Rules = []*rules.Rule{{Key: "cpu", Interval: time.Minute}}
	r := rules.Receiver{Name: "team"}
	for i := range integrations {
		r.Integrations = append(r.Integrations, rules.Integration{
			Key: fmt.Sprintf("hook:%02d", i), Kind: "hook", Receiver: "team", SendResolved: true, Timeout: 10 * time.Second,
		})
	}
	cfg.Receivers = []rules.Receiver{r}
	cfg.Route = &rules.Route{
		ID: "root", Receiver: "team", GroupBy: by,
		GroupWait: 30 * time.Second, GroupInterval: 5 * time.Minute, RepeatInterval: 4 * time.Hour,
	}
	w := newWorld(t)
	w.light = true
	w.restart(cfg)
	w.p.Ready(w.now, "cpu")
	return w
}

func (w *world) raiseMany(n int, level func(i int) rules.Level) {
	for i := range n {
		w.change("cpu", fmt.Sprintf("i%05d", i), level(i), nil)
	}
}

func (w *world) settleAll() {
	for _, s := range append([]Send(nil), w.flying...) {
		w.settle(Settled{ID: s.Delivery.ID, Attempt: s.Delivery.Attempt, Outcome: Delivered})
	}
}

// TestF24FiftyThousandAtOnce: one group, one message, all in it, on time.
func TestF24FiftyThousandAtOnce(t *testing.T) {
	const n = 50_000
	w := crowd(t, nil, 1)
	start := w.now
	w.raiseMany(n, func(i int) rules.Level { return rules.Warn + rules.Level(i%2) })
	w.pass(31 * time.Second)
	if len(w.flying) != 1 {
		t.Fatalf("%d messages, want one", len(w.flying))
	}
	d := w.flying[0].Delivery
	if got := w.flying[0].Deadline.Sub(d.At); got <= 15*time.Second {
		t.Errorf("the attempt may take %s, as if it were of few", got)
	}
	if len(d.Firing) != n || d.At.Sub(start) != 30*time.Second {
		t.Errorf("%d alerts after %s, want %d after 30s", len(d.Firing), d.At.Sub(start), n)
	}
	for i, e := range d.Firing {
		if want := rules.Error - rules.Level(i/(n/2)); e.Alert.Notify != want {
			t.Fatalf("entry %d is at %s: errors go first", i, e.Alert.Notify)
		}
	}
	w.settleAll()
	w.checkBooks()
}

// TestF25TenThousandGroups: few attempts at once, errors first, all in the
// end, and nobody is told twice.
func TestF25TenThousandGroups(t *testing.T) {
	avalanche(t, 10_000, 1, mostPerOutlet)
	avalanche(t, 500, 20, mostFlights)
}

func avalanche(t *testing.T, n, integrations, atOnce int) {
	w := crowd(t, []string{"instance"}, integrations)
	w.raiseMany(n, func(i int) rules.Level {
		if i%100 == 99 {
			return rules.Error
		}
		return rules.Warn
	})
	most, told, warned := 0, 0, map[string]bool{}
	w.onSend = func(s Send) {
		told++
		key := s.Delivery.Integration
		if s.Delivery.Level == rules.Warn {
			warned[key] = true
		} else if warned[key] {
			t.Errorf("%s: an error after a warning", key)
		}
	}
	w.pass(30 * time.Second)
	for len(w.flying) > 0 {
		most = max(most, len(w.flying))
		w.settleAll()
		w.step()
	}
	if most != atOnce {
		t.Errorf("%d attempts at once, want %d", most, atOnce)
	}
	if told != n*integrations {
		t.Errorf("%d messages, want %d", told, n*integrations)
	}
	w.checkBooks()
	if s := w.p.Stats(); s.Waiting != 0 || s.Delivered != uint64(n*integrations) {
		t.Errorf("not all is delivered: %+v", s)
	}
}

// many returns a planner that has told of n alerts.
func many(b *testing.B, n int, by []string) *world {
	w := crowd(b, by, 1)
	w.raiseMany(n, func(int) rules.Level { return rules.Warn })
	w.pass(30 * time.Second)
	for len(w.flying) > 0 {
		w.settleAll()
		w.step()
	}
	return w
}

func drop(rules.Row) {}

// BenchmarkChange is one change among 10,000 active alerts, from the change to
// the rows of the confirmed delivery. With group_by: [alertname] all of them are
// in the message.
func BenchmarkChange(b *testing.B) {
	for name, by := range map[string][]string{"own groups": {"instance"}, "one group": {"alertname"}} {
		b.Run(name, func(b *testing.B) {
			w := many(b, 10_000, by)
			a := w.alerts["cpu\x00i05000"]
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				w.now = w.now.Add(5 * time.Minute)
				a.Notify = rules.Warn + rules.Level((i+1)%2)
				a.Level = a.Notify
				now := a
				w.p.Change(w.now, evaluator.Change{Kind: evaluator.Raise, At: w.now, Alert: &now})
				w.p.Rows(drop)
				at, _ := w.p.Next()
				w.now = max(w.now, at)
				for _, s := range w.p.Step(w.now) {
					w.p.Rows(drop)
					w.p.Settle(w.now, Settled{ID: s.Delivery.ID, Attempt: 1, Outcome: Delivered})
				}
				w.p.Rows(drop)
			}
		})
	}
}

// raised is an alert that has just been raised.
func raised(rule, instance, episode string, l rules.Level, at model.Time) evaluator.Alert {
	return evaluator.Alert{
		Rule: rule, Instance: instance, Name: rule, Episode: episode, Level: l, Notify: l,
		Labels:   labels.FromStrings(labels.AlertName, rule, "instance", instance),
		StartsAt: at, LevelSince: at, Reason: evaluator.Breached,
	}
}

// BenchmarkFlush is what 50,000 alerts in one group cost between group_wait and the
// commit after which their message may go: the step and its rows as JSON.
func BenchmarkFlush(b *testing.B) {
	b.ReportAllocs()
	size := 0
	for b.Loop() {
		b.StopTimer()
		w := crowd(b, nil, 1)
		for i := range 50_000 {
			a := raised("cpu", fmt.Sprintf("%024x", i), fmt.Sprintf("%016x", i), rules.Warn+rules.Level(i%2), w.now)
			w.p.Change(w.now, evaluator.Change{Kind: evaluator.Raise, To: a.Notify, At: w.now, Alert: &a})
		}
		w.p.Rows(drop)
		runtime.GC()
		b.StartTimer()
		w.now = w.now.Add(30 * time.Second)
		if n := len(w.p.Step(w.now)); n != 1 {
			b.Fatalf("%d messages, want one", n)
		}
		size = 0
		w.p.Rows(func(r rules.Row) {
			if value, err := rules.Append(nil, r.Value); err != nil {
				b.Fatal(err)
			} else {
				size += len(value)
			}
		})
	}
	b.ReportMetric(float64(size)/1e6, "MB-kept")
}

// BenchmarkIdleStep is a step in which nothing is due, beside 10,000 alerts that
// were told.
func BenchmarkIdleStep(b *testing.B) {
	w := many(b, 10_000, []string{"instance"})
	b.ReportAllocs()
	for b.Loop() {
		w.p.Step(w.now)
		w.p.Rows(drop)
		if at, _ := w.p.Next(); at <= w.now {
			b.Fatal("something is due")
		}
	}
}

// BenchmarkTakeChange is what a change costs before its group is flushed.
func BenchmarkTakeChange(b *testing.B) {
	w := many(b, 10_000, []string{"alertname"})
	a := w.alerts["cpu\x00i05000"]
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		a.Notify = rules.Warn + rules.Level((i+1)%2)
		now := a
		w.p.Change(w.now, evaluator.Change{Kind: evaluator.Raise, At: w.now, Alert: &now})
		w.p.Rows(drop)
	}
}

// BenchmarkTenThousandGroups is an avalanche: from 10,000 changes at once to the
// rows of the last delivery.
func BenchmarkTenThousandGroups(b *testing.B) {
	var at model.Time
	for b.Loop() {
		w := many(b, 10_000, []string{"instance"})
		at = w.now
	}
	_ = at
}
