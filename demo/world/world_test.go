package world

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/model"

	"tocsin/engine"
	"tocsin/evaluator"
	"tocsin/evaluator/promlocal"
	"tocsin/rules"
	"tocsin/rules/file"
	"tocsin/rules/starter"
)

// noon is a time at which the demo may be started; the service is busier then
// than at midnight.
const noon = model.Time(1_700_049_600_000)

// oneFile holds a rule file.
type oneFile []byte

func (f oneFile) Read(name string) ([]byte, error) {
	if name != "rules.yaml" {
		return nil, fs.ErrNotExist
	}
	return f, nil
}

func (f oneFile) Glob(string) ([]string, error) { return []string{"rules.yaml"}, nil }

// window is how far the demo's rates look back, and haste is how much faster its
// timers run than those of the starter rules.
const (
	window = 10 * time.Second
	haste  = 30
)

// starterRules reads the starter rules: at their own pace, with rates over five
// minutes, or at the demo's.
func starterRules(t *testing.T, back time.Duration) []*rules.Rule {
	t.Helper()
	text := strings.ReplaceAll(string(starter.Rules), "[5m]", fmt.Sprintf("[%ds]", int(back.Seconds())))
	all, problems := file.LoadRules(oneFile(text), []string{"rules.yaml"}, file.Defaults{})
	for _, p := range problems {
		if !p.Warning {
			t.Fatal(p)
		}
	}
	if len(all) < 7 {
		t.Fatalf("only %d starter rules", len(all))
	}
	return all
}

// A stage is a world that runs, and what its series say.
type stage struct {
	*testing.T
	*World
	source *promlocal.Source
	now    model.Time
}

func newStage(t *testing.T, at model.Time) *stage {
	t.Helper()
	source := promlocal.New(promlocal.Options{Retention: 2 * time.Hour})
	s := &stage{t, New(source, at.Add(-6*time.Minute)), source, at}
	s.run(0)
	return s
}

// run lets time pass.
func (s *stage) run(d time.Duration) {
	s.Helper()
	s.now = s.now.Add(d)
	if err := s.Step(s.now); err != nil {
		s.Fatal(err)
	}
}

func (s *stage) throw(sw Switch, on bool) {
	s.Helper()
	if err := s.Set(sw, on); err != nil {
		s.Fatal(err)
	}
}

// breaches are what the rules find now: alert, labels and level, sorted.
func (s *stage) breaches(all []*rules.Rule) []string {
	s.Helper()
	var out []string
	for _, r := range all {
		answer := s.source.Ask(s.Context(), engine.Ask{Expr: r.Expr, At: s.now})
		if answer.Outcome != evaluator.Good {
			s.Fatalf("%s: %s", r.Alert, answer.Error)
		}
		if len(answer.Samples) == 0 {
			out = append(out, r.Alert+" has no data")
		}
		for _, x := range answer.Samples {
			if l := levelOf(r, x.Value); l > rules.OK {
				out = append(out, fmt.Sprintf("%s %s %v", r.Alert, who(s.T, answer, x), l))
			}
		}
	}
	slices.Sort(out)
	return out
}

func levelOf(r *rules.Rule, v float64) rules.Level {
	for _, l := range []rules.Level{rules.Error, rules.Warn} {
		if at := r.Levels.At(l); at != nil && at.Threshold.Breached(v) {
			return l
		}
	}
	return rules.OK
}

// who is the instance of a sample, or its job.
func who(t *testing.T, a evaluator.Answer, x evaluator.Sample) string {
	t.Helper()
	ls, err := a.Parse(x.Raw)
	if err != nil {
		t.Fatal(err)
	}
	if name := ls.Get("instance"); name != "" {
		return name
	}
	return ls.Get("job")
}

