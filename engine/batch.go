package engine

import (
	"github.com/prometheus/common/model"

	"tocsin/evaluator"
	"tocsin/notifier"
	"tocsin/rules"
)

// An AskID names one question. It is never used twice in a process.
type AskID uint64

// An Ask is a question for a source. It may be asked before the batch that
// holds it is durable.
type Ask struct {
	ID     AskID
	Source string
	Expr   string
	At     model.Time // the instant of the query, after query_offset
	// Deadline is when the answer is no longer wanted; in core time.
	Deadline model.Time
	// Rules are the keys of those who wait for it, sorted.
	Rules []string
}

// A Send is one attempt that starts now, once its batch is durable.
type Send = notifier.Send

// A Batch is what a step wants done: first keep Rows, then do the rest. It owns
// its memory.
type Batch struct {
	Seq     uint64 // from 1, without gaps
	At      model.Time
	Rows    []rules.Row
	Asks    []Ask
	Sends   []Send
	Changes []evaluator.Change
	// Notes are things that a person should read in the log, such as a dropped
	// answer, with the reason.
	Notes []Note
}

// A Note is a line for the log.
type Note struct {
	Text string
	Args []any // pairs of key and value
}

// Empty reports whether there is nothing to keep and nothing to do.
func (b Batch) Empty() bool {
	return len(b.Rows) == 0 && len(b.Asks) == 0 && len(b.Sends) == 0 && len(b.Changes) == 0 && len(b.Notes) == 0
}
