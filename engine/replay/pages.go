package replay

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/engine"
	"tocsin/evaluator"
	"tocsin/rules"
)

const (
	// firstPoints is how many instants the first page of an expression holds, while
	// it isn't known how many series it has.
	firstPoints = 60
	// mostPoints stays below the 11,000 that Prometheus gives per series.
	mostPoints = 10_000
	// mostSamples is what one page may hold in memory, as far as the page before it
	// foretells.
	mostSamples = 500_000
)

// Pages is a source that answers instants of the past. It reads ahead on the
// rule's own grid, so that one range query serves many evaluations, and each of
// them sees what an instant query would have seen then.
type Pages struct {
	ranger engine.Ranger
	until  model.Time
	steps  map[string]time.Duration // interval by rule

	mu    sync.Mutex
	pages map[pageKey]*page
}

// NewPages returns a source for the rules of a configuration that reads nothing
// after until.
func NewPages(ranger engine.Ranger, cfg *rules.Config, until model.Time) *Pages {
	p := &Pages{
		ranger: ranger, until: until,
		steps: map[string]time.Duration{}, pages: map[pageKey]*page{},
	}
	for _, r := range cfg.Rules {
		p.steps[r.Key] = r.Interval
	}
	return p
}

// A pageKey names a sequence of pages: an expression on a grid.
type pageKey struct {
	source, expr string
	step         time.Duration
	phase        int64
}

// A page is what a range query brought.
type page struct {
	from, until model.Time
	matrix      engine.Matrix
}

// Ask answers from the page that holds the instant, and turns to it first.
func (p *Pages) Ask(ctx context.Context, a engine.Ask) evaluator.Answer {
	p.mu.Lock()
	defer p.mu.Unlock()
	pg, err := p.turn(ctx, a)
	if err != nil {
		return evaluator.Answer{Outcome: evaluator.Unavailable, Error: err.Error()}
	}
	return pg.at(a.At)
}

// turn returns the page that holds an ask's instant.
func (p *Pages) turn(ctx context.Context, a engine.Ask) (*page, error) {
	step := p.step(a.Rules)
	if step < time.Millisecond { // a schedule: its instants are no grid
		return p.read(ctx, a, a.At, time.Second)
	}
	key := pageKey{a.Source, a.Expr, step, int64(a.At) % step.Milliseconds()}
	old := p.pages[key]
	if old != nil && old.from <= a.At && a.At <= old.until {
		return old, nil
	}
	ahead := time.Duration(old.foretell()-1) * step
	until := min(a.At.Add(ahead), max(p.until, a.At))
	pg, err := p.read(ctx, a, until, step)
	if err == nil {
		p.pages[key] = pg
	}
	return pg, err
}

// step returns the smallest interval of the rules that share a question.
func (p *Pages) step(keys []string) time.Duration {
	var step time.Duration
	for _, key := range keys {
		if s := p.steps[key]; step == 0 || s > 0 && s < step {
			step = s
		}
	}
	return step
}

func (p *Pages) read(ctx context.Context, a engine.Ask, until model.Time, step time.Duration) (*page, error) {
	m, err := p.ranger.Range(ctx, engine.RangeAsk{
		Source: a.Source, Expr: a.Expr, From: a.At, Until: until, Step: step,
	})
	return &page{from: a.At, until: until, matrix: m}, err
}

// foretell returns how many instants the page after this one is to hold.
func (pg *page) foretell() int {
	if pg == nil {
		return firstPoints
	}
	return min(max(mostSamples/max(len(pg.matrix.Series), 1), 1), mostPoints)
}

// at returns the answer as of an instant.
func (pg *page) at(t model.Time) evaluator.Answer {
	answer := evaluator.Answer{
		Samples: make([]evaluator.Sample, 0, len(pg.matrix.Series)),
		Parse:   pg.matrix.Parse,
	}
	for _, s := range pg.matrix.Series {
		if i, ok := slices.BinarySearch(s.Times, t); ok {
			answer.Samples = append(answer.Samples, evaluator.Sample{Raw: s.Raw, Value: s.Values[i]})
		}
	}
	return answer
}
