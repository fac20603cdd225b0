package unittest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/engine"
	"tocsin/engine/replay"
	"tocsin/evaluator"
	"tocsin/notifier"
	"tocsin/notifier/message"
	"tocsin/rules"
	"tocsin/rules/file"
)

// A life is a test that the core lives through as in the daemon.
type life struct {
	*test
	config *rules.Config
	core   *engine.Core
	feed   *feed
	maker  *message.Maker
	now    model.Time // of the batch that was seen last
	sent   []*sent
	ended  []ending // alerts that are over
	watch  map[string]*watch
	looks  map[model.Time][]func(model.Time) []engine.Input
	pace   time.Duration // the shortest interval
	// intervals are those of the rules of each name; 0 with a schedule.
	intervals map[string][]time.Duration
}

// An ending is an alert that ended, as it was.
type ending struct {
	at    model.Time
	alert *evaluator.Alert
	from  rules.Level
}

// moment is how long after an instant everything that it brings has happened:
// a question, its answer and a message take a millisecond each.
const moment = 5 * time.Millisecond

// daemon checks what is tocsin's own.
func (t *test) daemon(ctx context.Context) {
	if !t.Lives() {
		return
	}
	w, ok := t.world()
	if !ok {
		return
	}
	l, err := t.newLife(w)
	if err != nil {
		t.fail(Failure{Place: t.Spot, What: err.Error()})
		return
	}
	if t.Record && t.Until == 0 {
		t.Until = max(t.Until, w.end().Sub(t.Start))
	}
	if !t.bounded(l.until(), l.pace) {
		return
	}
	l.plan()
	begun := len(t.out.Trace)
	err = l.live(ctx)
	l.traceMessages(begun)
	if err != nil {
		t.fail(Failure{Place: t.Spot, What: err.Error()})
		return
	}
	l.messages()
}

// newLife makes a core of the config and the rules.
func (t *test) newLife(w *world) (*life, error) {
	config, err := t.coreConfig()
	if err != nil {
		return nil, err
	}
	l := &life{
		test: t, config: config, core: engine.New("default"),
		watch: map[string]*watch{}, looks: map[model.Time][]func(model.Time) []engine.Input{},
		intervals: map[string][]time.Duration{},
	}
	l.feed = newFeed(w, t)
	l.pace = t.suite.Interval
	for _, r := range config.Rules {
		l.intervals[r.Alert] = append(l.intervals[r.Alert], r.Interval)
		if r.Interval > 0 {
			l.pace = min(l.pace, r.Interval)
		}
	}
	l.maker, err = l.newMaker()
	return l, err
}

// newMaker words messages as the daemon would.
func (l *life) newMaker() (*message.Maker, error) {
	r, err := l.renderer()
	if err != nil {
		return nil, err
	}
	return message.NewMaker(r, func(ctx context.Context, source, expr string, at model.Time) evaluator.Answer {
		return l.feed.Ask(ctx, engine.Ask{Source: source, Expr: expr, At: at})
	}), nil
}

// at is a time of the test, in the life of the core.
func (l *life) at(d time.Duration) model.Time { return l.Start.Add(d) }

// look has something looked at once all of a time has happened.
func (l *life) look(d time.Duration, f func(model.Time) []engine.Input) {
	at := l.at(d).Add(moment)
	l.looks[at] = append(l.looks[at], f)
}

// plan puts into the life what the test asks about.
func (l *life) plan() {
	for _, f := range l.Acks {
		l.look(f.At, func(at model.Time) []engine.Input { return l.ack(at, f) })
	}
	for _, e := range l.Expect {
		l.suite.coverage.names(e.Alert)
		l.look(e.At, func(at model.Time) []engine.Input {
			l.expect(at, e)
			return nil
		})
	}
}

