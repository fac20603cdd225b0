package convert_test

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"pgregory.net/rapid"

	"tocsin/convert"
	"tocsin/engine"
	"tocsin/engine/replay"
	"tocsin/evaluator"
	"tocsin/evaluator/promlocal"
	"tocsin/rules"
	"tocsin/rules/file"
	"tocsin/store/memory"
)

// TestConvertedAgreesWithOriginal makes up rules and a history of their series, and
// lives through it twice: with the rules as they were, and as they became. Each
// series is at the same level at each instant: through values at the bound, NaN,
// infinities, series that go and come back, empty answers, failed and partial
// queries, stops and kills. A rule that was converted by itself tells the same
// changes, to the label; of a pair the higher level of the two counts.
func TestConvertedAgreesWithOriginal(t *testing.T) {
	seen := map[convert.Outcome]int{}
	fired := 0
	for n := range 8 { // times the usual number of draws
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) { agree(t, seen, &fired) })
		})
	}
	t.Logf("%v, %d changes", seen, fired)
	for _, o := range []convert.Outcome{convert.Kept, convert.Converted, convert.Merged} {
		if seen[o] < 100 {
			t.Errorf("%d rules were %s: the test tests too little", seen[o], o)
		}
	}
	if fired < 1000 {
		t.Errorf("%d changes: the test tests too little", fired)
	}
}

func agree(t *rapid.T, seen map[convert.Outcome]int, fired *int) {
	text := drawFile(t)
	result, problems := convert.Convert("r.yaml", []byte(text), options())
	if result == nil {
		t.Fatalf("%v in\n%s", problems, text)
	}
	for _, f := range result.Findings {
		seen[f.Outcome]++
	}
	w := drawWorld(t, strings.Contains(string(result.After), "below"))
	if merged(result) {
		clear(w.killed) // a kill may cost the timers of two rules unlike times, a minute at most
	}
	was, is := w.live(t, result.Before), w.live(t, result.After)
	*fired += len(was)
	before, after := keys(t, result)
	for _, f := range result.Findings {
		switch f.Outcome {
		case convert.Converted, convert.Kept:
			if diff := gocmp.Diff(told(was, before[f.Line]), told(is, after[f.Line])); diff != "" {
				t.Fatalf("%s tells other changes (-was +is):\n%s\n%s\n%s\n%s", f.Alert, diff, result.Before, result.After, w)
			}
		case convert.Merged:
			if diff := gocmp.Diff(levels(was, before[f.Line], before[f.With]), levels(is, after[f.Line])); diff != "" {
				t.Fatalf("%s is at other levels (-was +is):\n%s\n%s\n%s\n%s", f.Alert, diff, result.Before, result.After, w)
			}
		case convert.Absorbed, convert.Threshold, convert.Recording:
		}
	}
}

func merged(r *convert.Result) bool {
	return slices.ContainsFunc(r.Findings, func(f convert.Finding) bool { return f.Outcome == convert.Merged })
}

func options() convert.Options {
	return convert.Options{Severity: rules.SeverityLabels{Warn: "warning", Error: "critical"}}
}

// keys are those of the rules that findings are of, in the text before and in the
// one after: there it is as many rules from the beginning, but for those that were
// taken in.
func keys(t *rapid.T, r *convert.Result) (was, is map[int]string) {
	byLine := func(text []byte) []*rules.Rule {
		all := load(t, text)
		slices.SortFunc(all, func(a, b *rules.Rule) int { return cmp.Compare(a.Line, b.Line) })
		return all
	}
	was, is = map[int]string{}, map[int]string{}
	after := byLine(r.After)
	for i, rule := range byLine(r.Before) {
		f := r.Findings[i]
		was[f.Line] = rule.Key
		if f.Outcome != convert.Absorbed {
			is[f.Line] = after[0].Key
			after = after[1:]
		}
	}
	return was, is
}