// TestSwitches throws each switch and expects what it says to show, and nothing
// else, within the time that it takes; and to be over some time after.
func TestSwitches(t *testing.T) {
	rows := []struct {
		sw     Switch
		window time.Duration // of rates
		within time.Duration // until all of it shows
		want   []string      // lines end in a level, or in * for warn or error
	}{
		{Latency, window, 20 * time.Second, []string{"ApiLatencyP95 api error", "CPUHigh api-0 *", "CPUHigh api-1 *", "WebLatencyP95 web warn"}},
		{Errors, window, 20 * time.Second, []string{"ErrorRateHigh api error", "ErrorRateHigh web warn"}},
		{Memory, window, 30 * time.Second, []string{"MemoryHigh api-1 error"}},
		{Silence, window, 20 * time.Second, []string{"ApiLatencyP95 has no data", "TargetDown api-0 error", "TargetDown api-1 error"}},
		{Latency, 5 * time.Minute, 5 * time.Minute, []string{"ApiLatencyP95 api error", "CPUHigh api-0 *", "CPUHigh api-1 *", "WebLatencyP95 web warn"}},
		{Errors, 5 * time.Minute, 5 * time.Minute, []string{"ErrorRateHigh api error", "ErrorRateHigh web warn"}},
		{Silence, 5 * time.Minute, 5*time.Minute + time.Second, []string{"ApiLatencyP95 has no data", "TargetDown api-0 error", "TargetDown api-1 error"}},
	}
	for _, r := range rows {
		t.Run(fmt.Sprintf("%s by rates of %v", r.sw, r.window), func(t *testing.T) {
			all, s := starterRules(t, r.window), newStage(t, noon)
			expect(s, all, nil, "before")
			s.throw(r.sw, true)
			s.run(r.within)
			expect(s, all, r.want, "with the switch on")
			s.throw(r.sw, false)
			s.run(r.window + Scrape)
			expect(s, all, nil, "after")
		})
	}
}

func expect(s *stage, all []*rules.Rule, want []string, when string) {
	s.Helper()
	got := s.breaches(all)
	same := len(got) == len(want)
	for i := 0; same && i < len(got); i++ {
		begin, either := strings.CutSuffix(want[i], "*")
		same = got[i] == want[i] || either && strings.HasPrefix(got[i], begin)
	}
	if !same {
		s.Errorf("%s:\n got %q\nwant %q", when, got, want)
	}
}

// TestQuiet: without a switch nothing is wrong at any time of the day.
func TestQuiet(t *testing.T) {
	for _, back := range []time.Duration{window, 5 * time.Minute} {
		all := starterRules(t, back)
		for hour := range 24 {
			s := newStage(t, noon.Add(time.Duration(hour)*time.Hour))
			for range 3 {
				s.run(20 * time.Second)
				expect(s, all, nil, fmt.Sprintf("at %v", s.now.Time().UTC()))
			}
		}
	}
}

// TestClear: what is raised is also cleared, by the stricter clear values.
func TestClear(t *testing.T) {
	for hour := range 24 {
		s := newStage(t, noon.Add(time.Duration(hour)*time.Hour))
		for _, r := range starterRules(t, window) {
			answer := s.source.Ask(t.Context(), engine.Ask{Expr: r.Expr, At: s.now})
			for _, x := range answer.Samples {
				if !r.Levels.Warn.Threshold.Cleared(x.Value) {
					t.Errorf("%s %s at %v is %v and would not clear", r.Alert, who(t, answer, x), s.now.Time().UTC(), x.Value)
				}
			}
		}
	}
}

// TestFlapCrossesBothWays: the memory goes beyond the threshold and clears again
// in each period, for long enough to be seen both ways.
func TestFlapCrossesBothWays(t *testing.T) {
	all, s := starterRules(t, window), newStage(t, noon)
	s.throw(Flap, true)
	s.run(0)
	var line strings.Builder
	for range 2 * (FlapHigh + FlapLow) / Scrape {
		s.run(Scrape)
		line.WriteByte(".W"[len(s.breaches(all))])
	}
	high, low := strings.Repeat("W", int(FlapHigh/Scrape)), strings.Repeat(".", int(FlapLow/Scrape))
	if got, want := line.String(), high+low+high+low; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := s.breaches(all); len(got) != 0 {
		t.Error(got)
	}
}

