package engine_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"tocsin/engine"
	"tocsin/evaluator"
	"tocsin/notifier"
	"tocsin/rules"
)

// reborn is what comes back of a bench after the end of its process.
func (b *bench) reborn(later time.Duration, cfg *rules.Config) *bench {
	b.t.Helper()
	after := &bench{t: b.t, core: engine.New("default"), now: b.now.Add(later), rows: b.rows}
	if err := b.rows.load(after.core.Restore); err != nil {
		b.t.Fatal(err)
	}
	after.step(engine.Reloaded{Config: cfg})
	return after
}

// deliver lets time go by and takes all that is sent.
func (b *bench) deliver(d time.Duration, values ...float64) {
	b.t.Helper()
	for end := b.now.Add(d); b.now < end; {
		b.pass(time.Second)
		for _, a := range b.take() {
			b.answer(a, evaluator.Good, values...)
		}
		for _, s := range b.sends {
			b.step(engine.Settled{Settled: notifier.Settled{ID: s.Delivery.ID, Attempt: s.Delivery.Attempt, Outcome: notifier.Delivered}})
			b.told = append(b.told, s.Delivery)
		}
		b.sends = nil
	}
}

// The process may die after the store took the alert about itself and before it
// took the end of that. Who has read the store knows that it works.
func TestStoreAlertDoesNotOutliveTheProcess(t *testing.T) {
	cfg := plainConfig(above("a", "x", time.Minute))
	b := newBench(t, cfg)
	b.step(engine.Degraded{Failing: true})
	b.deliver(2 * time.Minute)
	after := b.reborn(time.Minute, cfg)
	after.deliver(10 * time.Minute)
	if got := after.names(); len(got) != 0 {
		t.Errorf("alerts %v after a restart, want none", got)
	}
	if n := len(after.told); n == 0 || after.told[n-1].Status() != "resolved" {
		t.Errorf("told %+v after a restart, want the end of the alert", after.told)
	}
}

// A source that was taken out of the configuration and put back while a question
// was under way takes no more questions at once than before.
func TestSourceThatComesBackKeepsItsConcurrency(t *testing.T) {
	var rs []*rules.Rule
	for i := range 6 {
		rs = append(rs, above(fmt.Sprint("r", i), fmt.Sprint("x", i), time.Minute))
	}
	b := newBench(t, plainConfig(rs...))
	b.pass(half)
	old := b.take()
	without := plainConfig()
	without.Sources = nil
	b.step(engine.Reloaded{Config: without})
	b.step(engine.Reloaded{Config: plainConfig(rs...)})
	for _, a := range old {
		b.answer(a, evaluator.Unavailable)
	}
	b.pass(time.Minute)
	if asks := b.take(); len(asks) != 2 {
		t.Errorf("%d questions in flight, the source takes 2", len(asks))
	}
}

// An answer that arrives when its source is no longer configured must not raise
// an alert about it: nothing would ever end that.
func TestSourceThatIsGoneIsNotDown(t *testing.T) {
	cfg := plainConfig(above("a", "x", time.Minute))
	b := newBench(t, cfg)
	b.serve(4*time.Minute, evaluator.Unavailable)
	b.pass(time.Minute)
	late := b.take()
	without := plainConfig()
	without.Sources = nil
	b.step(engine.Reloaded{Config: without})
	b.now = b.now.Add(5 * time.Second)
	for _, a := range late {
		b.answer(a, evaluator.Unavailable)
	}
	if got := b.names(); len(got) != 0 {
		t.Errorf("alerts %v about a source that is gone", got)
	}
}

// runbook is a rule with a text for people.
func runbook(text string) *rules.Rule {
	r := above("a", "x", time.Minute)
	r.Annotations = []rules.Annotation{{Name: "runbook_url", Text: text}}
	return r
}

func runbooks(ds []notifier.Delivery) (texts []string) {
	for _, d := range ds {
		if d.Integration == "slack" && len(d.Firing) > 0 {
			texts = append(texts, d.Firing[0].Alert.Annotations[0].Text)
		}
	}
	return texts
}

func TestNewTextOfARuleIsInTheNextReminder(t *testing.T) {
	for _, c := range []struct {
		sentence string
		change   func(b *bench, cfg *rules.Config) *bench
	}{
		{"reloaded while the alert fires", func(b *bench, cfg *rules.Config) *bench {
			b.step(engine.Reloaded{Config: cfg})
			return b
		}},
		{"changed while the daemon was down", func(b *bench, cfg *rules.Config) *bench {
			after := b.reborn(time.Minute, cfg)
			after.told = b.told
			return after
		}},
	} {
		b := newBench(t, plainConfig(runbook("old")))
		b.deliver(10*time.Minute, 75)
		b = c.change(b, plainConfig(runbook("new")))
		b.deliver(5*time.Hour, 75)
		if got := runbooks(b.told); !slices.Equal(got, []string{"old", "new", "new"}) {
			t.Errorf("%s: runbooks told %v, want old, new, new", c.sentence, got)
		}
	}
}

// A warning that a rule gets while its error fires is routed at once, as it would
// be after a restart.
func TestLevelAddedByAReloadIsRouted(t *testing.T) {
	rule := func(warn bool) *rules.Rule {
		r := above("a", "x", time.Minute)
		r.Levels.Error = r.Levels.Warn
		if !warn {
			r.Levels.Warn = nil
		}
		r.Revision = fmt.Sprint(warn)
		return r
	}
	config := func(warn bool) *rules.Config {
		cfg := plainConfig(rule(warn))
		cfg.Route.Routes = cfg.Route.Routes[:1] // the pager gets errors, the rest goes to the root
		return cfg
	}
	b := newBench(t, config(false))
	b.deliver(10*time.Minute, 75)
	if n := len(b.told); n != 1 || b.told[0].Integration != "webhook" {
		t.Fatalf("told %+v, want the pager alone", b.told)
	}
	b.step(engine.Reloaded{Config: config(true)})
	b.deliver(10*time.Minute, 75)
	if n := len(b.told); n != 2 || b.told[1].Integration != "slack" {
		t.Errorf("told %+v, want those who get warnings too", b.told[1:])
	}
}
