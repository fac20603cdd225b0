package replay

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/engine"
	"tocsin/evaluator"
	"tocsin/notifier"
	"tocsin/rules"
)

const start = model.Time(1_000_000)

// A script is a core that wants things at set times and writes down what it is
// told.
type script struct {
	wants map[model.Time]engine.Batch // by time since the start
	moved time.Duration
	lines []string
}

func (s *script) Restore(r rules.Stored) error {
	s.lines = append(s.lines, "restored "+r.Key)
	return nil
}

func (s *script) Next() (model.Time, bool) {
	first, ok := model.Time(0), false
	for at := range s.wants {
		if !ok || at < first {
			first, ok = at, true
		}
	}
	return (start + first).Add(s.moved), ok
}

func (s *script) Step(at model.Time, in engine.Input) engine.Batch {
	var b engine.Batch
	line := ""
	switch in := in.(type) {
	case engine.Elapsed:
		line = "elapsed"
		next, _ := s.Next()
		key := next.Add(-s.moved) - start
		b = s.wants[key]
		delete(s.wants, key)
	case engine.Answered:
		line = fmt.Sprintf("answered %d %d %s", in.ID, in.Answer.Outcome, in.Answer.Error)
	case engine.Settled:
		line = fmt.Sprintf("settled %s.%d %s", in.ID, in.Attempt, in.Outcome)
	case engine.Stepped:
		line = "stepped"
		s.moved += in.By
	default:
		line = fmt.Sprintf("%T", in)
	}
	s.lines = append(s.lines, fmt.Sprintf("%s %s", at.Sub(start), line))
	return b
}

func asks(id engine.AskID, until model.Time) engine.Batch {
	return engine.Batch{Asks: []engine.Ask{{ID: id, Source: "p", Deadline: start + until}}}
}

func sends(id string, until model.Time) engine.Batch {
	d := notifier.Delivery{ID: id, Attempt: 1}
	return engine.Batch{Sends: []engine.Send{{Delivery: d, Deadline: start + until}}}
}

type good struct{}

func (good) Ask(context.Context, engine.Ask) evaluator.Answer { return evaluator.Answer{} }

func TestRun(t *testing.T) {
	tests := []struct {
		name   string
		wants  map[model.Time]engine.Batch
		inputs []Scheduled
		takes  time.Duration
		want   []string
	}{
		{
			"an answer at once arrives in the next millisecond",
			map[model.Time]engine.Batch{5: asks(1, 100)},
			nil, 0,
			[]string{"5ms elapsed", "6ms answered 1 0 "},
		},
		{
			"latency counts from the next millisecond",
			map[model.Time]engine.Batch{5: asks(1, 100), 10: sends("a", 100)},
			nil, 20 * time.Millisecond,
			[]string{"5ms elapsed", "10ms elapsed", "26ms answered 1 0 ", "31ms settled a.1 delivered"},
		},
		{
			"what takes longer than its deadline ends there",
			map[model.Time]engine.Batch{5: asks(1, 100), 10: sends("a", 50)},
			nil, time.Hour,
			[]string{"5ms elapsed", "10ms elapsed", "50ms settled a.1 unknown", "100ms answered 1 4 no answer before the deadline"},
		},
		{
			"of one millisecond the engine decides the order, and time passes last",
			map[model.Time]engine.Batch{7: {}},
			[]Scheduled{
				{start + 7, engine.Answered{ID: 2}},
				{start + 7, engine.Settled{Settled: notifier.Settled{ID: "a", Attempt: 1, Outcome: notifier.Delivered}}},
				{start + 7, engine.Answered{ID: 1}},
			},
			0,
			[]string{"7ms settled a.1 delivered", "7ms answered 1 0 ", "7ms answered 2 0 ", "7ms elapsed"},
		},
		{
			"after a step forward an answer under way keeps its distance, and so do further inputs",
			map[model.Time]engine.Batch{5: asks(1, 100), 60: {}},
			[]Scheduled{{start + 10, engine.Stepped{By: time.Hour}}, {start + 20, engine.Answered{ID: 9}}},
			30 * time.Millisecond,
			[]string{"5ms elapsed", "1h0m0.01s stepped", "1h0m0.02s answered 9 0 ", "1h0m0.036s answered 1 0 ", "1h0m0.06s elapsed"},
		},
		{
			"after a step back too",
			map[model.Time]engine.Batch{5: asks(1, 100), 60: {}},
			[]Scheduled{{start + 10, engine.Stepped{By: -time.Hour}}},
			30 * time.Millisecond,
			[]string{"5ms elapsed", "-59m59.99s stepped", "-59m59.964s answered 1 0 ", "-59m59.94s elapsed"},
		},
		{
			"the end is not lived through",
			map[model.Time]engine.Batch{999: {}, 1000: {}},
			nil, 0,
			[]string{"999ms elapsed"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			core := &script{wants: tt.wants}
			err := run(t.Context(), core, Options{
				Start: start, End: start + 1000, Inputs: tt.inputs,
				Sources:   map[string]engine.Source{"p": good{}},
				AskTakes:  func(engine.Ask) time.Duration { return tt.takes },
				SendTakes: func(notifier.Delivery) time.Duration { return tt.takes },
			})
			if err != nil || !slices.Equal(core.lines, tt.want) {
				t.Errorf("ended with %v\n got %q\nwant %q", err, core.lines, tt.want)
			}
		})
	}
}

