package engine_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"tocsin/engine"
	"tocsin/evaluator"
	"tocsin/notifier"
	"tocsin/rules"
)

// A bench is a core on a table, with everything that it asked and sent so far.
type bench struct {
	t     *testing.T
	core  *engine.Core
	now   model.Time
	asks  []engine.Ask
	sends []engine.Send
	notes []string
	rows  *simStore
	last  engine.Batch
	all   []evaluator.Change
	told  []notifier.Delivery

	delivers bool // what is handed out arrives
}

func newBench(t *testing.T, cfg *rules.Config) *bench {
	t.Helper()
	b := &bench{t: t, core: engine.New("default"), now: simStart, rows: newSimStore()}
	b.step(engine.Reloaded{Config: cfg})
	return b
}

func (b *bench) step(in engine.Input) {
	b.t.Helper()
	b.last = b.core.Step(b.now, in)
	b.asks = append(b.asks, b.last.Asks...)
	b.sends = append(b.sends, b.last.Sends...)
	b.all = append(b.all, b.last.Changes...)
	for _, n := range b.last.Notes {
		b.notes = append(b.notes, n.Text)
	}
	if _, err := b.rows.add(b.last); err != nil {
		b.t.Fatal(err)
	}
	if err := b.rows.commit(func(rules.Row) {}); err != nil {
		b.t.Fatal(err)
	}
}

// pass lets time go by, Elapsed whenever the core wants it.
func (b *bench) pass(d time.Duration) {
	b.t.Helper()
	end := b.now.Add(d)
	for {
		next, ok := b.core.Next()
		if !ok || next > end {
			break
		}
		b.now = max(b.now, next)
		b.step(engine.Elapsed{})
		b.arrive()
		if again, _ := b.core.Next(); again <= b.now {
			b.now++
		}
	}
	b.now = end
}

// take returns the questions asked since the last call.
func (b *bench) take() []engine.Ask {
	asks := b.asks
	b.asks = nil
	return asks
}

func (b *bench) answer(a engine.Ask, outcome evaluator.Outcome, values ...float64) {
	b.t.Helper()
	answer := evaluator.Answer{Outcome: outcome, Parse: parseSim}
	if outcome != evaluator.Good {
		answer.Error = "refused"
	}
	for i, v := range values {
		raw := labels.FromStrings("instance", string(rune('a'+i))).String()
		answer.Samples = append(answer.Samples, evaluator.Sample{Raw: raw, Value: v})
	}
	b.step(engine.Answered{ID: a.ID, Answer: answer})
}

// serve answers every question for a while.
func (b *bench) serve(d time.Duration, outcome evaluator.Outcome, values ...float64) {
	b.t.Helper()
	for end := b.now.Add(d); b.now < end; {
		b.pass(time.Second)
		for _, a := range b.take() {
			b.answer(a, outcome, values...)
		}
	}
}

// arrive lets what was just handed out arrive, where that is wanted: an integration
// of which nothing is ever heard fails.
func (b *bench) arrive() {
	if !b.delivers {
		return
	}
	for _, s := range b.last.Sends {
		b.step(engine.Settled{Settled: notifier.Settled{ID: s.Delivery.ID, Attempt: s.Delivery.Attempt, Outcome: notifier.Delivered}})
	}
}

// half is far enough from simStart that rules of a minute were asked, and not so
// far that their questions are overdue.
const half = 30 * time.Second

func (b *bench) names() (names []string) {
	b.core.Alerts(func(a evaluator.Alert) { names = append(names, a.Name) })
	return names
}

// plainConfig has one receiver and the rules given.
func plainConfig(rs ...*rules.Rule) *rules.Config {
	slices.SortFunc(rs, func(x, y *rules.Rule) int { return strings.Compare(x.Key, y.Key) })
	names := []string{"all", "pager", "web"}
	return &rules.Config{
		Rules: rs, Receivers: simReceivers(names, 0), Route: simRoutes(names, 0),
		Sources:  []rules.Source{{Name: "default", Timeout: 10 * time.Second, DownAfter: 5 * time.Minute, Concurrency: 2}},
		Severity: rules.SeverityLabels{Warn: "warning", Error: "critical"},
		Limits:   rules.Limits{SeriesPerRule: 1000, ActiveAlerts: 1000},
	}
}

