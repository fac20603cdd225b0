package engine

import (
	"context"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"tocsin/evaluator"
	"tocsin/notifier"
	"tocsin/rules"
)

// A Source answers a query at one instant. It returns an Answer whatever
// happens: failures are outcomes. It is safe for concurrent use.
type Source interface {
	Ask(ctx context.Context, ask Ask) evaluator.Answer
}

// A Ranger answers a query over a range of time.
type Ranger interface {
	Range(ctx context.Context, ask RangeAsk) (Matrix, error)
}

// A RangeAsk is a query at From, From+Step, … up to Until.
type RangeAsk struct {
	Source      string
	Expr        string
	From, Until model.Time
	Step        time.Duration
}

// A Matrix is the answer to a RangeAsk: per series its points in order of time.
type Matrix struct {
	Series []Points
	Parse  func(raw string) (labels.Labels, error)
}

// A RangeError is why a range could not be had, or, with Partial, of what kind the
// part is that could.
type RangeError struct {
	Outcome evaluator.Outcome
	Text    string
}

// Error returns the text.
func (e *RangeError) Error() string { return e.Text }

// Points are the samples of one series.
type Points struct {
	Raw    string
	Times  []model.Time
	Values []float64
}

// A Sender makes one attempt at a delivery, within the deadline of ctx. Its
// answer bears the delivery's id and attempt. It is safe for concurrent use.
type Sender interface {
	Send(ctx context.Context, d notifier.Delivery) notifier.Settled
}

// A Store keeps rows. One process at a time has it open.
type Store interface {
	// Load calls f for each row that is not history.
	Load(ctx context.Context, f func(rules.Stored) error) error
	// History calls f for the history rows of a kind with from <= key < until, in
	// order of their keys.
	History(ctx context.Context, kind, from, until string, f func(rules.Stored) error) error
	// Commit keeps all rows or none; when it returns nil they survive a crash.
	Commit(ctx context.Context, rows []rules.Row) error
	// Prune removes the history of a kind before a key.
	Prune(ctx context.Context, kind, before string) error
	Close() error
}
