package notifier

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/model/labels"

	"tocsin/rules"
)

// A crash while a message of many alerts is in the air: it is repeated under its id
// with the same entries, and what ended meanwhile is told with its labels.
func TestCrashDuringLargeFlight(t *testing.T) {
	w := crowd(t, nil, 1)
	w.light = false
	w.restart(w.cfg)
	w.p.Ready(w.now, "cpu")
	w.raiseMany(3*mostWhole, func(i int) rules.Level { return rules.Warn + rules.Level(i%2) })
	w.pass(30 * time.Second)
	before := w.flying[0].Delivery

	w.restart(w.cfg)
	w.p.Ready(w.now, "cpu")
	w.checkBooks()
	w.pass(2 * time.Second)
	again := w.flying[0].Delivery
	if again.ID != before.ID || again.Attempt != 2 {
		t.Fatalf("attempt %d of %s, want attempt 2 of %s", again.Attempt, again.ID, before.ID)
	}
	same := cmp.Comparer(func(a, b labels.Labels) bool { return labels.Equal(a, b) })
	if d := cmp.Diff(before.Firing, again.Firing, same); d != "" {
		t.Error(d)
	}

	w.raiseMany(3*mostWhole, func(int) rules.Level { return rules.OK })
	w.restart(w.cfg)
	w.p.Ready(w.now, "cpu")
	w.pass(5 * time.Minute)
	over := w.flying[0].Delivery
	if len(over.Resolved) != len(before.Firing) {
		t.Fatalf("%d resolved, want %d", len(over.Resolved), len(before.Firing))
	}
	for _, e := range over.Resolved {
		if e.Labels.Get("instance") == "" || e.Alert.Name == "" {
			t.Fatalf("resolved without its facts: %+v", e)
		}
	}
	w.settleAll()
	w.checkBooks()
}