func load(t fataler, text []byte) []*rules.Rule {
	all, problems := file.LoadRules(file.Memory{"r.yaml": string(text)}, []string{"r.yaml"}, file.Defaults{})
	for _, p := range problems {
		if !p.Warning {
			t.Fatalf("%v in\n%s", p, text)
		}
	}
	return all
}

// A fataler is a test, or a draw of one.
type fataler interface {
	Fatal(args ...any)
	Fatalf(format string, args ...any)
	Context() context.Context
}

// drawFile draws a group of alerts with a level, and of pairs.
func drawFile(t *rapid.T) string {
	var b strings.Builder
	b.WriteString("groups:\n  - name: g\n    interval: 1m\n    rules:\n")
	for n := range rapid.IntRange(1, 3).Draw(t, "alerts") {
		d := drawShape(t)
		name := fmt.Sprint("A", n)
		kind := rapid.IntRange(0, 3).Draw(t, "kind")
		switch kind {
		case 0:
			drawRule(t, &b, d, name, rapid.SampledFrom([]string{"warning", "critical", "info", ""}).Draw(t, "severity"), 0)
		case 1:
			drawRule(t, &b, d, name, "warning", 0)
			drawRule(t, &b, d, name, "critical", 1)
		case 2:
			drawRule(t, &b, d, name+"Critical", "critical", 1)
			drawRule(t, &b, d, name+"Warning", "warning", 0)
		case 3:
			drawRule(t, &b, d, name+"Warning", "warning", 1)
			drawRule(t, &b, d, name, "critical", 1)
		}
	}
	return b.String()
}

// A shape is what the two rules of a pair have in common.
type shape struct {
	expr, op  string
	swapped   bool
	hold      []string // the delays to draw from, few so that many pairs have the same
	keep      []string
	bound     float64
	direction float64
}

func drawShape(t *rapid.T) shape {
	delays := []string{"", "1m", "2m", "4m", "7m", "15m", "2 of 3"}
	d := shape{
		expr: rapid.SampledFrom([]string{
			"m", "m / n", "sum by (i) (m)", "count by (i) (m > 1)", "(m - n)", "max_over_time(m[3m])", "sum(m)",
		}).Draw(t, "expr"),
		op:      rapid.SampledFrom([]string{">", ">", ">", "<", "<", ">=", "<="}).Draw(t, "op"),
		swapped: rapid.IntRange(0, 3).Draw(t, "swapped") == 0,
		hold:    rapid.SliceOfN(rapid.SampledFrom(delays), 1, 2).Draw(t, "for"),
		keep:    rapid.SliceOfN(rapid.SampledFrom(delays[:6]), 1, 2).Draw(t, "keep"),
		bound:   float64(rapid.IntRange(0, 3).Draw(t, "bound")),
	}
	d.direction = 1
	if d.op[0] == '<' {
		d.direction = -1
	}
	return d
}

func drawRule(t *rapid.T, b *strings.Builder, d shape, name, severity string, further float64) {
	bound := fmt.Sprint(d.bound + further*d.direction)
	expr := d.expr + " " + d.op + " " + bound
	if d.swapped {
		expr = bound + " " + strings.NewReplacer("<", ">", ">", "<").Replace(d.op) + " " + d.expr
	}
	fmt.Fprintf(b, "      - alert: %s\n        expr: %s\n", name, expr)
	if hold := rapid.SampledFrom(d.hold).Draw(t, "for"); hold != "" {
		fmt.Fprintf(b, "        for: %s\n", hold)
	}
	if keep := rapid.SampledFrom(d.keep).Draw(t, "keep"); keep != "" {
		fmt.Fprintf(b, "        keep_firing_for: %s\n", keep)
	}
	if severity != "" {
		fmt.Fprintf(b, "        labels: {team: web, severity: %s}\n", severity)
	}
	b.WriteString("        annotations: {summary: 'it is {{ $value }}'}\n")
}

