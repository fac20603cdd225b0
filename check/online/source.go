package online

import (
	"context"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"tocsin/evaluator"
)

// A Source answers what a check asks. An error is a *Failure. It is safe for concurrent use.
type Source interface {
	// Ask answers a query at one instant.
	Ask(ctx context.Context, expr string, at model.Time) evaluator.Answer
	// Range answers a query at many instants.
	Range(ctx context.Context, ask RangeAsk) ([]Series, error)
	// Words returns values of a label, or names of labels.
	Words(ctx context.Context, ask WordsAsk) ([]string, error)
}

// A RangeAsk is a query at From, From+Step, … up to Until.
type RangeAsk struct {
	Expr        string
	From, Until model.Time
	Step        time.Duration
}

// A WordsAsk asks for the values of Label, or for the names of labels if that is empty, of
// the series that Match selects; empty: all.
type WordsAsk struct {
	Label, Match string
	From, Until  model.Time
}

// A Series is what came for a RangeAsk.
type Series struct {
	Labels labels.Labels
	Times  []model.Time
	Values []float64
}

// A Failure is why a question has no answer, or with Partial not all of one.
type Failure struct {
	Outcome evaluator.Outcome
	Text    string

	late bool // the time was up
}

// Error returns the text.
func (f *Failure) Error() string { return f.Text }
