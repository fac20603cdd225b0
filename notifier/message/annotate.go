package message

import (
	"errors"
	"fmt"
	"strings"

	"github.com/prometheus/prometheus/promql"

	"tocsin/evaluator"
)

// A Query is a question that a template asks its source, at the delivery's
// instant.
type Query struct{ Source, Expr string }

// Answers are what was said to the queries of a message so far.
type Answers map[Query]evaluator.Answer

// errMissing stops a template whose query has no answer yet.
var errMissing = errors.New("no answer yet")

// longestError bounds what of an error is told to people.
const longestError = 300

// variables are what Prometheus puts before every template.
const variables = `{{$labels := .Labels}}{{$externalLabels := .ExternalLabels}}{{$externalURL := .ExternalURL}}{{$value := .Value}}`

// annotations renders the annotations of an alert, in their order. One that
// fails says so in its place.
func (x *expansion) annotations(a *evaluator.Alert) []Pair {
	if len(a.Annotations) == 0 {
		return nil
	}
	pairs := make([]Pair, 0, len(a.Annotations))
	for _, t := range a.Annotations {
		text, err := x.expand(a, t.Text)
		switch {
		case errors.Is(err, errMissing):
		case err != nil:
			err = fmt.Errorf("annotation %q of %q: %s", t.Name, a.Name, Cut(Clean(err.Error()), longestError))
			x.message.fault(err)
			text = "(" + err.Error() + ")"
		}
		pairs = append(pairs, Pair{t.Name, text})
	}
	return pairs
}

// expand renders one template of an alert.
func (x *expansion) expand(a *evaluator.Alert, text string) (string, error) {
	if !strings.Contains(text, "{{") {
		return text, nil
	}
	j := job{a.Source, text}
	if out, ok := x.next(j); ok {
		return out, nil
	}
	return x.execute(j, variables+text, "__alert_"+a.Name, x.data(a))
}

// answer returns what is known of a query, and notes that it is missing if
// nothing is.
func (x *expansion) answer(q Query) (promql.Vector, error) {
	answer, ok := x.answers[q]
	if !ok {
		x.miss(q)
		return nil, errMissing
	}
	switch answer.Outcome {
	case evaluator.Good, evaluator.Partial:
		return vector(answer)
	case evaluator.BadQuery, evaluator.Execution, evaluator.Unavailable:
	}
	return nil, fmt.Errorf("query %q: %s", Cut(Clean(q.Expr), longestError), answer.Error)
}

func (x *expansion) miss(q Query) {
	for _, m := range x.missing {
		if m == q {
			return
		}
	}
	x.missing = append(x.missing, q)
}

func vector(answer evaluator.Answer) (promql.Vector, error) {
	all := make(promql.Vector, 0, len(answer.Samples))
	for _, s := range answer.Samples {
		ls, err := answer.Parse(s.Raw)
		if err != nil {
			return nil, fmt.Errorf("labels of an answer: %w", err)
		}
		all = append(all, promql.Sample{F: s.Value, Metric: ls})
	}
	return all, nil
}

// mostErrors bounds the errors that a message keeps: a template that fails,
// fails for each of its alerts.
const mostErrors = 5

func (m *Message) fault(err error) {
	if len(m.Errors) < mostErrors {
		m.Errors = append(m.Errors, err)
	}
}
