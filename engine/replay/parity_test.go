package replay_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/engine"
	"tocsin/engine/live"
	"tocsin/engine/replay"
	"tocsin/evaluator"
	"tocsin/notifier"
	"tocsin/store/memory"
)

var paritySeeds = flag.Uint64("parity.seeds", 20, "how many drawn scenarios to run")

// TestParity runs one scenario through real time (in a bubble) and through
// virtual time, and wants the same transcript, byte for byte. A scenario has
// reloads, clock steps, failing and slow sources and senders.
func TestParity(t *testing.T) {
	seen, ran, all := map[string]int{}, 0, scenarios()
	for _, sc := range all {
		t.Run(sc.name, func(t *testing.T) {
			ran++
			sc := sc.acknowledged(t)
			inLive := throughLive(t, sc)
			inReplay := throughReplay(t, sc)
			if inLive != inReplay {
				t.Errorf("live and replay differ:\n%s", firstDifference(inLive, inReplay))
			}
			for _, word := range worthSeeing {
				seen[word] += strings.Count(inLive, word)
			}
		})
	}
	for _, word := range worthSeeing {
		if seen[word] == 0 && ran == len(all) {
			t.Errorf("no scenario has %q in its transcript: the test tests too little", word)
		}
	}
}

// A seeded scenario is drawn from a hash, so that a seed that fails can be
// repeated by its name.
func scenarios() []scenario {
	all := []scenario{
		{name: "calm world", seed: 1, lasts: 2 * time.Hour, quiet: true},
		{name: "storm", seed: 2, lasts: 3 * time.Hour},
		{name: "reloads", seed: 3, lasts: 2 * time.Hour, events: []event{
			{at: 7*time.Minute + 3*time.Millisecond, reload: 1},
			{at: 20 * time.Minute, reload: 2},
			{at: 20*time.Minute + time.Millisecond, reload: 3},
			{at: 40 * time.Minute, reload: 4},
		}},
		{name: "clock steps forward and back", seed: 4, lasts: 3 * time.Hour, events: []event{
			{at: 30 * time.Minute, step: time.Hour},
			{at: 50 * time.Minute, step: -2 * time.Hour},
			{at: 70 * time.Minute, step: 1700 * time.Millisecond},
		}},
		{name: "the store fails for a while", seed: 5, lasts: time.Hour, events: []event{
			{at: 10 * time.Minute, input: engine.Degraded{Failing: true}},
			{at: 30 * time.Minute, input: engine.Degraded{Failing: false}},
		}},
		{name: "silences and acknowledgements", seed: 7, lasts: 2 * time.Hour, gates: true, events: []event{
			{at: 4 * time.Minute, input: silence("s1", "instance", "i1", 4*time.Minute, 30*time.Minute)},
			{at: 4 * time.Minute, input: silence("s2", "severity", "critical", 10*time.Minute, 20*time.Minute)},
			{at: 20 * time.Minute, input: silence("s1", "team", "web", 20*time.Minute, 50*time.Minute)},
			{at: 30 * time.Minute, input: engine.Unsilenced{ID: "s1"}},
			{at: 31 * time.Minute, reload: 1},
			{at: 70 * time.Minute, input: engine.Unacked{Alerts: []notifier.AlertID{{Rule: "g/r0", Instance: "nobody"}}}},
		}, acks: []time.Duration{6 * time.Minute, 25 * time.Minute, 61 * time.Minute}},
		{name: "threads and a budget in a calm world", seed: 8, lasts: 3 * time.Hour, quiet: true, gates: true, events: []event{
			{at: 50 * time.Minute, input: silence("s1", "instance", "i0", 50*time.Minute, 15*time.Minute)},
		}, acks: []time.Duration{55 * time.Minute}},
		{name: "gates and a clock that steps", seed: 9, lasts: 2 * time.Hour, gates: true, events: []event{
			{at: 5 * time.Minute, input: silence("s1", "team", "db", 5*time.Minute, 40*time.Minute)},
			{at: 20 * time.Minute, step: 30 * time.Minute},
			{at: 40 * time.Minute, step: -time.Hour},
		}, acks: []time.Duration{10 * time.Minute}},
		{name: "state was lost", seed: 6, lasts: time.Hour, events: []event{
			{at: 5 * time.Minute, input: engine.Lost{Text: "a page of the database"}},
		}},
	}
	for seed := uint64(100); seed < 100+*paritySeeds; seed++ {
		all = append(all, drawScenario(seed))
	}
	return all
}

func drawScenario(seed uint64) scenario {
	h := func(what string, n int) int { return int(hash(seed, what) % uint64(n)) }
	sc := scenario{name: fmt.Sprint("seed ", seed), seed: seed, lasts: time.Hour, gates: h("gates", 2) == 0}
	for i := range h("events", 6) {
		e := event{at: time.Duration(h(fmt.Sprint("at", i), 3500)) * time.Second}
		switch h(fmt.Sprint("kind", i), 5) {
		case 0:
			e.reload = 1 + h(fmt.Sprint("config", i), 5)
			e.at += time.Duration(h(fmt.Sprint("ms", i), 1000)) * time.Millisecond
		case 1:
			e.step = time.Duration(h(fmt.Sprint("by", i), 7200)-3600) * time.Second
		case 2:
			e.input = engine.Degraded{Failing: h(fmt.Sprint("on", i), 2) == 0}
		case 3:
			e.input = silence(fmt.Sprint("s", i%2), "instance", fmt.Sprint("i", h(fmt.Sprint("whom", i), 4)), e.at, 20*time.Minute)
		case 4:
			sc.acks = append(sc.acks, e.at)
			continue
		}
		sc.events = append(sc.events, e)
	}
	return sc
}