func above(key, expr string, interval time.Duration) *rules.Rule {
	return &rules.Rule{
		Key: key, Alert: strings.ToUpper(key), Group: "g", PhaseKey: "g", Source: "default", Expr: expr, Revision: expr,
		Interval: interval, NoData: rules.NoData{After: 10 * time.Minute}, Absent: rules.Absent{After: 5 * time.Minute},
		Levels: rules.Levels{Warn: &rules.LevelRule{Threshold: rules.Threshold{Side: rules.Above, High: 70, ClearHigh: 60}}},
	}
}

func TestIdenticalExpressionsAreAskedOnce(t *testing.T) {
	b := newBench(t, plainConfig(above("a", "x", time.Minute), above("b", "x", time.Minute), above("c", "y", time.Minute)))
	b.pass(half)
	asks := b.take()
	if len(asks) != 2 || !slices.Equal(asks[0].Rules, []string{"a", "b"}) || !slices.Equal(asks[1].Rules, []string{"c"}) {
		t.Fatalf("asked %+v, want x for a and b together, and y for c", asks)
	}
	b.answer(asks[0], evaluator.Good, 75)
	if got := b.names(); !slices.Equal(got, []string{"A", "B"}) {
		t.Errorf("one answer raised %v, want both rules", got)
	}
}

func TestOffsetIsPartOfTheQuestion(t *testing.T) {
	late := above("b", "x", time.Minute)
	late.QueryOffset = 30 * time.Second
	b := newBench(t, plainConfig(above("a", "x", time.Minute), late))
	b.pass(half)
	asks := b.take()
	if len(asks) != 2 || asks[0].At.Sub(asks[1].At) != 30*time.Second {
		t.Fatalf("asked %+v, want two instants 30 s apart", asks)
	}
}

func TestInstantsAreTheSameAfterARestart(t *testing.T) {
	cfg := plainConfig(above("a", "x", time.Minute))
	instants := func(later time.Duration) []model.Time {
		b := &bench{t: t, core: engine.New("default"), now: simStart.Add(later), rows: newSimStore()}
		b.step(engine.Reloaded{Config: cfg})
		var all []model.Time
		for range 3 {
			b.pass(time.Minute)
			for _, a := range b.take() {
				all = append(all, a.At)
				b.answer(a, evaluator.Good)
			}
		}
		return all
	}
	first, second := instants(0), instants(17*time.Second)
	if d := second[0].Sub(first[0]); len(first) != 3 || d%time.Minute != 0 {
		t.Errorf("instants %v and, started 17 s later, %v: not one grid", first, second)
	}
}

func TestNeverTwiceAtOnce(t *testing.T) {
	b := newBench(t, plainConfig(above("a", "x", time.Second)))
	b.pass(5 * time.Second)
	if asks := b.take(); len(asks) != 1 {
		t.Fatalf("asked %d times while the first question was open, want once", len(asks))
	}
	if missed := b.core.Stats().Sources["default"].Missed; missed != 4 {
		t.Errorf("%d evaluations counted as missed, want 4", missed)
	}
}

func TestConcurrencyOfASource(t *testing.T) {
	b := newBench(t, plainConfig(above("a", "x", time.Minute), above("b", "y", time.Minute), above("c", "z", time.Minute)))
	b.pass(half)
	asks := b.take()
	if len(asks) != 2 {
		t.Fatalf("%d questions in flight, the source takes 2", len(asks))
	}
	b.answer(asks[1], evaluator.Good)
	b.pass(0)
	if more := b.take(); len(more) != 1 || more[0].Expr != "z" {
		t.Errorf("after one answer asked %+v, want z", more)
	}
}

func TestQuestionWithoutAnswerIsFailed(t *testing.T) {
	b := newBench(t, plainConfig(above("a", "x", time.Minute)))
	b.pass(time.Minute)
	b.pass(time.Minute)
	asks := b.take()
	if len(asks) != 2 {
		t.Fatalf("asked %d times, want again after the deadline", len(asks))
	}
	b.answer(asks[0], evaluator.Good, 75)
	if len(b.names()) != 0 || !slices.Contains(b.notes, "answer dropped: nobody waits for it") {
		t.Errorf("a late answer counted: %v, notes %v", b.names(), b.notes)
	}
}

