package evaluator_test

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"pgregory.net/rapid"

	"tocsin/evaluator"
	"tocsin/rules"
)

// drawLevel draws the rule of a level around a bound.
func drawLevel(t *rapid.T, name string, bound float64, presence bool) *rules.LevelRule {
	if rapid.IntRange(0, 4).Draw(t, name+" there") == 0 {
		return nil
	}
	band := float64(rapid.IntRange(0, 2).Draw(t, name+" band"))
	l := &rules.LevelRule{
		For:           drawMinutes(t, name+" for"),
		KeepFiringFor: drawMinutes(t, name+" keep"),
	}
	if rapid.IntRange(0, 2).Draw(t, name+" votes") == 0 {
		of := rapid.IntRange(1, 5).Draw(t, name+" of")
		l.Votes = rules.Votes{Need: rapid.IntRange(1, of).Draw(t, name+" need"), Of: of}
	}
	if presence {
		return l
	}
	switch rapid.SampledFrom([]rules.Side{rules.Above, rules.Below, rules.Outside}).Draw(t, name+" side") {
	case rules.Above:
		l.Threshold = rules.Threshold{Side: rules.Above, High: bound, ClearHigh: bound - band}
	case rules.Below:
		l.Threshold = rules.Threshold{Side: rules.Below, Low: 8 - bound, ClearLow: 8 - bound + band}
	case rules.Outside, rules.Present:
		l.Threshold = rules.Threshold{
			Side: rules.Outside, High: bound, ClearHigh: bound - band, Low: 1, ClearLow: 1 + band/2,
		}
	}
	return l
}

func drawMinutes(t *rapid.T, name string) time.Duration {
	return time.Duration(rapid.SampledFrom([]int{0, 0, 1, 2, 3, 7}).Draw(t, name)) * time.Minute
}

func drawRule(t *rapid.T) *rules.Rule {
	r := thresholdRule(nil, nil)
	presence := rapid.IntRange(0, 3).Draw(t, "presence") == 0
	r.Levels.Warn = drawLevel(t, "warn", 4, presence)
	r.Levels.Error = drawLevel(t, "error", 6, presence)
	if presence {
		r.Kind = rules.PresenceRule
	}
	thens := rapid.SampledFrom([]rules.Then{rules.ThenResolve, rules.ThenKeep, rules.ThenWarn, rules.ThenError, rules.ThenClear})
	r.Absent = rules.Absent{After: drawMinutes(t, "absent after"), Then: thens.Draw(t, "absent")}
	r.NoData = rules.NoData{After: drawMinutes(t, "no data after"), Then: thens.Draw(t, "no data")}
	r.Expect = rapid.Bool().Draw(t, "expect")
	r.Flap = rules.Flap{
		Raises: rapid.IntRange(0, 4).Draw(t, "raises"),
		Within: time.Duration(rapid.SampledFrom([]int{10, 24, 60}).Draw(t, "within")) * time.Minute,
	}
	return r
}

var names = []string{"a", "b", "c"}

// drawAnswer draws an answer in which each series may be there, in any order and
// spelling.
func drawAnswer(t *rapid.T) evaluator.Answer {
	a := evaluator.Answer{Parse: parse, Outcome: rapid.SampledFrom([]evaluator.Outcome{
		evaluator.Good, evaluator.Good, evaluator.Good, evaluator.Good, evaluator.Good, evaluator.Good,
		evaluator.Partial, evaluator.BadQuery, evaluator.Execution, evaluator.Unavailable,
	}).Draw(t, "outcome")}
	if a.Outcome > evaluator.Partial || rapid.IntRange(0, 5).Draw(t, "empty") == 0 {
		return a
	}
	values := rapid.SampledFrom([]float64{0, 1, 2, 3, 4, 5, 5, 6, 7, 7, math.NaN(), math.Inf(1), math.Inf(-1)})
	for _, name := range rapid.Permutation(names).Draw(t, "order") {
		if rapid.IntRange(0, 5).Draw(t, name+" there") > 0 {
			raw := rapid.SampledFrom([]string{"host=%s", "host=%s", ",host=%s"}).Draw(t, "spelling")
			a.Samples = append(a.Samples, evaluator.Sample{Raw: fmt.Sprintf(raw, name), Value: values.Draw(t, name)})
		}
	}
	return a
}