func TestSwitchesAreShown(t *testing.T) {
	w := New(promlocal.New(promlocal.Options{}), noon)
	if err := w.Set(Memory, true); err != nil {
		t.Fatal(err)
	}
	if err := w.Set("bogus", true); err == nil {
		t.Error("an unknown switch can be thrown")
	}
	var on []Switch
	for _, s := range w.Switches() {
		if s.Label == "" || s.Help == "" {
			t.Errorf("%s has no text", s.Switch)
		}
		if s.On {
			on = append(on, s.Switch)
		}
	}
	if len(w.Switches()) != 5 || !slices.Equal(on, []Switch{Memory}) {
		t.Errorf("%d switches, on: %v", len(w.Switches()), on)
	}
}

// A recorder keeps what is appended, as text.
type recorder struct {
	lines []string
	fail  error
}

func (r *recorder) Append(samples ...promlocal.Sample) error {
	for _, s := range samples {
		r.lines = append(r.lines, fmt.Sprint(s.Labels, int64(s.At), math.Float64bits(s.Value)))
	}
	return r.fail
}

// TestSameTimeSameWorld: however the steps fall, the same times and switches
// make the same samples.
func TestSameTimeSameWorld(t *testing.T) {
	var a, b recorder
	w := New(&a, noon)
	for d := time.Duration(0); d <= time.Minute; d += 100 * time.Millisecond {
		if d == 30*time.Second {
			_ = w.Set(Errors, true)
		}
		_ = w.Step(noon.Add(d))
	}
	w = New(&b, noon.Add(-999*time.Millisecond))
	_ = w.Step(noon.Add(29*time.Second + 999*time.Millisecond))
	_ = w.Set(Errors, true)
	_ = w.Set(Errors, true) // thrown again, it goes on
	_ = w.Step(noon.Add(time.Minute))
	if len(a.lines) != 61*3*29 {
		t.Errorf("%d samples", len(a.lines))
	}
	if diff := cmp.Diff(a.lines, b.lines); diff != "" {
		t.Error(diff)
	}
}

func TestStepReportsFailures(t *testing.T) {
	broken := errors.New("full")
	if err := New(&recorder{fail: broken}, noon).Step(noon); !errors.Is(err, broken) {
		t.Error(err)
	}
}

// TestCountersOnlyGrow holds for whatever switches do to them.
func TestCountersOnlyGrow(t *testing.T) {
	s := newStage(t, noon)
	for _, sw := range s.Switches() {
		s.throw(sw.Switch, true)
		s.run(20 * time.Second)
		s.throw(sw.Switch, false)
		s.run(10 * time.Second)
	}
	for _, expr := range []string{
		`resets(http_requests_total[1h]) > 0`,
		`resets(http_request_duration_seconds_bucket[1h]) > 0`,
		`resets(http_request_duration_seconds_sum[1h]) > 0`,
		`resets(process_cpu_seconds_total[1h]) > 0`,
		`http_request_duration_seconds_bucket{le="+Inf"} != ignoring(le) http_request_duration_seconds_count`,
		`http_request_duration_seconds_bucket{le="0.1"} > ignoring(le) http_request_duration_seconds_bucket{le="0.15"}`,
	} {
		if got := s.source.Ask(t.Context(), engine.Ask{Expr: expr, At: s.now}); got.Outcome != evaluator.Good || len(got.Samples) > 0 {
			t.Errorf("%s: %+v", expr, got)
		}
	}
}

func TestNoiseIsSmoothAndBounded(t *testing.T) {
	before := noise("x", noon, 20)
	for ms := range 100_000 {
		v := noise("x", noon+model.Time(ms), 20)
		if math.Abs(v) > 1 || math.Abs(v-before) > 0.001 {
			t.Fatalf("from %v to %v within a millisecond", before, v)
		}
		before = v
	}
	if noise("x", noon, 20) == noise("y", noon, 20) {
		t.Error("two names make the same noise")
	}
}