var worthSeeing = []string{
	" ask ", " raise ", " lower ", " resolve ", " send ", ".2 to ", "first", "raised", "resolved", "reminder",
	"row told", "row flight", "row group", "row state", "row decision", "row change", "row checkpoint", "gone",
	"answer dropped", "TocsinSourceDown", "rule_removed", "mark ",
	"row silence", "row ack", "row outlet", "(digest)", "(face)", "TocsinReceiverFailing", "mark sent to you", "mark escalated",
}

// throughReplay returns the transcript of a scenario in virtual time.
func throughReplay(t *testing.T, sc scenario) string {
	book := &book{}
	replayed(t, sc, book.add)
	return book.String()
}

// replayed shows each batch of a scenario in virtual time.
func replayed(t *testing.T, sc scenario, observe func(engine.Batch)) {
	start := model.TimeFromUnixNano(bubbleStart.UnixNano())
	inputs := []replay.Scheduled{{At: start, Input: engine.Reloaded{Config: sc.config(0)}}}
	for _, e := range sc.events {
		inputs = append(inputs, replay.Scheduled{At: start.Add(e.at), Input: e.asInput(sc)})
	}
	err := replay.Run(t.Context(), replay.Options{
		Core: engine.New("parity"), Store: memory.New(),
		Start: start, End: start.Add(sc.lasts), Inputs: inputs,
		Sources: map[string]engine.Source{"a": sc, "b": sc}, Sender: sc,
		AskTakes: sc.askTakes, SendTakes: sc.sendTakes,
		Observe: observe,
	})
	if err != nil {
		t.Fatal(err)
	}
}

// throughLive returns the transcript of a scenario in real time.
func throughLive(t *testing.T, sc scenario) (text string) {
	synctest.Test(t, func(t *testing.T) {
		book := &book{}
		ctx, cancel := context.WithCancel(t.Context())
		driver := live.New(live.Options{
			Core: engine.New("parity"), Store: memory.New(), Config: sc.config(0), World: sc.world(),
			Observe: book.add, Wall: sc.wall(time.Now()),
		})
		ended := make(chan error, 1)
		began := time.Now()
		go func() { ended <- driver.Run(ctx) }()
		for _, e := range sc.events {
			go sc.happen(t, driver, e, e.at-time.Since(began))
		}
		time.Sleep(sc.lasts)
		synctest.Wait()
		text = book.String()
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return text
}

// happen makes an event take place after a while.
func (sc scenario) happen(t *testing.T, driver *live.Driver, e event, after time.Duration) {
	time.Sleep(after)
	var err error
	switch {
	case e.reload > 0:
		err = driver.Reload(t.Context(), sc.config(e.reload), sc.world())
	case e.input != nil:
		err = driver.Do(t.Context(), e.input)
	}
	if err != nil {
		t.Errorf("event at %s: %v", e.at, err)
	}
}

func (sc scenario) world() live.World {
	slow := slowSource{sc}
	w := live.World{
		Sources: map[string]engine.Source{"a": slow, "b": slow},
		Senders: map[string]engine.Sender{},
	}
	for _, key := range []string{"slack", "webhook", "email", "phone"} {
		w.Senders[key] = slowSender{sc}
	}
	return w
}

// A slowSource answers as the scenario does, and takes the time that it says.
type slowSource struct{ scenario }

func (s slowSource) Ask(ctx context.Context, a engine.Ask) evaluator.Answer {
	if !inTime(ctx, s.askTakes(a)) {
		return replay.TimedOut()
	}
	return s.scenario.Ask(ctx, a)
}

// A slowSender delivers as the scenario does, and takes the time that it says.
type slowSender struct{ scenario }

func (s slowSender) Send(ctx context.Context, d notifier.Delivery) notifier.Settled {
	if !inTime(ctx, s.sendTakes(d)) {
		return replay.Overran(d)
	}
	return s.scenario.Send(ctx, d)
}

// inTime waits, and reports whether that ended before the deadline.
func inTime(ctx context.Context, takes time.Duration) bool {
	if deadline, ok := ctx.Deadline(); ok && !time.Now().Add(takes).Before(deadline) {
		<-ctx.Done()
		return false
	}
	time.Sleep(takes)
	return true
}

// A book is a transcript that is being written.
type book struct{ text []byte }

func (b *book) add(batch engine.Batch) { b.text = engine.AppendTranscript(b.text, batch) }
func (b *book) String() string         { return string(bytes.Clone(b.text)) }

// firstDifference shows where two transcripts part.
func firstDifference(inLive, inReplay string) string {
	a, b := strings.Split(inLive, "\n"), strings.Split(inReplay, "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			from := max(i-8, 0)
			return fmt.Sprintf("line %d of %d and %d\nlive:\n%s\nreplay:\n%s", i+1, len(a), len(b),
				strings.Join(a[from:min(i+5, len(a))], "\n"), strings.Join(b[from:min(i+5, len(b))], "\n"))
		}
	}
	shorter := min(len(a), len(b))
	return fmt.Sprintf("one ends at line %d:\nlive: %q\nreplay: %q", shorter, a[shorter-1:], b[shorter-1:])
}

func (e event) asInput(sc scenario) engine.Input {
	switch {
	case e.reload > 0:
		return engine.Reloaded{Config: sc.config(e.reload)}
	case e.step != 0:
		return engine.Stepped{By: e.step}
	default:
		return e.input
	}
}