func TestAnswerToAnOlderRuleIsAskedAgain(t *testing.T) {
	b := newBench(t, plainConfig(above("a", "x", time.Minute)))
	b.pass(half)
	old := b.take()[0]
	b.step(engine.Reloaded{Config: plainConfig(above("a", "y", time.Minute))})
	b.answer(old, evaluator.Good, 75)
	b.pass(0)
	again := b.take()
	if len(b.names()) != 0 || len(again) != 1 || again[0].Expr != "y" || again[0].At != old.At {
		t.Fatalf("alerts %v, asked %+v, want y at %v", b.names(), again, old.At)
	}
}

func TestSourceDownIsOneAlert(t *testing.T) {
	b := newBench(t, plainConfig(above("a", "x", time.Minute), above("b", "y", time.Minute)))
	b.delivers = true
	b.serve(3*time.Minute, evaluator.Good, 75)
	before := len(b.names())
	b.serve(4*time.Minute, evaluator.Unavailable)
	if got := b.names(); len(got) != before {
		t.Fatalf("after 4 minutes of silence the alerts are %v, want those from before, held", got)
	}
	b.serve(3*time.Minute, evaluator.Unavailable)
	got := b.names()
	if len(got) != before+1 || got[before] != "TocsinSourceDown" {
		t.Fatalf("after 7 minutes of silence the alerts are %v, want one more for the source", got)
	}
	var summary string
	b.core.Alerts(func(a evaluator.Alert) {
		if a.Name == "TocsinSourceDown" {
			summary = a.Annotations[0].Text
		}
	})
	if !strings.Contains(summary, "2 rules wait and 2 alerts are held") {
		t.Errorf("summary %q, want how many wait and are held", summary)
	}
	b.serve(2*time.Minute, evaluator.Good, 75)
	if got := b.names(); len(got) != before {
		t.Errorf("with the source back the alerts are %v, want what is true", got)
	}
}

func TestPartialForLongIsSaid(t *testing.T) {
	b := newBench(t, plainConfig(above("a", "x", time.Minute)))
	b.serve(14*time.Minute, evaluator.Partial)
	if got := b.names(); len(got) != 0 {
		t.Fatalf("alerts %v after 14 minutes", got)
	}
	b.serve(3*time.Minute, evaluator.Partial)
	if got := b.names(); !slices.Equal(got, []string{"TocsinSourcePartial"}) {
		t.Errorf("alerts %v after 17 minutes of partial answers", got)
	}
	b.serve(2*time.Minute, evaluator.Good)
	if got := b.names(); len(got) != 0 {
		t.Errorf("alerts %v after a whole answer", got)
	}
}

// A rule is blamed only for what others are spared.
func TestWhoseFailureItIs(t *testing.T) {
	for _, c := range []struct {
		sentence string
		other    evaluator.Outcome
		want     []string
	}{
		{"one rule fails while the other is answered: the rule", evaluator.Good, []string{"TocsinRuleFailing"}},
		{"both fail: not the rule, and it is too early for the source", evaluator.Unavailable, nil},
	} {
		b := newBench(t, plainConfig(above("a", "x", time.Minute), above("b", "y", time.Minute)))
		for range 4 * 60 {
			b.pass(time.Second)
			for _, a := range b.take() {
				outcome := evaluator.Unavailable
				if a.Expr == "y" {
					outcome = c.other
				}
				b.answer(a, outcome)
			}
		}
		if got := b.names(); !slices.Equal(got, c.want) {
			t.Errorf("%s: alerts %v, want %v", c.sentence, got, c.want)
		}
	}
}

