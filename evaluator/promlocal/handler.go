package promlocal

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/prometheus/common/version"
	"github.com/prometheus/prometheus/model/timestamp"
	"github.com/prometheus/prometheus/promql"
)

// maxPoints is how many points of a series Prometheus gives at once.
const maxPoints = 11_000

// Handler serves the part of Prometheus' HTTP API that asks about series. The
// argument says what time it is, for queries that name none.
func (s *Source) Handler(now func() time.Time) http.Handler {
	h := &handler{source: s, now: now}
	mux := http.NewServeMux()
	for path, answer := range map[string]func(*http.Request) (any, error){
		"/api/v1/query":               h.query,
		"/api/v1/query_range":         h.queryRange,
		"/api/v1/series":              h.series,
		"/api/v1/labels":              h.labelNames,
		"/api/v1/label/{name}/values": h.labelValues,
		"/api/v1/status/buildinfo":    buildInfo,
	} {
		mux.HandleFunc("GET "+path, h.serve(answer))
		mux.HandleFunc("POST "+path, h.serve(answer))
	}
	mux.HandleFunc("GET /graph", h.graph)
	mux.HandleFunc("GET /-/healthy", say("Prometheus Server is Healthy.\n"))
	mux.HandleFunc("GET /-/ready", say("Prometheus Server is Ready.\n"))
	return mux
}

func say(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(text)) }
}

// A handler answers requests from a source.
type handler struct {
	source *Source
	now    func() time.Time
}

func (h *handler) query(r *http.Request) (any, error) {
	at, err := timeParam(r, "time", h.now())
	if err != nil {
		return nil, err
	}
	ctx, cancel, err := timeoutOf(r)
	if err != nil {
		return nil, err
	}
	defer cancel()
	q, err := h.source.engine.NewInstantQuery(ctx, h.source.memory, nil, r.FormValue("query"), at)
	if err != nil {
		return nil, badParam("query", err)
	}
	return h.run(ctx, q, r.FormValue("query"))
}

func (h *handler) queryRange(r *http.Request) (any, error) {
	from, err := timeParam(r, "start", time.Time{})
	if err != nil {
		return nil, err
	}
	until, err := timeParam(r, "end", time.Time{})
	if err != nil {
		return nil, err
	}
	step, err := durationParam(r, "step")
	if err != nil {
		return nil, err
	}
	switch {
	case until.Before(from):
		return nil, badParam("end", errors.New("end timestamp must not be before start time"))
	case step <= 0:
		return nil, badParam("step", errors.New("zero or negative query resolution step widths are not accepted. Try a positive integer"))
	case until.Sub(from)/step > maxPoints:
		return nil, badData(errors.New("exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)"))
	}
	ctx, cancel, err := timeoutOf(r)
	if err != nil {
		return nil, err
	}
	defer cancel()
	q, err := h.source.engine.NewRangeQuery(ctx, h.source.memory, nil, r.FormValue("query"), from, until, step)
	if err != nil {
		return nil, badParam("query", err)
	}
	return h.run(ctx, q, r.FormValue("query"))
}

// timeoutOf bounds a query by the timeout that the request asks for.
func timeoutOf(r *http.Request) (context.Context, context.CancelFunc, error) {
	if r.FormValue("timeout") == "" {
		return r.Context(), func() {}, nil
	}
	d, err := durationParam(r, "timeout")
	if err != nil {
		return nil, nil, err
	}
	ctx, cancel := context.WithTimeout(r.Context(), d)
	return ctx, cancel, nil
}

// run executes a query and takes its value while it is valid: until Close.
func (h *handler) run(ctx context.Context, q promql.Query, text string) (any, error) {
	defer q.Close()
	result := q.Exec(ctx)
	if result.Err != nil {
		return nil, failure(result.Err)
	}
	d, err := encodeValue(result.Value)
	if err != nil {
		return nil, err
	}
	d.warnings, d.infos = result.Warnings.AsStrings(text, 10, 10)
	return d, nil
}

func (h *handler) series(r *http.Request) (any, error) {
	sets, err := h.matchers(r)
	if err != nil {
		return nil, err
	}
	if len(sets) == 0 {
		return nil, badData(errors.New("no match[] parameter provided"))
	}
	found, err := h.find(r, sets)
	if err != nil {
		return nil, err
	}
	return found, nil
}

func (h *handler) labelNames(r *http.Request) (any, error) {
	found, err := h.findAll(r)
	if err != nil {
		return nil, err
	}
	names := map[string]struct{}{}
	for _, ls := range found {
		for name := range ls.Map() {
			names[name] = struct{}{}
		}
	}
	return sorted(names, nil), nil
}

func (h *handler) labelValues(r *http.Request) (any, error) {
	found, err := h.findAll(r)
	if err != nil {
		return nil, err
	}
	values := map[string]struct{}{}
	for _, ls := range found {
		if v := ls.Get(r.PathValue("name")); v != "" {
			values[v] = struct{}{}
		}
	}
	return sorted(values, nil), nil
}

func buildInfo(*http.Request) (any, error) {
	return map[string]string{
		"version":   "3.0.0-tocsin",
		"revision":  version.GetRevision(),
		"branch":    version.Branch,
		"goVersion": version.GoVersion,
	}, nil
}

// span is the range of time that a request for series asks about; all of it by
// default.
func span(r *http.Request) (from, until int64, err error) {
	start, err := timeParam(r, "start", minTime())
	if err != nil {
		return 0, 0, err
	}
	end, err := timeParam(r, "end", maxTime())
	return timestamp.FromTime(start), timestamp.FromTime(end), err
}
