package history_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	amlabels "github.com/prometheus/alertmanager/pkg/labels"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"tocsin/engine"
	"tocsin/engine/replay"
	"tocsin/evaluator"
	"tocsin/history"
	"tocsin/notifier"
	"tocsin/rules"
	"tocsin/rules/file"
	"tocsin/store/memory"
)

var update = flag.Bool("update", false, "write the golden files")

// start is 22 November 2026, 14:00 UTC.
const start model.Time = 1795356000000

const config = `
prometheus: http://127.0.0.1:1
rule_files: [rules.yaml]
route: {receiver: ops, group_by: [alertname], group_wait: 10s, group_interval: 1m}
receivers:
  - name: ops
    webhook_configs: [{url: 'http://127.0.0.1:1/'}]
`

const ruleFile = `
groups:
  - name: api
    interval: 15s
    rules:
      - alert: Latency
        expr: latency
        unit: seconds
        warn: {above: 300ms, clear: 250ms, for: 1m}
        error: {above: 500ms, clear: 400ms, for: 2 of 4}
        keep_firing_for: 2m
      - alert: Quiet
        expr: quiet
        warn: {above: 1}
      - alert: Broken
        expr: broken
        warn: {above: 1}
`

// A world goes through a warning, an error and the recovery; its receiver refuses
// the first attempt.
type world struct {
	core *engine.Core
	disk memory.Disk
	sent int
}

func (w *world) Ask(_ context.Context, a engine.Ask) evaluator.Answer {
	answer := evaluator.Answer{Parse: func(raw string) (labels.Labels, error) { return labels.FromStrings("route", raw), nil }}
	switch a.Expr {
	case "broken":
		return evaluator.Answer{Outcome: evaluator.BadQuery, Error: "unknown function frob"}
	case "quiet":
		return answer
	}
	value := 0.2
	for _, s := range []struct {
		from  time.Duration
		value float64
	}{{time.Minute, 0.4}, {5 * time.Minute, 0.6}, {8 * time.Minute, 0.27}, {10 * time.Minute, 0.2}} {
		if a.At.Sub(start) >= s.from {
			value = s.value
		}
	}
	answer.Samples = []evaluator.Sample{{Raw: "/pay", Value: value}, {Raw: "/orders", Value: 0.1}}
	return answer
}

func (w *world) Send(_ context.Context, d notifier.Delivery) notifier.Settled {
	if len(d.Firing) == 0 || d.Firing[0].Alert.Name != "Latency" {
		return notifier.Settled{ID: d.ID, Attempt: d.Attempt, Outcome: notifier.Delivered}
	}
	w.sent++
	s := notifier.Settled{ID: d.ID, Attempt: d.Attempt, Outcome: notifier.Delivered}
	if w.sent == 1 {
		s.Outcome, s.Error = notifier.Refused, "webhook: answered 503 Service Unavailable"
	}
	return s
}

// live lives through some time from the start.
func live(t *testing.T, lasts time.Duration, inputs ...replay.Scheduled) (*world, engine.Store) {
	t.Helper()
	l, problems := file.Load(file.Options{ConfigFile: "c.yaml", Files: file.Memory{"c.yaml": config, "rules.yaml": ruleFile}})
	if l == nil {
		t.Fatal(problems)
	}
	w := &world{core: engine.New("default")}
	s := w.disk.Open()
	err := replay.Run(t.Context(), replay.Options{
		Core: w.core, Store: s, Start: start, End: start.Add(lasts), Sender: w,
		Sources: map[string]engine.Source{"default": w},
		Inputs:  append(inputs, replay.Scheduled{At: start, Input: engine.Reloaded{Config: l.Core}}),
	})
	if err != nil {
		t.Fatal(err)
	}
	return w, s
}

