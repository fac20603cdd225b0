package image_test

import (
	"encoding/binary"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	amlabels "github.com/prometheus/alertmanager/pkg/labels"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"tocsin/engine"
	"tocsin/evaluator"
	"tocsin/journal/image"
	"tocsin/notifier"
	"tocsin/rules"
	"tocsin/rules/file"
)

const start = model.Time(1_700_000_000_000)

// aged is a core with something of everything, in the middle of its life.
func aged(t testing.TB) *engine.Core {
	t.Helper()
	night, err := file.ReadSchedule("30 2 * * * Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	cluster := labels.FromStrings("cluster", "eu1")
	matcher, err := amlabels.NewMatcher(amlabels.MatchRegexp, "i", "b|c")
	if err != nil {
		t.Fatal(err)
	}
	load := &rules.Rule{
		Key: "g/Load", Revision: "1", Alert: "Load", Source: "a", Expr: "load", Interval: 10 * time.Second, PhaseKey: "g",
		Levels: rules.Levels{Warn: &rules.LevelRule{Threshold: rules.Threshold{Side: rules.Above, High: 60, ClearHigh: 60}}},
		Labels: []rules.LabelTemplate{{Name: "place", Text: "{{ $labels.i }} of {{ $externalLabels.cluster }}", Expand: file.CompileLabel("{{ $labels.i }} of {{ $externalLabels.cluster }}", "Load", cluster, "")}},
		Absent: rules.Absent{After: 5 * time.Minute}, NoData: rules.NoData{After: 10 * time.Minute},
	}
	backup := &rules.Rule{Key: "g/Backup", Alert: "Backup", Source: "a", Expr: "age", Schedule: night, Kind: rules.PresenceRule, Levels: rules.Levels{Warn: &rules.LevelRule{}}}
	cfg := &rules.Config{
		Rules: []*rules.Rule{backup, load}, ExternalLabels: cluster,
		Sources:   []rules.Source{{Name: "a", Timeout: 10 * time.Second, DownAfter: 5 * time.Minute, Concurrency: 1}},
		Route:     &rules.Route{ID: "{}", Receiver: "all", GroupBy: []string{"i"}, GroupWait: time.Second, GroupInterval: 20 * time.Second, RepeatInterval: time.Hour},
		Receivers: []rules.Receiver{{Name: "all", Integrations: []rules.Integration{{Key: "k", Kind: "webhook", Receiver: "all", SendResolved: true, Timeout: 5 * time.Second}}}},
		Limits:    rules.Limits{SeriesPerRule: 1000, ActiveAlerts: 1000},
	}
	c := engine.New("test")
	c.Step(start, engine.Reloaded{Config: cfg})
	c.Step(start, engine.Silenced{Silence: rules.Silence{ID: "s", Matchers: amlabels.Matchers{matcher}, StartsAt: start, EndsAt: start.Add(time.Hour)}})
	live(c, start, 95*time.Second)
	return c
}

// live takes a core through a while and returns what it did.
func live(c *engine.Core, at model.Time, during time.Duration) string {
	var text []byte
	var asks []engine.Ask
	var sends []engine.Send
	step := func(in engine.Input) {
		b := c.Step(at, in)
		text = engine.AppendTranscript(text, b)
		asks, sends = append(asks, b.Asks...), append(sends, b.Sends...)
	}
	for end := at.Add(during); at < end; at = at.Add(time.Second) {
		step(engine.Elapsed{})
		todo := asks
		for asks = nil; len(todo) > 0; todo = todo[1:] {
			step(engine.Answered{ID: todo[0].ID, Answer: answer(todo[0].At)})
		}
		flights := sends
		for sends = nil; len(flights) > 0; flights = flights[1:] {
			d := flights[0].Delivery
			step(engine.Settled{Settled: notifier.Settled{ID: d.ID, Attempt: d.Attempt, Outcome: notifier.Delivered}})
		}
	}
	return string(text)
}

func answer(at model.Time) evaluator.Answer {
	a := evaluator.Answer{Parse: func(raw string) (labels.Labels, error) { return labels.FromStrings("i", raw), nil }}
	for i, raw := range []string{"a", "b", "c", "d"} {
		a.Samples = append(a.Samples, evaluator.Sample{Raw: raw, Value: float64((int64(at)/30_000*17 + int64(i)*29) % 100)})
	}
	return a
}

// TestRestored wants a restored core to go on as the pictured one does, and neither to
// be changed by what the other does.
func TestRestored(t *testing.T) {
	c := aged(t)
	text, err := image.Take(c)
	if err != nil {
		t.Fatal(err)
	}
	at := start.Add(95 * time.Second)
	want := live(c, at, time.Hour)
	for range 2 {
		twin := engine.New("test")
		if err := image.Restore(twin, text); err != nil {
			t.Fatal(err)
		}
		if got := live(twin, at, time.Hour); got != want {
			t.Fatalf("they part at:\n%s", parting(got, want))
		}
	}
	for _, word := range []string{" raise ", " resolve ", " send ", "d of eu1"} {
		if !strings.Contains(want, word) {
			t.Errorf("no %q in what was compared", word)
		}
	}
}

func parting(got, want string) string {
	a, b := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return a[i] + "\n" + b[i]
		}
	}
	return "the end"
}

// TestDamaged wants an error, or a core that is wrong, of pictures that are wrong; but
// never a crash, nor a pointer to what it doesn't point to.
func TestDamaged(t *testing.T) {
	whole, err := image.Take(aged(t))
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	refused := 0
	for range 1000 {
		text := append([]byte(nil), whole...)
		for range 1 + random.IntN(3) {
			text[random.IntN(len(text))] ^= byte(1 << random.IntN(8))
		}
		if random.IntN(10) == 0 {
			text = text[:random.IntN(len(text))]
		}
		twin := engine.New("test")
		if image.Restore(twin, text) != nil {
			refused++
			continue
		}
		func() {
			defer func() { _ = recover() }() // a core that is wrong may panic
			live(twin, start.Add(95*time.Second), time.Minute)
		}()
	}
	if refused < 50 {
		t.Errorf("only %d of 1000 were refused", refused)
	}
}

// TestLayout: pictures are told apart by what a core is made of.
func TestLayout(t *testing.T) {
	if a, b := image.Layout(), image.Layout(); a == "" || a != b {
		t.Errorf("%q and %q", a, b)
	}
}

// TestAnotherCore refuses a picture that says the core is another object than it is:
// what the core would be written over with is for the picture to choose.
func TestAnotherCore(t *testing.T) {
	whole, err := image.Take(aged(t))
	if err != nil {
		t.Fatal(err)
	}
	var head [3]uint64 // how many objects, which is the core, which its planner
	rest := whole
	for i := range head {
		n, size := binary.Uvarint(rest)
		head[i], rest = n, rest[size:]
	}
	for _, c := range []struct {
		why           string
		core, planner uint64
	}{
		{"the two change places", head[2], head[1]},
		{"both are the core", head[1], head[1]},
		{"the core is something else", (head[1] + 1) % head[0], head[2]},
		{"there is no planner", head[1], head[0]},
	} {
		var text []byte
		for _, n := range []uint64{head[0], c.core, c.planner} {
			text = binary.AppendUvarint(text, n)
		}
		if err := image.Restore(engine.New("test"), append(text, rest...)); err == nil {
			t.Errorf("%s: it was restored", c.why)
		}
	}
}
