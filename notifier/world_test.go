package notifier

import (
	"encoding/json"
	"fmt"
	"sort"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"tocsin/evaluator"
	"tocsin/rules"
)

// A fataler is a test of the testing package or of rapid.
type fataler interface {
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// A world is what the tests put around a planner: the alerts that are true, a
// store that keeps rows as JSON, and receivers that answer as they are told.
type world struct {
	t      fataler
	now    model.Time
	p      *twins
	light  bool // keeps no rows
	cfg    *rules.Config
	alerts map[string]evaluator.Alert
	store  map[string]rules.Stored
	replay []Decision // decisions in order
	flying []Send
	seq    int
	// onSend is called for each attempt, after it is stored.
	onSend func(Send)
}

// epoch is where the time of tests begins: a whole day, far from zero.
const epoch = model.Time(1_700_006_400_000)

func newWorld(t fataler) *world {
	return &world{
		t: t, now: epoch, p: newTwins(t, false),
		alerts: map[string]evaluator.Alert{}, store: map[string]rules.Stored{},
	}
}

// commit keeps the planner's rows, through JSON as a store would.
func (w *world) commit() {
	if w.light {
		w.p.Rows(func(rules.Row) {})
		return
	}
	w.p.Rows(func(r rules.Row) {
		id := r.Kind + " " + r.Key
		if r.Value == nil {
			delete(w.store, id)
			return
		}
		switch d := r.Value.(type) {
		case Decision:
			w.replay = append(w.replay, d)
			return
		case AttemptRow:
			return
		}
		b, err := json.Marshal(r.Value)
		if err != nil {
			w.t.Fatalf("row %s: %v", id, err)
		}
		w.store[id] = rules.Stored{Kind: r.Kind, Key: r.Key, Value: b}
	})
}

// lose forgets what the planner has not handed to the store yet.
func (w *world) lose() { w.p.Rows(func(rules.Row) {}) }

// restart makes a new planner out of the store, as after a crash.
func (w *world) restart(cfg *rules.Config) {
	w.p = newTwins(w.t, w.light)
	w.flying = nil
	var ids []string
	for id := range w.store {
		ids = append(ids, id)
	}
	sort.Strings(ids)
	for _, id := range ids {
		if err := w.p.Restore(w.store[id]); err != nil {
			w.t.Fatal(err)
		}
	}
	for _, a := range w.sorted() {
		w.p.Seed(a)
	}
	w.reload(cfg)
}

func (w *world) reload(cfg *rules.Config) {
	w.cfg = cfg
	w.p.Reload(w.now, cfg)
	w.commit()
}

func (w *world) sorted() []evaluator.Alert {
	var keys []string
	for k := range w.alerts {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	var all []evaluator.Alert
	for _, k := range keys {
		all = append(all, w.alerts[k])
	}
	return all
}

// change tells the planner that an alert is at a level now; OK ends it.
func (w *world) change(rule, instance string, l rules.Level, edit func(*evaluator.Alert)) {
	a, had := w.alerts[rule+"\x00"+instance]
	from := a.Notify
	if !had {
		w.seq++
		a = evaluator.Alert{
			Rule: rule, Instance: instance, Name: rule,
			Labels:  labels.FromStrings(labels.AlertName, rule, "instance", instance),
			Episode: fmt.Sprintf("ep%d", w.seq), StartsAt: w.now, Has: 1<<rules.Warn | 1<<rules.Error,
		}
	}
	a.Level, a.Notify, a.LevelSince, a.EndsAt, a.Reason = l, l, w.now, 0, evaluator.Breached
	if l == rules.OK {
		a.EndsAt, a.Reason = w.now, evaluator.Recovered
	}
	c := evaluator.Change{Kind: kindOf(from, l), From: from, To: l, At: w.now}
	if edit != nil {
		edit(&a)
	}
	if a.Flapping && !w.alerts[rule+"\x00"+instance].Flapping {
		c.Kind = evaluator.Flapping
	}
	c.Alert = &a
	if a.Notify == rules.OK {
		delete(w.alerts, rule+"\x00"+instance)
	} else {
		w.alerts[rule+"\x00"+instance] = a
	}
	w.p.Change(w.now, c)
	w.commit()
}

func kindOf(from, to rules.Level) evaluator.ChangeKind {
	switch {
	case to == rules.OK:
		return evaluator.Resolve
	case to < from:
		return evaluator.Lower
	}
	return evaluator.Raise
}

func (w *world) step() {
	sends := w.p.Step(w.now)
	w.commit()
	for _, s := range sends {
		w.flying = append(w.flying, s)
		if w.onSend != nil {
			w.onSend(s)
		}
	}
}

// pass lets time go by, with a step whenever the planner wants one.
func (w *world) pass(d time.Duration) {
	until := w.now.Add(d)
	for range 1_000_000 {
		next, ok := w.p.Next()
		if !ok || next > until {
			w.now = until
			return
		}
		w.now = max(w.now, next)
		w.step()
	}
	w.t.Fatal("the planner asks for steps without end")
}

func (w *world) settle(s Settled) {
	for i := range w.flying {
		if w.flying[i].Delivery.ID == s.ID && w.flying[i].Delivery.Attempt == s.Attempt {
			w.flying = append(w.flying[:i:i], w.flying[i+1:]...)
			break
		}
	}
	w.p.Settle(w.now, s)
	w.commit()
}

// checkBooks compares the sum of what was accounted for.
func (w *world) checkBooks() {
	s := w.p.Stats()
	if sum := s.Delivered + s.Collapsed + s.Suppressed + s.Failed + s.Waiting; sum != s.Changes {
		w.t.Fatalf("books: %d changes, but %d accounted for: %+v", s.Changes, sum, s)
	}
}

func entryText(e Entry) (text string) {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s/%s", e.News, e.Alert.Rule, e.Alert.Instance)
	if e.News == Resolved {
		fmt.Fprintf(&b, " was %s (%s)", e.Was, e.Alert.Reason)
		return b.String()
	}
	if e.Held != "" {
		defer func() { text += " {" + e.Held + "}" }()
	}
	fmt.Fprintf(&b, " %s", e.Alert.Notify)
	if e.Alert.Flapping {
		b.WriteString(" flapping")
	}
	if e.Was != e.Alert.Notify && e.Was != rules.OK {
		fmt.Fprintf(&b, " was %s", e.Was)
	}
	return b.String()
}

func deliveryText(d Delivery) string {
	var parts []string
	for _, e := range d.Firing {
		parts = append(parts, entryText(e))
	}
	for _, e := range d.Resolved {
		parts = append(parts, entryText(e))
	}
	s := fmt.Sprintf("%s (%s) %s", d.Reason, d.Level, strings.Join(parts, ", "))
	if d.Effect != Post {
		s = fmt.Sprintf("%s of %s: %s", d.Effect, d.Root, s)
	}
	if d.Next != "" {
		s += " next=" + d.Next
	}
	if d.Incident != "" {
		s += " incident=" + d.Incident[:6]
	}
	if d.Attempt > 1 {
		s += fmt.Sprintf(" [attempt %d]", d.Attempt)
	}
	for _, m := range d.Marks {
		s += " [" + m + "]"
	}
	if d.Handle != "" {
		s += " handle=" + d.Handle
	}
	if len(d.Left) > 0 {
		s += " left=" + strings.Join(d.Left, ",")
	}
	return s
}
