package notifier

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/model/labels"

	"tocsin/evaluator"
	"tocsin/rules"
)

// A crash while a message of many alerts is in the air: it is repeated under its id
// with the same entries, and what ended meanwhile is told with its labels. So it is
// with a row that says all of each alert, as rows did once.
func TestCrashDuringLargeFlight(t *testing.T) {
	t.Run("alike together", func(t *testing.T) { crashInFlight(t, func(b brief) []brief { return []brief{b} }) })
	t.Run("each alone", func(t *testing.T) { crashInFlight(t, apart) })
}

// apart splits a brief into briefs of one entry each.
func apart(b brief) []brief {
	names := append([]string{b.Instance, b.Episode}, b.More...)
	var all []brief
	for name := range slices.Chunk(names, 2) {
		b.Instance, b.Episode, b.More = name[0], name[1], nil
		all = append(all, b)
	}
	return all
}

func crashInFlight(t *testing.T, rewrite func(brief) []brief) {
	w := crowd(t, nil, 1)
	w.light = false
	w.restart(w.cfg)
	w.p.Ready(w.now, "cpu")
	w.raiseMany(3*mostWhole, func(i int) rules.Level { return rules.Warn + rules.Level(i%2) })
	w.pass(30 * time.Second)
	before := w.flying[0].Delivery

	w.rewriteFlight("flight "+before.ID, rewrite)
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

func (w *world) rewriteFlight(id string, rewrite func(brief) []brief) {
	stored := w.store[id]
	var row flightRow
	if err := json.Unmarshal(stored.Value, &row); err != nil {
		w.t.Fatal(err)
	}
	var all []brief
	for _, b := range row.Firing {
		all = append(all, rewrite(b)...)
	}
	row.Firing = all
	stored.Value, _ = json.Marshal(row)
	w.store[id] = stored
}

// Entries that differ in anything but their names are stored apart, and all come back
// in their order.
func TestBriefly(t *testing.T) {
	entry := func(edit func(*Entry)) (e Entry) {
		a := raised("cpu", "a", "1", rules.Warn, epoch)
		e = Entry{Alert: &a, News: New, Was: rules.OK}
		edit(&e)
		return e
	}
	all := []Entry{
		entry(func(*Entry) {}), // stored whole
		entry(func(*Entry) {}),
		entry(func(e *Entry) { e.Alert.Instance = "b" }),
		entry(func(e *Entry) { e.Alert.Episode = "2" }),
		entry(func(e *Entry) { e.Alert.Rule = "disk" }),
		entry(func(e *Entry) { e.Alert.Notify = rules.Error }),
		entry(func(e *Entry) { e.Alert.Reason = evaluator.ReasonNoData }),
		entry(func(e *Entry) { e.Alert.Flapping = true }),
		entry(func(e *Entry) { e.News = Raised }),
		entry(func(e *Entry) { e.Was = rules.Warn }),
		entry(func(e *Entry) { e.Held = "acknowledged" }),
		entry(func(*Entry) {}),
	}
	whole, rest := briefly(all, 1)
	if len(whole) != 1 || len(rest) != 9 {
		t.Fatalf("%d whole and %d briefs, want 1 and 9: %+v", len(whole), len(rest), rest)
	}
	back := append(whole, NewPlanner("test").entries(&lane{}, rest)...)
	if len(back) != len(all) {
		t.Fatalf("%d entries, want %d", len(back), len(all))
	}
	for i := range all {
		if !alike(&all[i], &back[i]) || alertKey(all[i].Alert) != alertKey(back[i].Alert) || all[i].Alert.Episode != back[i].Alert.Episode {
			t.Errorf("entry %d is %+v, want %+v", i, *back[i].Alert, *all[i].Alert)
		}
	}
}