// drawStep draws the distance to the next evaluation, in intervals.
func drawStep(t *rapid.T) int {
	return rapid.SampledFrom([]int{1, 1, 1, 1, 1, 1, 1, 2, 3, 6, 9, 60, 800}).Draw(t, "step")
}

// TestMachineAgreesWithOracle plays random observations of random rules, with
// restarts and clock steps in between, and compares every change.
func TestMachineAgreesWithOracle(t *testing.T) {
	for n := range 10 { // ten times the usual number of draws
		t.Run(strconv.Itoa(n), func(t *testing.T) { rapid.Check(t, agree) })
	}
}

func agree(t *rapid.T) {
	p := &pair{t: t, rule: drawRule(t), store: map[string][]byte{}}
	p.m = evaluator.New(p.rule)
	p.o = newOracle(p.rule, names...)
	for range rapid.IntRange(1, 60).Draw(t, "steps") {
		p.step()
	}
}

// A pair is a machine and an oracle that see the same.
type pair struct {
	t     *rapid.T
	rule  *rules.Rule
	m     *evaluator.Machine
	o     *oracle
	at    model.Time
	store map[string][]byte
}

func (p *pair) step() {
	switch rapid.IntRange(0, 9).Draw(p.t, "disturbance") {
	case 0:
		p.m = restored(p.t, p.rule, p.store, p.m.LastGood())
	case 1:
		p.m.Forget()
		p.save()
		p.o.forgets[len(p.o.past)] = true
	}
	p.at += model.Time(drawStep(p.t)) * minute
	obs := evaluator.Observation{At: p.at, Interval: time.Minute, Room: 100, Answer: drawAnswer(p.t)}
	got := map[string][]string{}
	for _, c := range p.m.Observe(obs) {
		n := name(*c.Alert)
		got[n] = append(got[n], changeLine(c))
		if c.At != p.at || c.Alert.Rule != p.rule.Key {
			p.t.Fatalf("a change of %q at %d, want %q at %d", c.Alert.Rule, c.At, p.rule.Key, p.at)
		}
	}
	p.save()
	p.o.observe(obs)
	for _, n := range names {
		if want := p.o.changes(n); fmt.Sprint(got[n]) != fmt.Sprint(want) {
			p.t.Fatalf("+%s %s %v: changes of %s are\n%q, want\n%q", p.at.Sub(0), obs.Answer.Outcome, obs.Answer.Samples, n, got[n], want)
		}
	}
	p.compareNotices()
}

func (p *pair) save() { saveRows(p.t, p.m, p.store) }

func changeLine(c evaluator.Change) string {
	over := ""
	if c.Alert.EndsAt > 0 {
		over = " over"
	}
	return fmt.Sprintf("%s %s->%s notify %s %s since %d%s", c.Kind, c.From, c.To, c.Alert.Notify, c.Alert.Reason, c.Alert.StartsAt, over)
}

// changes are those that the latest decision about a series asks for.
func (o *oracle) changes(name string) (lines []string) {
	p, i := o.series[name], len(o.past)-1
	from, was := rules.OK, rules.OK
	if i > 0 {
		from, was = p.level[i-1], p.latched[i-1]
	}
	to, is := p.level[i], p.latched[i]
	line := func(kind evaluator.ChangeKind, from, notify rules.Level, reason evaluator.Reason) {
		over := ""
		if notify == rules.OK {
			over = " over"
		}
		lines = append(lines, fmt.Sprintf("%s %s->%s notify %s %s since %d%s", kind, from, to, notify, reason, o.began(p, i), over))
	}
	switch {
	case to > from:
		line(evaluator.Raise, from, max(to, was), p.reason[i])
	case to < from && to > rules.OK:
		line(evaluator.Lower, from, max(to, was), p.reason[i])
	case to < from:
		line(evaluator.Resolve, from, max(to, was), p.reason[i])
	}
	switch {
	case is > rules.OK && was == rules.OK:
		line(evaluator.Flapping, to, max(to, is), evaluator.Flaps)
	case was > rules.OK && is == rules.OK && p.reason[i] != evaluator.Recovered:
		line(evaluator.Stable, to, to, p.reason[i])
	case was > rules.OK && is == rules.OK:
		line(evaluator.Stable, to, to, evaluator.Calm)
	}
	return lines
}

