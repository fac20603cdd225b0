package promapi

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"

	"github.com/prometheus/common/model"

	"tocsin/engine"
	"tocsin/evaluator"
)

// A MetaAsk asks for words that a source knows of its series.
type MetaAsk struct {
	// Label is whose values are wanted; empty: the names of labels.
	Label string
	// Match selects series, as up{job="api"}; empty: all.
	Match       string
	From, Until model.Time
}

// Words returns the values of a label, or the names of labels, sorted. Prometheus looks
// through whole blocks: words from shortly before From may be among them. The error is
// an engine.RangeError, with Partial if there are words of which some are missing.
func (s *Source) Words(ctx context.Context, ask MetaAsk) ([]string, error) {
	path := "api/v1/labels"
	if ask.Label != "" {
		path = "api/v1/label/" + encodedLabel(ask.Label) + "/values"
	}
	form := url.Values{"start": {seconds(ask.From)}, "end": {seconds(ask.Until)}}
	if ask.Match != "" {
		form.Set("match[]", ask.Match)
	}
	var words []string
	v := s.meta(ctx, path, form, &words)
	if v.outcome != evaluator.Good && v.outcome != evaluator.Partial {
		return nil, &engine.RangeError{Outcome: v.outcome, Text: v.text}
	}
	slices.Sort(words)
	if v.outcome == evaluator.Partial {
		return words, &engine.RangeError{Outcome: v.outcome, Text: v.text}
	}
	return words, nil
}

// Version returns the version that the source calls its own, which need not be that of
// a Prometheus.
func (s *Source) Version(ctx context.Context) (string, error) {
	var info struct {
		Version string `json:"version"`
	}
	if v := s.meta(ctx, "api/v1/status/buildinfo", url.Values{}, &info); v.outcome != evaluator.Good {
		return "", &engine.RangeError{Outcome: v.outcome, Text: v.text}
	}
	return cut(info.Version), nil
}

// meta asks what only GET may ask, and reads the data of the answer.
func (s *Source) meta(ctx context.Context, path string, form url.Values, data any) verdict {
	return s.first(ctx, func(ctx context.Context, srv *server) verdict {
		r, err := s.send(ctx, srv, http.MethodGet, path, form)
		if err != nil {
			return unavailable("%w", err)
		}
		if want := form.Get("match[]"); r.asked.Query().Get("match[]") != want {
			return unavailable("redirects to %s and loses the question on the way", shown(r.asked))
		}
		return judge(r, func() verdict { return readMeta(r.body, data) })
	})
}

// readMeta reads the body of a 200 to a question that is no query.
func readMeta(body string, data any) verdict {
	var e struct {
		Status    string          `json:"status"`
		ErrorType string          `json:"errorType"`
		Error     string          `json:"error"`
		Data      json.RawMessage `json:"data"`
		IsPartial bool            `json:"isPartial"`
		Warnings  []string        `json:"warnings"`
	}
	if err := json.Unmarshal([]byte(body), &e); err != nil {
		return notAnAnswer(body, err)
	}
	if e.Status != "success" {
		return envelope{ErrorType: e.ErrorType, Error: e.Error}.verdict(http.StatusOK)
	}
	if err := json.Unmarshal(e.Data, data); err != nil {
		return notAnAnswer(body, err)
	}
	text := missing(e.Warnings)
	if text == "" && e.IsPartial {
		text = "the source calls its answer partial"
	}
	if text != "" {
		return verdict{evaluator.Partial, text}
	}
	return verdict{}
}

// encodedLabel writes the name of a label for a path: names of UTF-8 are escaped as
// Prometheus 3 does it.
func encodedLabel(name string) string {
	if model.LegacyValidation.IsValidLabelName(name) {
		return name
	}
	return model.EscapeName(name, model.ValueEncodingEscaping)
}
