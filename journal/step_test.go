package journal

import (
	"fmt"
	"math"
	"reflect"
	"testing"
	"time"

	amlabels "github.com/prometheus/alertmanager/pkg/labels"
	"github.com/prometheus/prometheus/model/labels"
	"pgregory.net/rapid"

	"tocsin/engine"
	"tocsin/evaluator"
	"tocsin/notifier"
	"tocsin/rules"
)

// inputs draws inputs of all kinds but configurations, which have a test of their own.
func inputs() *rapid.Generator[engine.Input] {
	text := rapid.StringMatching(`[a-z<&"\\ é]{0,8}`)
	return rapid.Custom(func(t *rapid.T) engine.Input {
		at := start.Add(time.Duration(rapid.Int64Range(-1e6, 1e12).Draw(t, "at")))
		switch rapid.IntRange(0, 10).Draw(t, "kind") {
		case 0:
			return engine.Elapsed{}
		case 1:
			return engine.Stopping{}
		case 2:
			m, _ := amlabels.NewMatcher(amlabels.MatchType(rapid.IntRange(0, 3).Draw(t, "type")), "l", "a+")
			return engine.Silenced{Silence: rules.Silence{ID: text.Draw(t, "id"), Matchers: amlabels.Matchers{m}, StartsAt: at, EndsAt: at + 5, UntilResolved: true, CreatedBy: text.Draw(t, "by")}}
		case 3:
			return engine.Unsilenced{ID: text.Draw(t, "id")}
		case 4:
			return engine.Acked{Acks: []rules.Ack{{Rule: "r", Instance: text.Draw(t, "i"), Level: rules.Error, At: at, Until: at}}}
		case 5:
			return engine.Unacked{Alerts: []notifier.AlertID{{Rule: text.Draw(t, "r"), Instance: "i"}}}
		case 6:
			return engine.Stepped{By: time.Duration(rapid.Int64().Draw(t, "by"))}
		case 7:
			return engine.Degraded{Failing: rapid.Bool().Draw(t, "failing")}
		case 8:
			return engine.Lost{Text: text.Draw(t, "text")}
		case 9:
			return engine.Settled{Settled: notifier.Settled{
				ID: text.Draw(t, "id"), Attempt: rapid.IntRange(1, 9).Draw(t, "n"), Outcome: notifier.Outcome(rapid.IntRange(1, 4).Draw(t, "outcome")),
				RetryAfter: time.Duration(rapid.Int64Range(0, 1e12).Draw(t, "after")), Left: rapid.SliceOfN(text, 1, 2).Draw(t, "left"), Gone: rapid.Bool().Draw(t, "gone"),
			}}
		}
		a := evaluator.Answer{Outcome: evaluator.Outcome(rapid.IntRange(0, 4).Draw(t, "outcome")), Error: text.Draw(t, "error"), Parse: spell, Samples: []evaluator.Sample{}}
		for range rapid.IntRange(0, 5).Draw(t, "samples") {
			v := rapid.OneOf(rapid.Float64(), rapid.SampledFrom([]float64{math.Inf(1), math.Inf(-1), math.Copysign(0, -1)})).Draw(t, "value")
			a.Samples = append(a.Samples, evaluator.Sample{Raw: text.Draw(t, "raw"), Value: v})
		}
		return engine.Answered{ID: engine.AskID(rapid.Uint64().Draw(t, "ask")), Answer: a}
	})
}

// spell is a parser; one in some texts is no series.
func spell(raw string) (labels.Labels, error) {
	if len(raw)%5 == 4 {
		return labels.EmptyLabels(), fmt.Errorf("%q is no series", raw)
	}
	return labels.FromStrings("a", raw, "b", "x"), nil
}

// TestStepsComeBack writes steps and reads them again.
func TestStepsComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		out, in := newBook(1), newBook(1)
		for n, input := range rapid.SliceOfN(inputs(), 1, 20).Draw(t, "inputs") {
			before := step{seq: uint64(n + 1), at: start.Add(time.Duration(rapid.Int64Range(-1e12, 1e12).Draw(t, "at"))), input: input, decided: "x", asks: 7}
			if a, ok := input.(engine.Answered); ok {
				before.total = len(a.Answer.Samples) + 3
			}
			var e encoder
			if err := out.write(&e, before); err != nil {
				t.Fatal(err)
			}
			d := &decoder{b: e.b[1:]}
			after, err := in.read(d)
			if err != nil || len(d.b) > 0 {
				t.Fatalf("%v, %d bytes left", err, len(d.b))
			}
			alike(t, before, after)
		}
	})
}

// alike compares steps; of answers also what their texts mean.
func alike(t *rapid.T, before, after step) {
	a, isAnswer := before.input.(engine.Answered)
	b, _ := after.input.(engine.Answered)
	if isAnswer {
		for _, s := range a.Answer.Samples {
			x, errX := a.Answer.Parse(s.Raw)
			y, errY := b.Answer.Parse(s.Raw)
			if !labels.Equal(x, y) || fmt.Sprint(errX) != fmt.Sprint(errY) {
				t.Fatalf("%q is %s (%v), was %s (%v)", s.Raw, y, errY, x, errX)
			}
		}
		a.Answer.Parse, b.Answer.Parse = nil, nil
		before.input, after.input = a, b
	}
	if s, ok := before.input.(engine.Silenced); ok {
		other := after.input.(engine.Silenced)
		if s.Matchers.String() != other.Matchers.String() {
			t.Fatalf("%s, was %s", other.Matchers, s.Matchers)
		}
		s.Matchers, other.Matchers = nil, nil
		before.input, after.input = s, other
	}
	if !reflect.DeepEqual(before, after) {
		t.Fatalf("%+v, was %+v", after, before)
	}
}

// FuzzRecord reads what was never written.
func FuzzRecord(f *testing.F) {
	var e encoder
	k := newBook(1)
	for _, in := range []engine.Input{
		engine.Elapsed{},
		engine.Lost{Text: "x"},
		engine.Answered{ID: 3, Answer: evaluator.Answer{Parse: spell, Samples: []evaluator.Sample{{Raw: "a", Value: 1}}}},
	} {
		e.b = nil
		if err := k.write(&e, step{seq: k.seq + 1, input: in}); err != nil {
			f.Fatal(err)
		}
		f.Add(e.b)
	}
	f.Add([]byte{rowRecord, 1, 'a', 1, 'b', 0})
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) == 0 {
			return
		}
		o := &openFile{book: newBook(1)}
		rec, err := o.parse(text)
		if err != nil || rec.step == nil {
			return
		}
		var e encoder
		if err := newBook(1).write(&e, *rec.step); err != nil {
			t.Fatalf("%+v was read and can't be written: %v", rec.step, err)
		}
		o.book = newBook(1)
		again, err := o.parse(e.b)
		if err != nil || again.step.seq != rec.step.seq || again.step.at != rec.step.at || describe(again.step.input) != describe(rec.step.input) {
			t.Fatalf("%+v (%v), was %+v", again.step, err, rec.step)
		}
	})
}
