package world

import (
	"testing"
	"time"

	"tocsin/engine"
	"tocsin/evaluator"
	"tocsin/rules"
	"tocsin/rules/starter"
)

// A watcher evaluates the starter rules every second, in a hurry.
type watcher struct {
	*stage
	rules    []*rules.Rule
	machines []*evaluator.Machine
}

func newWatcher(t *testing.T) *watcher {
	w := &watcher{stage: newStage(t, noon), rules: starterRules(t, Hurry(starter.Rules))}
	for _, r := range w.rules {
		w.machines = append(w.machines, evaluator.New(r))
	}
	return w
}

// second lets one pass and returns what changed.
func (w *watcher) second() (out []evaluator.Change) {
	w.run(time.Second)
	for i, m := range w.machines {
		answer := w.source.Ask(w.Context(), engine.Ask{Expr: w.rules[i].Expr, At: w.now})
		out = append(out, m.Observe(evaluator.Observation{At: w.now, Interval: time.Second, Answer: answer, Room: 1000})...)
	}
	return out
}

// until watches for a change and returns how many seconds it took.
func (w *watcher) until(limit int, what string, is func(evaluator.Change) bool) int {
	w.Helper()
	for n := 1; n <= limit; n++ {
		for _, c := range w.second() {
			if is(c) {
				return n
			}
		}
	}
	w.Errorf("%s does not come within %d seconds", what, limit)
	return limit
}

// TestFromSwitchToAlert is what people see: an alert within seconds of throwing a
// switch, and its end within seconds of throwing it back.
func TestFromSwitchToAlert(t *testing.T) {
	for _, r := range []struct {
		sw           Switch
		alert        string
		raise, clear int // seconds
	}{
		{Latency, "ApiLatencyP95", 6, 20},
		{Latency, "WebLatencyP95", 8, 20},
		{Latency, "CPUHigh", 16, 20},
		{Errors, "ErrorRateHigh", 6, 20},
		{Memory, "MemoryHigh", 12, 10},
		{Silence, "TargetDown", 4, 10},
		{Flap, "MemoryHigh", 8, 20},
	} {
		w := newWatcher(t)
		for range 10 {
			if got := w.second(); len(got) != 0 {
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
		t.Logf("%s: %s after %d s, resolved %d s after its end", r.sw, r.alert, raise, end)
	}
}

// TestErrorIsReached: what can be an error becomes one if the switch stays on.
func TestErrorIsReached(t *testing.T) {
	for sw, alert := range map[Switch]string{Latency: "ApiLatencyP95", Errors: "ErrorRateHigh", Memory: "MemoryHigh", Silence: "TargetDown"} {
		w := newWatcher(t)
		w.throw(sw, true)
		w.until(20, alert+" at error", func(c evaluator.Change) bool {
			return c.Alert.Name == alert && c.To == rules.Error
		})
	}
}

// TestFlapIsSeen: four raises within the hour are flapping.
func TestFlapIsSeen(t *testing.T) {
	w := newWatcher(t)
	w.throw(Flap, true)
	n := w.until(90, "flapping", func(c evaluator.Change) bool { return c.Kind == evaluator.Flapping })
	t.Logf("flapping after %d s", n)
}