func TestMissingFilesHoldTheirAlerts(t *testing.T) {
	full := plainConfig(above("a", "x", time.Minute))
	b := newBench(t, full)
	b.delivers = true
	b.serve(2*time.Minute, evaluator.Good, 75)

	empty := plainConfig()
	empty.Missing = []string{"rules/*.yaml"}
	after := &bench{t: t, core: engine.New("default"), now: b.now.Add(time.Minute), rows: b.rows, delivers: true}
	if err := b.rows.load(after.core.Restore); err != nil {
		t.Fatal(err)
	}
	after.step(engine.Reloaded{Config: empty})
	after.pass(10 * time.Minute)
	if got := after.names(); !slices.Equal(got, []string{"A", "TocsinRulesMissing"}) {
		t.Fatalf("alerts %v, want A held and a word about the files", got)
	}
	after.core.Alerts(func(a evaluator.Alert) {
		if a.Name == "TocsinRulesMissing" && a.Reason != evaluator.RulesMissing {
			t.Errorf("%s has reason %q", a.Name, a.Reason)
		}
	})
	after.step(engine.Reloaded{Config: full})
	after.serve(2*time.Minute, evaluator.Good, 75)
	if got := after.names(); !slices.Equal(got, []string{"A"}) {
		t.Errorf("alerts %v with the files back", got)
	}
	if len(after.all) != 2 { // the word about the files, raised and resolved
		t.Errorf("changes %+v, want none of A", after.all)
	}
}

func TestStopSavesTheTimers(t *testing.T) {
	rule := above("a", "x", time.Minute)
	rule.Levels.Warn.For = 5 * time.Minute
	b := newBench(t, plainConfig(rule))
	b.serve(4*time.Minute+30*time.Second, evaluator.Good, 75)
	b.step(engine.Stopping{})
	if _, ok := b.core.Next(); ok {
		t.Error("a stopped core still wants something")
	}

	after := &bench{t: t, core: engine.New("default"), now: b.now.Add(90 * time.Second), rows: b.rows}
	if err := b.rows.load(after.core.Restore); err != nil {
		t.Fatal(err)
	}
	after.step(engine.Reloaded{Config: plainConfig(rule)})
	after.serve(3*time.Minute, evaluator.Good, 75)
	if got := after.names(); !slices.Equal(got, []string{"A"}) {
		t.Errorf("alerts %v: the timer began anew after the restart", got)
	}
}

func TestClockStepForgetsQuestions(t *testing.T) {
	b := newBench(t, plainConfig(above("a", "x", time.Minute)))
	b.pass(time.Minute)
	old := b.take()[0]
	b.now = b.now.Add(-time.Hour)
	b.step(engine.Stepped{By: -time.Hour})
	b.answer(old, evaluator.Good, 75)
	if len(b.names()) != 0 {
		t.Errorf("an answer of the old clock raised %v", b.names())
	}
	b.pass(time.Minute)
	if asks := b.take(); len(asks) != 1 || asks[0].At > b.now {
		t.Errorf("asked %+v, want one question of the new clock, at or before %v", asks, b.now)
	}
}

func TestStoreFailingIsSaid(t *testing.T) {
	b := newBench(t, plainConfig(above("a", "x", time.Minute)))
	b.step(engine.Degraded{Failing: true})
	b.pass(time.Minute)
	if len(b.sends) == 0 || !strings.Contains(strings.Join(b.sends[0].Delivery.Marks, " "), "cannot write to its store") {
		t.Fatalf("sent %+v, want a message that is marked", b.sends)
	}
	b.core.Alerts(func(a evaluator.Alert) {
		if a.Reason != evaluator.StoreFailing {
			t.Errorf("%s has reason %q", a.Name, a.Reason)
		}
	})
	b.step(engine.Degraded{Failing: false})
	if got := b.names(); len(got) != 0 {
		t.Errorf("alerts %v with the store back", got)
	}
}

func TestOrder(t *testing.T) {
	inputs := []engine.Input{
		engine.Stopping{},
		engine.Elapsed{},
		engine.Answered{ID: 2},
		engine.Answered{ID: 1},
		engine.Degraded{},
		engine.Reloaded{},
		engine.Lost{},
		engine.Stepped{},
	}
	engine.Order(inputs)
	want := []string{"Stepped", "Lost", "Reloaded", "Degraded", "Answered", "Answered", "Elapsed", "Stopping"}
	for i, in := range inputs {
		if got := typeName(in); got != want[i] {
			t.Errorf("input %d is %s, want %s", i, got, want[i])
		}
	}
	if inputs[4].(engine.Answered).ID != 1 {
		t.Error("answers are not in the order of their ids")
	}
}

func typeName(v any) string {
	name := fmt.Sprintf("%T", v)
	return name[strings.LastIndex(name, ".")+1:]
}

