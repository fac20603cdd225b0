package engine

import (
	"context"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"tocsin/evaluator"
	"tocsin/notifier"
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
	Load(ctx context.Context, f func(Stored) error) error
	// History calls f for the history rows of a kind with from <= key < until, in
	// order of their keys.
	History(ctx context.Context, kind, from, until string, f func(Stored) error) error
	// Commit keeps all rows or none; when it returns nil they survive a crash.
	Commit(ctx context.Context, rows []Row) error
	// Prune removes the history of a kind before a key.
	Prune(ctx context.Context, kind, before string) error
	Close() error
}

// A Row is one thing to keep; its Value is encoded as JSON, nil deletes it.
type Row = notifier.Row

// Stored is a row as a store gives it back.
type Stored struct {
	Kind  string
	Key   string
	Value []byte // JSON
}

// Kinds of rows. The keys of history kinds begin with the time, see HistoryKey.
const (
	KindMeta       = "meta"       // one: version of the format
	KindState      = "state"      // evaluator: an instance; key is rule NUL instance
	KindRule       = "rule"       // evaluator: a rule as a whole; key is the rule
	KindSource     = "source"     // engine: a source's health
	KindCheckpoint = "checkpoint" // engine: last good evaluation by rule
	KindGroup      = "group"      // notifier
	KindTold       = "told"       // notifier
	KindFlight     = "flight"     // notifier
	KindChange     = "change"     // history: what happened to alerts
	KindDecision   = "decision"   // history: what became of a change, per integration
)

// IsHistory reports whether rows of a kind are only added, and pruned by age.
func IsHistory(kind string) bool { return kind == KindChange || kind == KindDecision }
