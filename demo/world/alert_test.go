package world

import (
	"testing"
	"time"

	"tocsin/engine"
	"tocsin/evaluator"
	"tocsin/rules"
)

// A watcher evaluates the starter rules as the demo does: every two seconds, with
// short timers.
type watcher struct {
	*stage
	rules    []*rules.Rule
	machines []*evaluator.Machine
}

func newWatcher(t *testing.T) *watcher {
	w := &watcher{stage: newStage(t, noon), rules: starterRules(t, window)}
	for _, r := range w.rules {
		for _, l := range []*rules.LevelRule{r.Levels.Warn, r.Levels.Error} {
			l.For /= haste
			l.KeepFiringFor /= haste
		}
		r.Flap.Within /= haste
		w.machines = append(w.machines, evaluator.New(r))
	}
	return w
}

// interval is the distance of two evaluations.
const interval = 2 * time.Second

// evaluate lets an interval pass and returns what changed.
func (w *watcher) evaluate() (out []evaluator.Change) {
	w.run(interval)
	for i, m := range w.machines {
		answer := w.source.Ask(w.Context(), engine.Ask{Expr: w.rules[i].Expr, At: w.now})
		out = append(out, m.Observe(evaluator.Observation{At: w.now, Interval: interval, Answer: answer, Room: 1000})...)
	}
	return out
}

// until watches for a change and returns how long it took.
func (w *watcher) until(limit time.Duration, what string, is func(evaluator.Change) bool) time.Duration {
	w.Helper()
	for d := interval; d <= limit; d += interval {
		for _, c := range w.evaluate() {
			if is(c) {
				return d
			}
		}
	}
	w.Errorf("%s does not come within %v", what, limit)
	return limit
}

// TestFromSwitchToAlert is what people see: an alert within seconds of throwing a
// switch, and its end within seconds of throwing it back.
func TestFromSwitchToAlert(t *testing.T) {
	for _, r := range []struct {
		sw           Switch
		alert        string
		raise, clear time.Duration
	}{
		{Latency, "ApiLatencyP95", 8 * time.Second, 20 * time.Second},
		{Latency, "WebLatencyP95", 10 * time.Second, 20 * time.Second},
		{Latency, "CPUHigh", 20 * time.Second, 20 * time.Second},
		{Errors, "ErrorRateHigh", 6 * time.Second, 20 * time.Second},
		{Memory, "MemoryHigh", 18 * time.Second, 12 * time.Second},
		{Silence, "TargetDown", 4 * time.Second, 10 * time.Second},
		{Flap, "MemoryHigh", 14 * time.Second, 20 * time.Second},
	} {
		w := newWatcher(t)
		for range 10 {
			if got := w.evaluate(); len(got) != 0 {
				t.Fatalf("before %s is thrown: %+v", r.sw, got)
			}
		}
		w.throw(r.sw, true)
		raise := w.until(r.raise, string(r.sw)+": a raise of "+r.alert, func(c evaluator.Change) bool {
			return c.Kind == evaluator.Raise && c.Alert.Name == r.alert
		})
		w.throw(r.sw, false)
		end := w.until(r.clear, string(r.sw)+": a resolve of "+r.alert, func(c evaluator.Change) bool {
			return c.Kind == evaluator.Resolve && c.Alert.Name == r.alert
		})
		t.Logf("%s: %s after %v, resolved %v after its end", r.sw, r.alert, raise, end)
	}
}

// TestErrorIsReached: what can be an error becomes one if the switch stays on.
func TestErrorIsReached(t *testing.T) {
	for sw, alert := range map[Switch]string{Latency: "ApiLatencyP95", Errors: "ErrorRateHigh", Memory: "MemoryHigh", Silence: "TargetDown"} {
		w := newWatcher(t)
		w.throw(sw, true)
		w.until(40*time.Second, alert+" at error", func(c evaluator.Change) bool {
			return c.Alert.Name == alert && c.To == rules.Error
		})
	}
}

// TestFlapIsSeen: four raises within the hour are flapping.
func TestFlapIsSeen(t *testing.T) {
	w := newWatcher(t)
	w.throw(Flap, true)
	n := w.until(2*time.Minute, "flapping", func(c evaluator.Change) bool { return c.Kind == evaluator.Flapping })
	t.Logf("flapping after %v", n)
}
