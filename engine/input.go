package engine

import (
	"time"

	"tocsin/evaluator"
	"tocsin/notifier"
	"tocsin/rules"
)

// An Input is what a driver brings to the core. The set is closed.
type Input interface{ input() }

// Elapsed lets time pass. Only it asks, flushes and hands out.
type Elapsed struct{}

// Answered is the answer to an Ask.
type Answered struct {
	ID     AskID
	Answer evaluator.Answer
}

// Settled is the end of an attempt at a delivery.
type Settled struct{ notifier.Settled }

// Silenced makes a silence, or replaces the one of its id. Who brings it has made
// sure that it is valid.
type Silenced struct{ rules.Silence }

// Unsilenced ends a silence.
type Unsilenced struct{ ID string }

// Acked says who has taken alerts on; those that are over by then are left out.
type Acked struct{ Acks []rules.Ack }

// Unacked takes acknowledgements back.
type Unacked struct{ Alerts []notifier.AlertID }

// Reloaded brings a new configuration; the first one starts the core.
type Reloaded struct{ Config *rules.Config }

// Stepped says that wall time and monotonic time parted by By: deadlines move
// with it, and last observations are forgotten.
type Stepped struct{ By time.Duration }

// Degraded says whether the store has failed for so long that sends are
// released without it.
type Degraded struct{ Failing bool }

// Lost says that a part of what was kept could not be read. Open alerts may be
// told again, and messages say why.
type Lost struct{ Text string }

// Stopping is the last input: its batch holds the checkpoint, and nothing is
// asked or sent after it.
type Stopping struct{}

func (Elapsed) input()    {}
func (Answered) input()   {}
func (Settled) input()    {}
func (Silenced) input()   {}
func (Unsilenced) input() {}
func (Acked) input()      {}
func (Unacked) input()    {}
func (Reloaded) input()   {}
func (Stepped) input()    {}
func (Degraded) input()   {}
func (Lost) input()       {}
func (Stopping) input()   {}