// A store that holds one row and takes a number of commits.
type oneRow struct {
	engine.Store
	room int
}

func (o *oneRow) Load(_ context.Context, f func(rules.Stored) error) error {
	return f(rules.Stored{Key: "x"})
}

func (o *oneRow) Commit(context.Context, []rules.Row) error {
	if o.room--; o.room < 0 {
		return errors.New("disk full")
	}
	return nil
}

func TestRunEndsEarly(t *testing.T) {
	kept := engine.Batch{Rows: []rules.Row{{Key: "x"}}}
	t.Run("when the store fails", func(t *testing.T) {
		core := &script{wants: map[model.Time]engine.Batch{1: kept, 2: {}, 3: kept, 4: kept}}
		err := run(t.Context(), core, Options{Store: &oneRow{room: 1}, Start: start, End: start + 10})
		want := []string{"restored x", "1ms elapsed", "2ms elapsed", "3ms elapsed"}
		if err == nil || !slices.Equal(core.lines, want) {
			t.Errorf("ended with %v\n got %q\nwant %q", err, core.lines, want)
		}
	})
	t.Run("when it is told to", func(t *testing.T) {
		core := &script{wants: map[model.Time]engine.Batch{1: kept, 2: {}, 3: kept}}
		ctx, cancel := context.WithCancel(t.Context())
		err := run(ctx, core, Options{
			Start: start, End: start + 10, Observe: func(engine.Batch) { cancel() },
		})
		if !errors.Is(err, context.Canceled) || len(core.lines) != 1 {
			t.Errorf("ended with %v after %q", err, core.lines)
		}
	})
}

// TestPut: what is put into a walk that has stopped on its way reaches the core at its
// time, and never in a millisecond that was lived through.
func TestPut(t *testing.T) {
	s := &script{wants: map[model.Time]engine.Batch{1: {}, 30: {}}}
	w, err := begin(t.Context(), s, Options{Start: start, End: start + 100})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Until(t.Context(), start+10); err != nil {
		t.Fatal(err)
	}
	w.Put(start+20, engine.Unsilenced{})
	w.Put(start, engine.Acked{}) // that is over: as soon as may be
	if err := w.Until(t.Context(), start+100); err != nil {
		t.Fatal(err)
	}
	want := []string{"1ms elapsed", "2ms engine.Acked", "20ms engine.Unsilenced", "30ms elapsed"}
	if !slices.Equal(s.lines, want) {
		t.Errorf("got %q, want %q", s.lines, want)
	}
}
