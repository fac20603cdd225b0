package evaluator

import (
	"fmt"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
)

// An Outcome says how a query went.
type Outcome uint8

// The outcomes of a query. Only Good and Partial carry samples.
const (
	Good Outcome = iota
	// Partial is an answer that may lack series: it may raise, never resolve.
	Partial
	// BadQuery is a query that the source calls wrong (bad_data).
	BadQuery
	// Execution is a query that failed or timed out in the engine of a source that
	// otherwise works.
	Execution
	// Unavailable is everything else: no answer, no access, no JSON.
	Unavailable
)

// String returns the word for it in lower case.
func (o Outcome) String() string {
	switch o {
	case Good:
		return "good"
	case Partial:
		return "partial"
	case BadQuery:
		return "bad query"
	case Execution:
		return "execution"
	case Unavailable:
		return "unavailable"
	}
	return fmt.Sprintf("Outcome(%d)", uint8(o))
}

// A Sample is one series of an answer. Raw is the text of its labels as the
// source sent it: a key for caches, never an identity, since two servers may
// order or escape labels differently. Who keeps Raw clones it, for it may be a
// slice of a large body.
type Sample struct {
	Raw   string
	Value float64
}

// An Answer is what a source said to one query at one instant.
type Answer struct {
	Outcome Outcome
	Samples []Sample
	// Parse reads the labels of a Raw; it is pure and is called when labels are
	// first needed. A scalar is one sample with Raw "" and no labels.
	Parse func(raw string) (labels.Labels, error)
	// Error is set unless the outcome is Good; of Partial it is the warning.
	Error string
}

// An Observation is the answer to a rule's query at a time of its grid.
type Observation struct {
	At model.Time
	// Interval is the distance to the previous instant of the grid.
	Interval time.Duration
	Answer   Answer
	// Room is how many new instances the daemon still has room for.
	Room int
}