// A mail's subject stays that of the worst that was told, or its thread breaks.
func TestWorstOfAnEpisode(t *testing.T) {
	rule := above("a", "x", time.Minute)
	rule.Levels.Error = &rules.LevelRule{Threshold: rules.Threshold{Side: rules.Above, High: 80, ClearHigh: 80}}
	b := newBench(t, plainConfig(rule))
	for _, v := range []float64{75, 90, 75, 10} {
		for end := b.now.Add(5 * time.Minute); b.now < end; {
			b.pass(time.Second)
			for _, a := range b.take() {
				b.answer(a, evaluator.Good, v)
			}
			for _, s := range b.sends {
				b.step(engine.Settled{Settled: notifier.Settled{ID: s.Delivery.ID, Attempt: s.Delivery.Attempt, Outcome: notifier.Delivered}})
				b.told = append(b.told, s.Delivery)
			}
			b.sends = nil
		}
	}
	var got []string
	for _, d := range b.told {
		if d.Integration == "slack" {
			got = append(got, d.Level.String()+"/"+d.Worst.String())
		}
	}
	if want := []string{"warn/warn", "error/error", "warn/error", "ok/error"}; !slices.Equal(got, want) {
		t.Errorf("levels now and worst: %v, want %v", got, want)
	}
}

// A checkpoint of a time that is still to come grants nothing: the clock went
// back, and the process died before it could keep that.
func TestCheckpointFromTheFuture(t *testing.T) {
	rule := above("a", "x", time.Minute)
	rule.Levels.Warn.For = 5 * time.Minute
	b := newBench(t, plainConfig(rule))
	b.serve(4*time.Minute, evaluator.Good, 75)
	b.step(engine.Stopping{})
	after := &bench{t: t, core: engine.New("default"), now: b.now.Add(-3 * time.Minute), rows: b.rows}
	if err := b.rows.load(after.core.Restore); err != nil {
		t.Fatal(err)
	}
	after.step(engine.Reloaded{Config: plainConfig(rule)})
	after.core.Rules(func(r engine.RuleStatus) {
		if r.Status.LastGood > after.now {
			t.Errorf("last evaluated at %s, which is still to come", r.Status.LastGood)
		}
	})
	after.serve(2*time.Minute, evaluator.Good, 75)
	if got := after.names(); len(got) != 0 {
		t.Errorf("alerts %v: the time between the two clocks was granted", got)
	}
}

// A reminder tells the value of now, and that none came if the source is silent.
func TestReminderBearsTheValueOfNow(t *testing.T) {
	cfg := plainConfig(above("a", "x", time.Minute))
	for _, route := range cfg.Route.Routes {
		route.RepeatInterval = 10 * time.Minute
	}
	b := newBench(t, cfg)
	live := func(d time.Duration, outcome evaluator.Outcome, values ...float64) {
		for end := b.now.Add(d); b.now < end; {
			b.serve(time.Second, outcome, values...)
			for _, s := range b.sends {
				b.step(engine.Settled{Settled: notifier.Settled{ID: s.Delivery.ID, Attempt: s.Delivery.Attempt, Outcome: notifier.Delivered}})
				b.told = append(b.told, s.Delivery)
			}
			b.sends = nil
		}
	}
	live(time.Minute, evaluator.Good, 75)
	live(14*time.Minute, evaluator.Good, 78)
	last := b.told[len(b.told)-1]
	if last.Reason != notifier.ReasonReminder || last.Firing[0].Alert.Value != 78 || last.At.Sub(last.Firing[0].Seen) > time.Minute {
		t.Errorf("reminder %+v, want the value of now, 78", last)
	}
	seen := b.now
	live(11*time.Minute, evaluator.Unavailable)
	outage := 0
	for _, d := range b.told {
		if d.At <= seen || d.Firing[0].Alert.Name != "A" {
			continue
		}
		outage++
		if d.Reason != notifier.ReasonReminder || d.Firing[0].Seen == 0 || d.Firing[0].Seen > seen {
			t.Errorf("in the outage: %+v, want a reminder with the last value from before it", d)
		}
	}
	if outage == 0 {
		t.Error("no reminder in the outage")
	}
}