func explain(t *testing.T, asked string, at model.Time, core *engine.Core, s history.Store) history.Explanation {
	t.Helper()
	q, err := history.ParseQuery(asked)
	if err != nil {
		t.Fatal(err)
	}
	question := history.Question{Asked: asked, At: at}
	if core != nil {
		l := history.Look(core, q)
		question.Live, q = &l, q.About(l)
	}
	rows, err := history.Read(t.Context(), s, q, history.Span{From: at.Add(-history.Reach), Until: at})
	if err != nil {
		t.Fatal(err)
	}
	return history.Explain(question, rows)
}

func words(t *testing.T, e history.Explanation) string {
	t.Helper()
	var b strings.Builder
	if err := history.Write(&b, e); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// The file is what people read at each stage of an incident, and of its past.
func TestExplain(t *testing.T) {
	var b strings.Builder
	for _, after := range []time.Duration{90 * time.Second, 130 * time.Second, 5*time.Minute + 20*time.Second, 9 * time.Minute, 11 * time.Minute, 15 * time.Minute} {
		w, s := live(t, after)
		fmt.Fprintf(&b, "== Latency after %s ==\n%s\n", after, words(t, explain(t, "Latency", start.Add(after), w.core, s)))
	}
	w, s := live(t, 15*time.Minute)
	now := start.Add(15 * time.Minute)
	for _, asked := range []string{"Quiet", "Broken", "Nobody", `{route="/pay"}`, `Latency{route="/orders"}`} {
		fmt.Fprintf(&b, "== %s now ==\n%s\n", asked, words(t, explain(t, asked, now, w.core, s)))
	}
	for _, after := range []time.Duration{time.Minute, 140 * time.Second, 7 * time.Minute} {
		fmt.Fprintf(&b, "== Latency as of %s ==\n%s\n", after, words(t, explain(t, "Latency", start.Add(after), nil, s)))
	}
	golden(t, "testdata/explain.txt", b.String())
}

// What people did to keep an alert quiet is told with their names.
func TestHolds(t *testing.T) {
	silence := rules.Silence{
		ID: "s1", Matchers: amlabels.Matchers{{Type: amlabels.MatchEqual, Name: "route", Value: "/pay"}},
		StartsAt: start, EndsAt: start.Add(6 * time.Minute), CreatedBy: "ada", Comment: "moving house",
	}
	silenced := replay.Scheduled{At: start, Input: engine.Silenced{Silence: silence}}
	before, _ := live(t, 3*time.Minute)
	open := explain(t, "Latency", start.Add(3*time.Minute), before.core, before.disk.Open()).Alerts[0]
	acked := replay.Scheduled{At: start.Add(4 * time.Minute), Input: engine.Acked{Acks: []rules.Ack{{
		Rule: open.Rule, Instance: open.Instance, Episode: open.Episode, Level: rules.Error, By: "bob", At: start.Add(4 * time.Minute),
	}}}}
	var b strings.Builder
	for _, c := range []struct {
		name  string
		after time.Duration
		input replay.Scheduled
	}{{"silenced", 4 * time.Minute, silenced}, {"silenced before", 8 * time.Minute, silenced}, {"acknowledged", 6 * time.Minute, acked}} {
		w, s := live(t, c.after, c.input)
		fmt.Fprintf(&b, "== %s ==\n%s\n", c.name, words(t, explain(t, `{severity!="",route="/pay"}`, start.Add(c.after), w.core, s)))
	}
	golden(t, "testdata/holds.txt", b.String())
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("want - got +\n%s", diff)
	}
}

// What comes through the API says the same.
func TestThroughJSON(t *testing.T) {
	w, s := live(t, 5*time.Minute)
	e := explain(t, "Latency", start.Add(5*time.Minute), w.core, s)
	b, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	var back history.Explanation
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(words(t, e), words(t, back)); diff != "" {
		t.Error(diff)
	}
}

