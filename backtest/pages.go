package backtest

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/engine"
	"tocsin/evaluator"
	"tocsin/rules"
)

// A Past is a source that can be asked about instants and ranges.
type Past interface {
	engine.Source
	engine.Ranger
}

// PagesOptions say what Pages reads. Sources, Rules and Until are needed.
type PagesOptions struct {
	Sources map[string]Past
	Rules   []*rules.Rule // of all configurations that will ask
	Until   model.Time    // nothing after it is read
	Cache   *Cache        // nil: none
	Budget  *Budget       // nil: no bounds
	// Samples is how many samples may be in memory at once, of all expressions
	// together; 0 is DefaultSamples.
	Samples int
	// Concurrency is how many queries are asked at once; 0 is DefaultConcurrency.
	Concurrency int
	// Lenient takes no answer for an answer: the core hears that the source is
	// unavailable, and goes on. Else it is asked again, and in the end the run is over.
	Lenient bool
	// Wait waits before a question is asked again; nil: as long as it is told.
	Wait func(ctx context.Context, d time.Duration)
}

// Defaults of PagesOptions.
const (
	DefaultSamples     = 16_000_000 // 128 MB
	DefaultConcurrency = 4
)

// Pages is a source of the past. It reads ahead on the grid of each rule, so that
// one range query serves many evaluations, and each of them sees what an instant
// query would have seen then. It is asked by one goroutine at a time.
type Pages struct {
	PagesOptions
	steps   map[question]time.Duration // interval; 0: asked instant by instant
	room    int                        // samples of one page
	streams map[streamKey]*stream
	slots   chan struct{}
	group   sync.WaitGroup
	stop    context.CancelCauseFunc // ends the run, with the reason
	life    context.Context         //nolint:containedctx // the run's: what is read ahead ends with it
}

// A question is what a rule asks: in another configuration it may ask another one.
type question struct{ rule, source, expr string }

// A streamKey names a sequence of pages: an expression on a grid.
type streamKey struct {
	source, expr string
	step         time.Duration
	phase        int64 // ms
}

// A stream is where one sequence of pages is. Of two that walk side by side one may
// still be on the page before.
type stream struct {
	key       streamKey
	old, page *page
	next      chan *page // being read; nil: none
}

// NewPages returns a source of the past.
func NewPages(o PagesOptions) *Pages {
	p := &Pages{PagesOptions: o, streams: map[streamKey]*stream{}, steps: map[question]time.Duration{}}
	if p.Budget == nil {
		p.Budget = &Budget{}
	}
	if p.Samples <= 0 {
		p.Samples = DefaultSamples
	}
	if p.Concurrency <= 0 {
		p.Concurrency = DefaultConcurrency
	}
	if p.Wait == nil {
		p.Wait = wait
	}
	p.slots = make(chan struct{}, p.Concurrency)
	type grid struct {
		source, expr, phase string
		step                time.Duration
	}
	grids := map[grid]bool{}
	for _, r := range o.Rules {
		q := question{r.Key, r.Source, r.Expr}
		p.steps[q] = finer(p.steps[q], stepOf(r))
		grids[grid{r.Source, r.Expr, r.PhaseKey, stepOf(r)}] = true
	}
	// Three pages of each: the one before, the one in use, the one that is read.
	p.room = p.Samples / (3 * max(len(grids), 1))
	return p
}

// finer is the smaller of two steps of which 0 is none.
func finer(a, b time.Duration) time.Duration {
	if a == 0 || b == 0 {
		return max(a, b)
	}
	return min(a, b)
}

// stepOf is the distance of the instants of a rule, if all of them can be read by
// one range query.
func stepOf(r *rules.Rule) time.Duration {
	if r.Schedule != nil || byInstant(r.Expr) {
		return 0
	}
	return r.Interval
}

// Open begins a run: what is read ahead lives until end, which waits for it, and
// what can't be got over ends the context.
func (p *Pages) Open(ctx context.Context) (life context.Context, end func()) {
	life, stop := context.WithCancelCause(ctx)
	over := func() {}
	if limit := p.Budget.MaxTime; limit > 0 {
		life, over = context.WithTimeoutCause(life, limit, &Spent{limit.String()})
	}
	p.life, p.stop = life, stop
	return life, func() {
		stop(context.Canceled)
		over()
		p.group.Wait()
	}
}

// Ask answers from the page that holds the instant, and turns to it first. The
// samples are valid until the next answer to the same expression.
func (p *Pages) Ask(ctx context.Context, a engine.Ask) evaluator.Answer {
	step := p.step(a)
	if step < time.Millisecond {
		return p.instant(ctx, a)
	}
	key := streamKey{a.Source, a.Expr, step, int64(a.At) % step.Milliseconds()}
	s := p.streams[key]
	if s == nil {
		s = &stream{key: key}
		p.streams[key] = s
	}
	if s.old.holds(a.At) {
		return s.old.at(a.At)
	}
	pg := p.turn(s, a.At)
	if pg == nil {
		return evaluator.Answer{Outcome: evaluator.Unavailable, Error: "the run is over"}
	}
	return pg.at(a.At)
}

// step returns the smallest interval of the rules that share a question.
func (p *Pages) step(a engine.Ask) time.Duration {
	var step time.Duration
	for _, key := range a.Rules {
		step = finer(step, p.steps[question{key, a.Source, a.Expr}])
	}
	return step
}

// turn goes on to the page that holds an instant; nil if the run is over.
func (p *Pages) turn(s *stream, at model.Time) *page {
	for !s.page.holds(at) {
		if s.next == nil {
			p.readAhead(s, at, nil)
		}
		select {
		case pg := <-s.next:
			s.old, s.page, s.next = s.page, pg, nil
		case <-p.life.Done():
			return nil
		}
		if s.page == nil {
			return nil
		}
		if next := s.page.until().Add(s.key.step); next <= p.Until {
			p.readAhead(s, max(next, at), s.page)
		}
	}
	return s.page
}

// readAhead begins to read the page that holds an instant.
func (p *Pages) readAhead(s *stream, at model.Time, before *page) {
	into := make(chan *page, 1)
	s.next = into
	key, life := s.key, p.life
	p.group.Go(func() {
		select {
		case p.slots <- struct{}{}:
			defer func() { <-p.slots }()
			into <- p.read(life, key, at, before)
		case <-life.Done():
			into <- nil
		}
	})
}

func wait(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// page is what an answer was given from; nil if it was asked by itself.
func (p *Pages) page(a engine.Ask) *page {
	step := p.step(a)
	if step < time.Millisecond {
		return nil
	}
	s := p.streams[streamKey{a.Source, a.Expr, step, int64(a.At) % step.Milliseconds()}]
	if s.old.holds(a.At) {
		return s.old
	}
	return s.page
}