// A world is a history of series, and of what became of queries and of the daemon.
type world struct {
	values map[string][]float64 // by series, a minute each; gone is none
	fails  map[int]evaluator.Outcome
	ends   []int // minutes at which the daemon stops, and is back later
	back   []int
	killed []bool
}

const start = model.Time(1_700_000_040_000) // a whole minute

// gone marks a minute without a sample.
func gone() float64 { return -1e9 }

func drawWorld(t *rapid.T, below bool) *world {
	w := &world{values: map[string][]float64{}, fails: map[int]evaluator.Outcome{}}
	minutes := rapid.IntRange(20, 70).Draw(t, "minutes")
	values := rapid.SampledFrom([]float64{0, 0, 1, 1, 2, 2, 3, 3, 4, 5, -1, math.NaN(), math.Inf(1), math.Inf(-1), gone(), gone()})
	lasts := rapid.SampledFrom([]int{1, 1, 2, 3, 5, 8, 17})
	for _, name := range []string{`m{i="a"}`, `m{i="b"}`, `n{i="a"}`, `n{i="b"}`} {
		for len(w.values[name]) < minutes {
			v := values.Draw(t, name)
			for range lasts.Draw(t, "lasts") {
				w.values[name] = append(w.values[name], v)
			}
		}
		w.values[name] = w.values[name][:minutes]
	}
	outcomes := []evaluator.Outcome{evaluator.Unavailable, evaluator.Execution, evaluator.BadQuery}
	if !below { // of a partial answer, below a threshold is not believed
		outcomes = append(outcomes, evaluator.Partial, evaluator.Partial)
	}
	for range rapid.IntRange(0, 4).Draw(t, "faults") {
		at := rapid.IntRange(0, minutes-1).Draw(t, "fails at")
		o := rapid.SampledFrom(outcomes).Draw(t, "outcome")
		for i := range lasts.Draw(t, "for") {
			w.fails[at+i] = o
		}
	}
	at := 0
	for range rapid.IntRange(0, 2).Draw(t, "restarts") {
		at += rapid.IntRange(1, 25).Draw(t, "runs for")
		back := at + lasts.Draw(t, "down for")
		w.ends, w.back = append(w.ends, at), append(w.back, back)
		w.killed = append(w.killed, rapid.Bool().Draw(t, "killed"))
		at = back
	}
	return w
}

// String shows the history in full.
func (w *world) String() string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(w.values)) {
		fmt.Fprintf(&b, "%s %v\n", name, w.values[name])
	}
	fmt.Fprintf(&b, "fails %v, stops %v, back %v, killed %v\n", w.fails, w.ends, w.back, w.killed)
	return b.String()
}

func (w *world) minutes() int { return len(w.values[`m{i="a"}`]) }

// source holds the series in the real engine.
func (w *world) source(t fataler) *promlocal.Source {
	s := promlocal.New(promlocal.Options{Lookback: 59 * time.Second})
	for name, values := range w.values {
		ls := labels.FromStrings("__name__", name[:1], "i", name[5:6])
		for i, v := range values {
			at := start.Add(time.Duration(i) * time.Minute)
			if v == gone() {
				continue
			}
			if err := s.Append(promlocal.Sample{Labels: ls, At: at, Value: v}); err != nil {
				t.Fatal(err)
			}
		}
	}
	return s
}

// A faulty source fails in some minutes.
type faulty struct {
	*promlocal.Source
	fails map[int]evaluator.Outcome
}

func (f faulty) Ask(ctx context.Context, a engine.Ask) evaluator.Answer {
	switch o := f.fails[int(a.At.Sub(start)/time.Minute)]; o {
	case evaluator.Good:
	case evaluator.Partial:
		answer := f.Source.Ask(ctx, a)
		answer.Outcome, answer.Error = o, "a part is missing"
		answer.Samples = slices.DeleteFunc(answer.Samples, func(s evaluator.Sample) bool { return strings.Contains(s.Raw, `"b"`) })
		return answer
	default:
		return evaluator.Answer{Outcome: o, Error: "it failed"}
	}
	return f.Source.Ask(ctx, a)
}

