package promapi

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/prometheus/common/model"

	"tocsin/engine"
	"tocsin/evaluator"
)

// Ask asks one question at one instant.
func (s *Source) Ask(ctx context.Context, ask engine.Ask) evaluator.Answer {
	form := url.Values{"query": {ask.Expr}, "time": {seconds(ask.At)}}
	var got reply
	v := s.first(ctx, func(ctx context.Context, srv *server) verdict {
		form.Set("timeout", serverTimeout(ctx))
		r, err := s.fetch(ctx, srv, "api/v1/query", form)
		if err != nil {
			return unavailable("%w", err)
		}
		return judge(r, func() (v verdict) {
			got, v = readInstant(r.body)
			return v
		})
	})
	answer := evaluator.Answer{Outcome: v.outcome, Error: v.text, Parse: ParseLabels}
	if v.outcome == evaluator.Good || v.outcome == evaluator.Partial {
		answer.Samples = got.samples
	}
	return answer
}

// Range asks one question at many instants. It asks once: who wants more points
// than a server gives at once, which is 11,000, asks page by page. With a
// RangeError whose outcome is Partial there is a matrix, of which something is missing.
func (s *Source) Range(ctx context.Context, ask engine.RangeAsk) (engine.Matrix, error) {
	form := url.Values{
		"query": {ask.Expr}, "start": {seconds(ask.From)}, "end": {seconds(ask.Until)},
		"step": {seconds(model.Time(ask.Step.Milliseconds()))},
	}
	var got rangeReply
	v := s.first(ctx, func(ctx context.Context, srv *server) verdict {
		form.Set("timeout", serverTimeout(ctx))
		r, err := s.fetch(ctx, srv, "api/v1/query_range", form)
		if err != nil {
			return unavailable("%w", err)
		}
		return judge(r, func() (v verdict) {
			got, v = readRange(r.body)
			return v
		})
	})
	matrix := engine.Matrix{Parse: ParseLabels}
	if v.outcome == evaluator.Good || v.outcome == evaluator.Partial {
		matrix.Series = got.series
	}
	if v.outcome != evaluator.Good {
		return matrix, &engine.RangeError{Outcome: v.outcome, Text: v.text}
	}
	return matrix, nil
}

// A verdict says how one attempt went; the text is empty only when it is good.
type verdict struct {
	outcome evaluator.Outcome
	text    string
}

func unavailable(format string, args ...any) verdict {
	return verdict{evaluator.Unavailable, fmt.Errorf(format, args...).Error()}
}

// judge takes a response apart by its status. Only a body that is Prometheus'
// own says something of the query; all else is said of the source.
func judge(r response, success func() verdict) verdict {
	switch r.status {
	case http.StatusOK:
		return success()
	case http.StatusBadRequest, http.StatusUnprocessableEntity, http.StatusServiceUnavailable, 499:
		if e, err := open(r.body); err == nil && e.Status == "error" {
			return e.verdict(r.status)
		}
	}
	text := statusText(r.status)
	if r.next != "" {
		text += ", points to " + r.next
	}
	if said := excerpt(r.body); said != "" {
		text += ": " + said
	}
	return unavailable("%s", text)
}

// verdict reads the type of an error. VictoriaMetrics writes the status there.
func (e envelope) verdict(status int) verdict {
	text := cut(e.Error)
	if text == "" {
		text = "an error without a text"
	}
	switch e.ErrorType {
	case "bad_data", "400":
		return verdict{evaluator.BadQuery, text}
	case "execution", "timeout", "canceled", "422":
		return verdict{evaluator.Execution, text}
	}
	return unavailable("%s: %s: %s", statusText(status), cut(e.ErrorType), text)
}

func statusText(status int) string {
	if name := http.StatusText(status); name != "" {
		return strconv.Itoa(status) + " " + name
	}
	return strconv.Itoa(status)
}

// readInstant reads the body of a 200 to an instant query.
func readInstant(body string) (reply, verdict) {
	r, err := decode(body)
	if err != nil {
		return r, notAnAnswer(body, err)
	}
	if r.status != "success" {
		return r, envelope{ErrorType: r.errorType, Error: r.err}.verdict(http.StatusOK)
	}
	switch r.kind {
	case "vector", "scalar":
		return r, r.complete(len(r.samples))
	case "matrix":
		return r, verdict{evaluator.BadQuery, "the expression returns a range vector; an alert needs one value per series"}
	case "string":
		return r, verdict{evaluator.BadQuery, "the expression returns a string; an alert needs numbers"}
	}
	return r, unavailable("the answer is of an unknown type, %q", cut(r.kind))
}

// readRange reads the body of a 200 to a range query.
func readRange(body string) (rangeReply, verdict) {
	r, err := decodeRange(body)
	if err != nil {
		return r, notAnAnswer(body, err)
	}
	if r.status != "success" {
		return r, envelope{ErrorType: r.errorType, Error: r.err}.verdict(http.StatusOK)
	}
	if r.kind != "matrix" {
		return r, unavailable("the answer is a %q where a matrix is due", cut(r.kind))
	}
	return r, r.complete(len(r.series))
}

func notAnAnswer(body string, err error) verdict {
	if body == "" {
		return unavailable("the answer is empty")
	}
	return unavailable("the answer is not one of Prometheus' (%s): %s", cut(err.Error()), excerpt(body))
}

// complete tells a whole answer from a partial one. Native histograms have no
// value to compare: without any other sample the expression is wrong, among
// others they are missing.
func (r reply) complete(samples int) verdict {
	if r.histograms > 0 && samples == 0 {
		return verdict{evaluator.BadQuery, "the expression returns native histograms; an alert needs numbers, as histogram_quantile gives"}
	}
	text := missing(r.warnings)
	switch {
	case text != "":
	case r.partial:
		text = "the source calls its answer partial"
	case r.histograms > 0:
		text = fmt.Sprintf("%d of the series are native histograms, which have no value", r.histograms)
	default:
		return verdict{}
	}
	return verdict{evaluator.Partial, text}
}
