package live

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/engine"
	"tocsin/evaluator"
	"tocsin/notifier"
	"tocsin/rules"
)

// A script is a core that wants things at set times after its start and writes
// down what it is told. It belongs to the loop; tests read it by a.told().
type script struct {
	wants []want
	react func(at model.Time, in engine.Input) engine.Batch // may be nil
	hasty bool                                              // always wants time to pass

	mu    sync.Mutex
	start model.Time
	seq   uint64
	asks  engine.AskID
	lines []string
	rows  []rules.Stored
}

// A want is a batch after some time.
type want struct {
	after time.Duration
	batch engine.Batch
}

func (s *script) Restore(r rules.Stored) error {
	if r.Kind == "useless" {
		return errors.New("no use")
	}
	s.rows = append(s.rows, r)
	return nil
}

func (s *script) Next() (model.Time, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.hasty && s.start != 0 {
		return s.start, true
	}
	if s.start == 0 || len(s.wants) == 0 {
		return 0, false
	}
	return s.start.Add(s.wants[0].after), true
}

func (s *script) Step(at model.Time, in engine.Input) engine.Batch {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := in.(engine.Reloaded); ok && s.start == 0 {
		s.start = at
	}
	if st, ok := in.(engine.Stepped); ok {
		s.start = s.start.Add(st.By)
	}
	s.lines = append(s.lines, fmt.Sprintf("%s %s", at.Sub(s.start), word(in)))
	var b engine.Batch
	if _, ok := in.(engine.Elapsed); ok {
		b = s.pop(at)
	} else if s.react != nil {
		b = s.react(at, in)
	}
	s.seq++
	b.Seq, b.At = s.seq, at
	return b
}

func (s *script) pop(at model.Time) engine.Batch {
	var b engine.Batch
	for len(s.wants) > 0 && s.start.Add(s.wants[0].after) <= at {
		w := s.wants[0].batch
		s.wants = s.wants[1:]
		for _, a := range w.Asks {
			s.asks++
			a.ID = s.asks
			a.Deadline += at
			b.Asks = append(b.Asks, a)
		}
		for _, snd := range w.Sends {
			snd.Deadline += at
			b.Sends = append(b.Sends, snd)
		}
		b.Rows = append(b.Rows, w.Rows...)
		b.Changes = append(b.Changes, w.Changes...)
		b.Notes = append(b.Notes, w.Notes...)
	}
	return b
}

// told returns what the core was told so far.
func (s *script) told() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.lines)
}

func word(in engine.Input) string {
	switch in := in.(type) {
	case engine.Elapsed:
		return "elapsed"
	case engine.Answered:
		return fmt.Sprintf("answered %d %d %s", in.ID, in.Answer.Outcome, in.Answer.Error)
	case engine.Settled:
		return fmt.Sprintf("settled %s.%d %s %s", in.ID, in.Attempt, in.Outcome, in.Error)
	case engine.Reloaded:
		return "reloaded"
	case engine.Stepped:
		return "stepped " + in.By.String()
	case engine.Degraded:
		return fmt.Sprintf("degraded %t", in.Failing)
	case engine.Lost:
		return "lost " + in.Text
	case engine.Stopping:
		return "stopping"
	}
	return "?"
}

func asks(source string, within time.Duration) engine.Batch {
	return engine.Batch{Asks: []engine.Ask{{
		Source: source, Expr: "up", Deadline: model.Time(within.Milliseconds()), Rules: []string{"r"},
	}}}
}

func sends(id, integration string, within time.Duration, rows ...rules.Row) engine.Batch {
	d := notifier.Delivery{ID: id, Attempt: 1, Integration: integration, Kind: "webhook", Receiver: "team"}
	return engine.Batch{Rows: rows, Sends: []engine.Send{{Delivery: d, Deadline: model.Time(within.Milliseconds())}}}
}

func row(key string, value any) rules.Row {
	return rules.Row{Kind: rules.KindState, Key: key, Value: value}
}

// A fakeStore keeps rows in memory; commit, if set, is asked first.
type fakeStore struct {
	commit func(ctx context.Context, n int) error
	check  func(rows []rules.Row) error
	load   func(ctx context.Context) error

	mu      sync.Mutex
	rows    map[string]any
	stored  []rules.Stored
	commits []time.Time
	pruned  []string
}

func (f *fakeStore) Load(ctx context.Context, fn func(rules.Stored) error) error {
	if f.load != nil {
		return f.load(ctx)
	}
	for _, r := range f.stored {
		if err := fn(r); err != nil {
			return err
		}
	}
	return nil
}