// live lives through the history with rules, and returns all changes of levels.
func (w *world) live(t fataler, text []byte) (all []evaluator.Change) {
	store := memory.New()
	sources := map[string]engine.Source{"default": faulty{w.source(t), w.fails}}
	cfg := config(load(t, text))
	begin := 0
	for i := 0; i <= len(w.ends); i++ {
		until, inputs := w.minutes(), []replay.Scheduled{{At: w.at(begin), Input: engine.Reloaded{Config: cfg}}}
		if i < len(w.ends) {
			until = min(w.ends[i], w.minutes())
			if !w.killed[i] {
				inputs = append(inputs, replay.Scheduled{At: w.at(until) - 1, Input: engine.Stopping{}})
			}
		}
		if begin < until {
			err := replay.Run(t.Context(), replay.Options{
				Core: engine.New("n"), Store: store, Inputs: inputs, Start: w.at(begin), End: w.at(until), Sources: sources,
				Observe: func(b engine.Batch) { all = append(all, b.Changes...) },
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		if i < len(w.ends) {
			begin = w.back[i]
		}
	}
	return all
}

func (w *world) at(minute int) model.Time { return start.Add(time.Duration(minute) * time.Minute) }

func config(all []*rules.Rule) *rules.Config {
	return &rules.Config{
		Rules:     all,
		Sources:   []rules.Source{{Name: "default", Timeout: 10 * time.Second, DownAfter: 5 * time.Minute, Concurrency: 2}},
		Severity:  options().Severity,
		Limits:    rules.Limits{SeriesPerRule: 100, ActiveAlerts: 1000},
		Receivers: []rules.Receiver{{Name: "nobody"}},
		Route:     &rules.Route{ID: "{}", Receiver: "nobody", GroupWait: time.Second, GroupInterval: time.Minute, RepeatInterval: time.Hour},
	}
}

// told are the changes of a rule as people learn of them. At a resolve the true
// value is known to a threshold rule alone.
func told(all []evaluator.Change, key string) (out []string) {
	for _, c := range all {
		a := c.Alert
		if a.Rule != key {
			continue
		}
		value := a.Value
		if c.Kind != evaluator.Raise {
			value = 0
		}
		severity := cmp.Or(a.FixedSeverity, options().Severity.Of(max(c.From, c.To)))
		ls := labels.NewBuilder(a.Labels).Del("severity").Labels()
		out = append(out, fmt.Sprintf("%s %s %s->%s notify %s flapping %t %s severity=%s value %v %v",
			c.At.Time().UTC().Format("15:04"), c.Kind, c.From, c.To, a.Notify, a.Flapping, ls, severity, value, a.Reason))
	}
	slices.Sort(out)
	return out
}

// levels are the levels of each series over time, the highest of some rules.
func levels(all []evaluator.Change, keys ...string) map[string][]string {
	now := map[string]map[string]rules.Level{} // by series and rule
	out := map[string][]string{}
	shown := map[string]rules.Level{}
	for i, c := range all {
		series := c.Alert.Series.String()
		if slices.Contains(keys, c.Alert.Rule) && !strings.HasPrefix(c.Alert.Instance, "!") {
			if now[series] == nil {
				now[series] = map[string]rules.Level{}
			}
			now[series][c.Alert.Rule] = c.To
		}
		if i+1 < len(all) && all[i+1].At == c.At {
			continue // of one instant the outcome counts
		}
		for series, of := range now {
			high := slices.Max(slices.Collect(maps.Values(of)))
			if high != shown[series] {
				shown[series] = high
				out[series] = append(out[series], fmt.Sprintf("%s %s", c.At.Time().UTC().Format("15:04"), high))
			}
		}
	}
	return out
}