// An alert is found by whatever people have of it.
func TestQuery(t *testing.T) {
	w, s := live(t, 3*time.Minute)
	at := start.Add(3 * time.Minute)
	a := explain(t, "Latency", at, w.core, s).Alerts[0]
	if e := explain(t, model.LabelSet{"alertname": "Latency", "route": "/pay", "severity": "warning"}.Fingerprint().String(), at, w.core, s); len(e.Alerts) != 1 || len(e.Alerts[0].Changes) != 1 {
		t.Errorf("by the fingerprint that people see: %+v", e.Alerts)
	}
	fingerprint := model.LabelSet{"alertname": "Latency", "route": "/pay"}.Fingerprint().String()
	for _, asked := range []string{a.Rule, a.Episode, a.Instance, fingerprint, `route="/pay"`, `Latency{route=~"/p.*"}`, `{alertname="Latency",route="/pay"}`} {
		for _, core := range []*engine.Core{w.core, nil} {
			if asked == fingerprint && core != nil {
				continue // of labels that people do not see
			}
			e := explain(t, asked, at, core, s)
			if len(e.Alerts) != 1 || e.Alerts[0].Instance != a.Instance || len(e.Alerts[0].Changes) != 1 {
				t.Errorf("%s: %+v", asked, e.Alerts)
			}
		}
	}
	if e := explain(t, `Latency{route="/x"}`, at, w.core, s); len(e.Alerts) != 0 {
		t.Errorf("%+v", e.Alerts)
	}
	for _, asked := range []string{"", "  ", "{", `{a=~"("}`} {
		if _, err := history.ParseQuery(asked); err == nil {
			t.Errorf("%q is a query", asked)
		}
	}
}

// attempts puts rows of attempts into a store, as the notifier keeps them.
func attempts(t *testing.T, s engine.Store, all ...notifier.AttemptRow) {
	t.Helper()
	var rows []rules.Row
	for n, a := range all {
		rows = append(rows, rules.Row{Kind: rules.KindAttempt, Key: engine.HistoryKey(a.At, uint64(n), a.Delivery), Value: a})
	}
	if err := s.Commit(t.Context(), rows); err != nil {
		t.Fatal(err)
	}
}

// Attempts stand with the change that their delivery told of; those that no
// decision names yet, with the last one before them; those of others nowhere.
func TestAttempts(t *testing.T) {
	w, s := live(t, 6*time.Minute)
	at := start.Add(6 * time.Minute)
	a := explain(t, "Latency", at, w.core, s).Alerts[0]
	attempts(
		t, s,
		notifier.AttemptRow{At: start.Add(150 * time.Second), Delivery: "other", Attempt: 1, Outcome: "delivered", Names: []notifier.AlertID{{Rule: "x", Instance: "y"}}},
		notifier.AttemptRow{
			At: start.Add(350 * time.Second), Delivery: "open", Attempt: 1, Receiver: "pager", Kind: "slack", Effect: "broadcast",
			Outcome: "unknown", Error: "cut", Names: []notifier.AlertID{{Rule: "x", Instance: "y"}, {Rule: a.Rule, Instance: a.Instance}},
		},
	)
	var got []string
	for _, c := range explain(t, "Latency", at, w.core, s).Alerts[0].Changes {
		for _, x := range c.Attempts {
			got = append(got, fmt.Sprintf("%s->%s %s #%d %s", c.From, c.To, x.Receiver, x.Attempt, x.Outcome))
		}
	}
	if diff := cmp.Diff([]string{"ok->warn ops #1 refused", "ok->warn ops #2 delivered", "warn->error ops #1 delivered", "warn->error pager #1 unknown"}, got); diff != "" {
		t.Error(diff)
	}
	text := words(t, explain(t, "Latency", at, w.core, s))
	for _, want := range []string{
		"ops (webhook): attempt 1 refused 14:02:22 UTC, 3m 37s ago: webhook: answered 503 Service Unavailable",
		"pager (slack): broadcast, attempt 1 unknown 14:05:50 UTC, 10s ago: cut",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
}

// What is too much to read is left out from the oldest on, and that is said.
func TestReadIsBounded(t *testing.T) {
	var disk memory.Disk
	s := disk.Open()
	var rows []rules.Row
	for n := range 3_100 {
		at := start.Add(time.Duration(n) * 10 * time.Second)
		c := evaluator.Change{Kind: evaluator.Raise, At: at, Alert: &evaluator.Alert{Rule: "r", Instance: "i", Name: "Other"}}
		if n == 0 || n == 3_099 {
			c.Alert.Name = "Mine"
		}
		rows = append(rows, rules.Row{Kind: rules.KindChange, Key: engine.HistoryKey(at, uint64(n), ""), Value: c})
	}
	if err := s.Commit(t.Context(), rows); err != nil {
		t.Fatal(err)
	}
	end := start.Add(3_100 * 10 * time.Second)
	q, err := history.ParseQuery("Mine")
	if err != nil {
		t.Fatal(err)
	}
	got, err := history.Read(t.Context(), s, q, history.Span{From: start, Until: end, Rows: 1000})
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Changes) != 1 || got.Changes[0].At != end.Add(-10*time.Second) || !got.Cut || got.From <= start {
		t.Errorf("%d changes, cut %t, from %s", len(got.Changes), got.Cut, got.From.Sub(start))
	}
	if e := history.Explain(history.Question{At: end}, got); e.Cut == "" {
		t.Error("it is not said")
	}
}