// began is the time of the first raise of the episode that was open last.
func (o *oracle) began(p *past, i int) model.Time {
	k := i
	for k > 0 && (p.level[k-1] > rules.OK || p.latched[k-1] > rules.OK) {
		k--
	}
	return o.past[k].At
}

// compareNotices compares what is said of the rule as a whole.
func (p *pair) compareNotices() {
	got := map[string]bool{}
	p.m.List(func(i evaluator.Instance) {
		if len(i.Levels) == 0 && i.Alert != nil && i.Alert.Level > rules.OK {
			got[i.Key] = true
		}
	})
	want := map[string]bool{}
	if p.o.failing() {
		want["!failing"] = true
	}
	if p.o.noData() {
		want["!no_data"] = true
	}
	for _, key := range []string{"!failing", "!no_data"} {
		if got[key] != want[key] {
			p.t.Fatalf("+%s: notice %s is %t, want %t", p.at.Sub(0), key, got[key], want[key])
		}
	}
}

// TestKillGrantsNothing restores from rows that are complete and a checkpoint
// that is as old as can be: no timer has more than it really had.
func TestKillGrantsNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := &pair{t: t, rule: drawRule(t), store: map[string][]byte{}}
		p.m = evaluator.New(p.rule)
		checkpoints := []model.Time{0}
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			p.at += model.Time(drawStep(t)) * minute
			p.m.Observe(evaluator.Observation{At: p.at, Interval: time.Minute, Room: 100, Answer: drawAnswer(t)})
			p.save()
			checkpoints = append(checkpoints, p.m.LastGood())
		}
		last := rapid.SampledFrom(checkpoints).Draw(t, "checkpoint")
		killed := listed(restored(t, p.rule, p.store, last))
		alive := listed(p.m)
		if len(killed) != len(alive) {
			t.Fatalf("%d instances after a kill, %d before", len(killed), len(alive))
		}
		for key, was := range alive {
			compareTimers(t, was, killed[key])
		}
	})
}

func listed(m *evaluator.Machine) map[string]evaluator.Instance {
	all := map[string]evaluator.Instance{}
	m.List(func(i evaluator.Instance) { all[i.Key] = i })
	return all
}

// compareTimers fails if a timer went up or a phase changed.
func compareTimers(t *rapid.T, was, is evaluator.Instance) {
	if is.Absent > was.Absent || is.Calm > was.Calm {
		t.Fatalf("absent %s, calm %s after a kill; %s, %s before", is.Absent, is.Calm, was.Absent, was.Calm)
	}
	for n, l := range is.Levels {
		w := was.Levels[n]
		if l.Credit > w.Credit || l.Phase != w.Phase || l.Breached != w.Breached {
			t.Fatalf("%s %s %s, %d votes after a kill; %s %s, %d before", l.Level, l.Phase, l.Credit, l.Breached, w.Phase, w.Credit, w.Breached)
		}
	}
}

// TestOrderOfSeriesIsNothing gives two machines the same series in other orders
// and spellings, with a limit and labels that collide.
func TestOrderOfSeriesIsNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rule := drawRule(t)
		rule.Limit = rapid.IntRange(0, 3).Draw(t, "limit")
		if rapid.Bool().Draw(t, "collide") {
			rule.Labels = []rules.LabelTemplate{{Name: "host", Text: "x"}}
		}
		one, two := evaluator.New(rule), evaluator.New(rule)
		at := model.Time(0)
		for range rapid.IntRange(1, 20).Draw(t, "steps") {
			at += minute
			o := evaluator.Observation{At: at, Interval: time.Minute, Room: 100, Answer: drawAnswer(t)}
			want := written(one, o)
			for n := range o.Answer.Samples {
				o.Answer.Samples[n].Raw = "," + o.Answer.Samples[n].Raw
			}
			o.Answer.Samples = rapid.Permutation(o.Answer.Samples).Draw(t, "other order")
			if got := written(two, o); got != want {
				t.Fatalf("+%s: in another order\n%s, want\n%s", at.Sub(0), got, want)
			}
		}
	})
}

// written is all that comes out of an observation, as JSON.
func written(m *evaluator.Machine, o evaluator.Observation) string {
	s := ""
	add := func(v any) {
		b, err := json.Marshal(v)
		s += fmt.Sprintf("%s %v\n", b, err)
	}
	for _, c := range m.Observe(o) {
		add(c)
	}
	m.Rows(func(r rules.Row) { add(r) })
	return s
}
