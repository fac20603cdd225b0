package backtest

import (
	"fmt"
	"sync/atomic"
	"time"
)

// A Budget bounds what is asked of sources. Zero bounds nothing. It is safe for
// concurrent use.
type Budget struct {
	MaxQueries, MaxSamples int64
	MaxTime                time.Duration // of one run

	queries, samples atomic.Int64
}

// A Spent is a budget that is used up.
type Spent struct{ What string }

// Error says what was used up.
func (s *Spent) Error() string { return "the budget of " + s.What + " is used up" }

// query takes one query from the budget.
func (b *Budget) query() error {
	if n := b.queries.Add(1); b.MaxQueries > 0 && n > b.MaxQueries {
		b.queries.Add(-1)
		return &Spent{fmt.Sprintf("%d queries", b.MaxQueries)}
	}
	return b.left()
}

// left is an error once more samples came than there may be.
func (b *Budget) left() error {
	if b.MaxSamples > 0 && b.samples.Load() > b.MaxSamples {
		return &Spent{fmt.Sprintf("%d samples", b.MaxSamples)}
	}
	return nil
}

func (b *Budget) took(samples int) { b.samples.Add(int64(samples)) }

// Queries returns how many queries were asked, Samples how many samples came.
func (b *Budget) Queries() int64 { return b.queries.Load() }

// Samples returns how many samples came.
func (b *Budget) Samples() int64 { return b.samples.Load() }