func (f *fakeStore) History(context.Context, string, string, string, func(rules.Stored) error) error {
	return nil
}

func (f *fakeStore) Commit(ctx context.Context, rows []rules.Row) error {
	if f.commit != nil {
		if err := f.commit(ctx, len(f.times())); err != nil {
			return err
		}
	}
	if f.check != nil {
		if err := f.check(rows); err != nil {
			return err
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.rows == nil {
		f.rows = map[string]any{}
	}
	for _, r := range rows {
		f.rows[r.Key] = r.Value
	}
	f.commits = append(f.commits, time.Now())
	return nil
}

func (f *fakeStore) Prune(_ context.Context, kind, before string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.pruned = append(f.pruned, kind+" "+before)
	return nil
}

func (f *fakeStore) Close() error { return nil }

func (f *fakeStore) times() []time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.commits)
}

func (f *fakeStore) kept() map[string]any {
	f.mu.Lock()
	defer f.mu.Unlock()
	return maps.Clone(f.rows)
}

type sourceFunc func(ctx context.Context, a engine.Ask) evaluator.Answer

func (f sourceFunc) Ask(ctx context.Context, a engine.Ask) evaluator.Answer { return f(ctx, a) }

type senderFunc func(ctx context.Context, d notifier.Delivery) notifier.Settled

func (f senderFunc) Send(ctx context.Context, d notifier.Delivery) notifier.Settled { return f(ctx, d) }

// after returns a source that answers well after a while, and badly if it is told
// to stop before.
func after(d time.Duration) engine.Source {
	return sourceFunc(func(ctx context.Context, _ engine.Ask) evaluator.Answer {
		select {
		case <-time.After(d):
			return evaluator.Answer{}
		case <-ctx.Done():
			return evaluator.Answer{Outcome: evaluator.Unavailable, Error: context.Cause(ctx).Error()}
		}
	})
}

// A post office delivers after a while and writes down what began when.
type post struct {
	takes time.Duration
	began time.Time // zero of its book

	mu   sync.Mutex
	book []string
}

func (p *post) Send(ctx context.Context, d notifier.Delivery) notifier.Settled {
	p.mu.Lock()
	p.book = append(p.book, fmt.Sprintf("%s %s.%d", time.Since(p.began), d.ID, d.Attempt))
	p.mu.Unlock()
	select {
	case <-time.After(p.takes):
		return notifier.Settled{ID: d.ID, Attempt: d.Attempt, Outcome: notifier.Delivered}
	case <-ctx.Done():
		return notifier.Settled{ID: d.ID, Attempt: d.Attempt, Outcome: notifier.Unknown, Error: context.Cause(ctx).Error()}
	}
}

func (p *post) sent() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.book)
}

// A bubble is a driver at work in a synctest bubble.
type bubble struct {
	*Driver
	core   *script
	store  *fakeStore
	cancel context.CancelFunc
	result chan error
	began  time.Time
	ended  bool
}

// inBubble runs a test with a driver that has started. The bubble ends only when
// each goroutine in it has.
func inBubble(t *testing.T, core *script, opts Options, test func(t *testing.T, b *bubble)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b := &bubble{core: core, began: time.Now(), result: make(chan error, 1)}
		if opts.Store == nil {
			opts.Store = &fakeStore{}
		}
		b.store, _ = opts.Store.(*fakeStore)
		opts.Config = &rules.Config{}
		opts.Logger = slog.New(slog.NewTextHandler(t.Output(), nil))
		for _, s := range opts.World.Senders {
			if p, ok := s.(*post); ok {
				p.began = b.began
			}
		}
		b.Driver = newDriver(opts, core)
		ctx, cancel := context.WithCancel(t.Context())
		b.cancel = cancel
		go func() { b.result <- b.Run(ctx) }()
		test(t, b)
		_, _ = b.stop(t)
	})
}

// stop stops the driver, if the test did not, and returns how long that took.
func (b *bubble) stop(t *testing.T) (time.Duration, error) {
	t.Helper()
	began := time.Now()
	b.cancel()
	if b.ended {
		return 0, nil
	}
	b.ended = true
	err := <-b.result
	return time.Since(began), err
}

// at waits until an instant after the start, and until all is quiet there.
func (b *bubble) at(after time.Duration) {
	time.Sleep(after - time.Since(b.began))
	synctest.Wait()
}

func same(t *testing.T, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n got %q\nwant %q", what, got, want)
	}
}