// live lives through the test, and looks at it when it is time to.
func (l *life) live(ctx context.Context) error {
	sources := map[string]engine.Source{}
	for _, s := range l.config.Sources {
		sources[s.Name] = l.feed
	}
	end := l.at(l.until()).Add(moment + 1)
	walk, err := replay.Begin(ctx, replay.Options{
		Core: l.core, Inputs: l.inputs(), Start: l.Start, End: end,
		Sources: sources, Sender: (*recorder)(l), Observe: l.observe,
	})
	if err != nil {
		return err
	}
	for _, at := range slices.Sorted(maps.Keys(l.looks)) {
		if err := walk.Until(ctx, at+1); err != nil {
			return err
		}
		for _, f := range l.looks[at] {
			for _, in := range f(at) {
				walk.Put(at+1, in)
			}
		}
	}
	if err := walk.Until(ctx, end); err != nil {
		return err
	}
	return l.feed.err
}

// until is when the test is over.
func (l *life) until() time.Duration {
	d := l.Until
	for _, e := range l.Expect {
		d = max(d, e.At)
	}
	for _, f := range l.Acks {
		d = max(d, f.At)
	}
	for _, q := range l.Quiet {
		d = max(d, q.Until)
	}
	for _, c := range l.Notifications {
		d = max(d, l.latest(c))
	}
	return d
}

// inputs are what reaches the core from outside.
func (l *life) inputs() []replay.Scheduled {
	all := []replay.Scheduled{{At: l.Start, Input: engine.Reloaded{Config: l.config}}}
	for n, f := range l.Silences {
		until := f.Until
		if until == 0 {
			until = l.until() + time.Hour
		}
		s := rules.Silence{
			ID: fmt.Sprintf("silence-%d", n+1), Matchers: f.Matchers, CreatedBy: f.By, Comment: f.Comment,
			StartsAt: l.at(f.From), EndsAt: l.at(until), UpdatedAt: l.at(f.From),
		}
		all = append(all, replay.Scheduled{At: s.StartsAt, Input: engine.Silenced{Silence: s}})
	}
	return all
}

// ack takes on the alerts that are open then.
func (l *life) ack(at model.Time, f file.AckFixture) []engine.Input {
	var acks []rules.Ack
	l.core.AlertViews(func(v notifier.AlertView) {
		if !matches(f.Match, l.shown(&v.Alert, v.Labels, at)) {
			return
		}
		a := rules.Ack{
			Rule: v.Alert.Rule, Instance: v.Alert.Instance, Episode: v.Alert.Episode, Level: v.Alert.Notify,
			By: f.By, Comment: f.Comment, At: at,
		}
		if f.Until > 0 {
			a.Until = l.at(f.Until)
		}
		acks = append(acks, a)
	})
	if len(acks) == 0 {
		l.fail(Failure{Place: f.Spot, At: span(f.At), What: "nothing to acknowledge at " + span(f.At) + ": no alert matches", Facts: l.facts(f.Match.Alert, at)})
		return nil
	}
	return []engine.Input{engine.Acked{Acks: acks}}
}

// observe sees what the core does.
func (l *life) observe(b engine.Batch) {
	l.now = b.At
	moved := false
	for _, r := range b.Rows {
		moved = moved || r.Kind == rules.KindState
	}
	if moved {
		l.follow(b.At)
	}
	for _, c := range b.Changes {
		if c.Alert.Level == rules.OK && c.From > rules.OK {
			l.ended = append(l.ended, ending{b.At, c.Alert, c.From})
		}
	}
}

// follow notes the phases of all series.
func (l *life) follow(at model.Time) {
	l.core.Rules(func(s engine.RuleStatus) {
		h := l.watch[s.Rule.Key]
		if h == nil {
			h = newWatch(s.Rule, l.setting(l.feed.world))
			l.watch[s.Rule.Key] = h
		}
		s.Instances(func(i evaluator.Instance) {
			if len(i.Levels) > 0 {
				h.see(i, at)
			}
		})
		h.missed(at)
	})
}