// Of a storm some alerts are told, and that there are more.
func TestStorm(t *testing.T) {
	var disk memory.Disk
	s := disk.Open()
	var rows []rules.Row
	for n := range 1000 {
		a := evaluator.Alert{Rule: "r", Instance: fmt.Sprint(n), Name: "A", Labels: labels.FromStrings("n", fmt.Sprint(n)), Level: rules.Warn, Notify: rules.Warn}
		rows = append(rows, rules.Row{
			Kind: rules.KindChange, Key: engine.HistoryKey(start, uint64(n), ""),
			Value: evaluator.Change{Kind: evaluator.Raise, To: rules.Warn, At: start, Alert: &a},
		})
	}
	if err := s.Commit(t.Context(), rows); err != nil {
		t.Fatal(err)
	}
	q, err := history.ParseQuery("A")
	if err != nil {
		t.Fatal(err)
	}
	at := start.Add(time.Minute)
	got, err := history.Read(t.Context(), s, q, history.Question{At: at}.Span())
	if err != nil {
		t.Fatal(err)
	}
	e := history.Explain(history.Question{At: at}, got)
	if len(got.Changes) != 200 || len(e.Alerts) != 20 || !strings.Contains(e.Cut, "more alerts") {
		t.Errorf("%d changes, %d alerts, %q", len(got.Changes), len(e.Alerts), e.Cut)
	}
}

// Each gate says what is waited for.
func TestGates(t *testing.T) {
	at := start.Add(time.Hour)
	subject := history.Subject{
		Rule: &rules.Rule{Alert: "A", Key: "g/A"},
		Instance: evaluator.Instance{Key: "i", Labels: labels.FromStrings("alertname", "A"), Alert: &evaluator.Alert{
			Name: "A", Rule: "g/A", Instance: "i", Level: rules.Warn, Notify: rules.Error, Flapping: true, LevelSince: start,
		}},
		Holds: []history.Hold{
			{Gate: "silence", By: "ada, moving house (s1)", Since: start.Time().UTC(), Until: at.Add(time.Hour).Time().UTC()},
			{Gate: "acknowledgement", By: "bob", Level: rules.Warn, UntilResolved: true},
		},
	}
	for _, g := range []notifier.Gate{
		notifier.Pass, notifier.GateNothing, notifier.GateFlight, notifier.GateRejected, notifier.GateWait, notifier.GateInterval,
		notifier.GateSettling, notifier.GateMuted, notifier.GateHeld, notifier.GateBackoff, notifier.GatePace,
	} {
		subject.Lanes = append(subject.Lanes, notifier.LaneState{
			Receiver: "ops", Kind: "slack", Gate: g, Failures: 3, LastTold: start, Delivery: "d1",
			NotBefore: at.Add(20 * time.Second), NextFlush: at.Add(time.Minute),
		})
	}
	subject.Lanes = append(subject.Lanes, notifier.LaneState{Receiver: "new", Kind: "email", Gate: notifier.GateNothing})
	e := history.Explain(history.Question{Asked: "A", At: at, Live: &history.Live{Subjects: []history.Subject{subject}}}, history.Rows{From: start})
	golden(t, "testdata/gates.txt", words(t, e))
}

// A listing core tells of lanes, here of one for each group that has an alert and of
// one that has none.
type listing struct{ *engine.Core }

func (l listing) Lanes(f func(notifier.LaneState)) {
	l.AlertViews(func(a notifier.AlertView) {
		for _, g := range a.Groups {
			f(notifier.LaneState{Group: g, Receiver: "ops", Kind: "webhook", Gate: notifier.GateNothing, LastTold: start})
		}
	})
	f(notifier.LaneState{Group: notifier.Group{Key: "other"}, Receiver: "other"})
}

// An alert's lanes are those of its groups.
func TestLanes(t *testing.T) {
	w, _ := live(t, 3*time.Minute)
	q, err := history.ParseQuery("Latency")
	if err != nil {
		t.Fatal(err)
	}
	l := history.Look(listing{w.core}, q)
	e := history.Explain(history.Question{Asked: "Latency", At: start.Add(3 * time.Minute), Live: &l}, history.Rows{})
	if len(e.Alerts) != 1 || len(e.Alerts[0].Lanes) != 1 || e.Alerts[0].Lanes[0].Receiver != "ops" {
		t.Fatalf("%+v", e.Alerts)
	}
	if text := words(t, e); !strings.Contains(text, "ops (webhook): knows all of it; last told 14:00:00 UTC, 3m ago") {
		t.Error(text)
	}
}

// A change that no route leads to anybody says so.
func TestFateOfNobody(t *testing.T) {
	a := evaluator.Alert{Rule: "r", Instance: "i", Name: "A", Level: rules.Warn, Notify: rules.Warn, LevelSince: start}
	q, err := history.ParseQuery("A")
	if err != nil {
		t.Fatal(err)
	}
	var disk memory.Disk
	s := disk.Open()
	change := evaluator.Change{Kind: evaluator.Raise, To: rules.Warn, At: start, Alert: &a}
	decision := map[string]any{
		"at": start, "outcome": "suppressed", "why": "no route",
		"change": map[string]any{"kind": evaluator.Raise, "from": "ok", "to": "warn", "at": start, "rule": "r", "instance": "i", "name": "A"},
	}
	if err := s.Commit(t.Context(), []rules.Row{
		{Kind: rules.KindChange, Key: engine.HistoryKey(start, 1, ""), Value: change},
		{Kind: rules.KindDecision, Key: engine.HistoryKey(start, 2, ""), Value: decision},
	}); err != nil {
		t.Fatal(err)
	}
	at := start.Add(time.Minute)
	rows, err := history.Read(t.Context(), s, q, history.Question{At: at}.Span())
	if err != nil {
		t.Fatal(err)
	}
	text := words(t, history.Explain(history.Question{Asked: "A", At: at}, rows))
	for _, want := range []string{"the last raise was not told to anybody (suppressed)", "nobody: suppressed: no route"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
}

// What labels and errors hold cannot move the cursor of who reads it.
func TestWordsAreClean(t *testing.T) {
	e := history.Explanation{Alerts: []history.Alert{{Name: "A\x1b[2J", Labels: map[string]string{"a": "x\ny"}}}}
	if text := words(t, e); strings.Contains(text, "\x1b") || strings.Contains(text, "x\ny") {
		t.Errorf("%q", text)
	}
}
