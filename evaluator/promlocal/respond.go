package promlocal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
)

// An apiError is an error with the type and the status that Prometheus gives it.
type apiError struct {
	kind   string
	status int
	err    error
}

func (e *apiError) Error() string { return e.err.Error() }

func badData(err error) error { return &apiError{"bad_data", http.StatusBadRequest, err} }

func badParam(name string, err error) error {
	return badData(fmt.Errorf("invalid parameter %q: %w", name, err))
}

// failure names the type of an error of the engine.
func failure(err error) error {
	if _, ok := errors.AsType[promql.ErrQueryTimeout](err); ok {
		return &apiError{"timeout", http.StatusServiceUnavailable, err}
	}
	_, canceled := errors.AsType[promql.ErrQueryCanceled](err)
	if canceled || errors.Is(err, context.Canceled) {
		return &apiError{"canceled", 499, err}
	}
	return &apiError{"execution", http.StatusUnprocessableEntity, err}
}

// A value is the data of an answer to a query, encoded.
type encodedValue struct {
	ResultType parser.ValueType `json:"resultType"`
	Result     json.RawMessage  `json:"result"`

	warnings, infos []string
}

// encodeValue encodes at once, for the value is the engine's own again when its
// query is closed.
func encodeValue(v parser.Value) (encodedValue, error) {
	d := encodedValue{ResultType: v.Type()}
	var err error
	d.Result, err = json.Marshal(v)
	if string(d.Result) == "null" { // a nil slice is an empty list
		d.Result = json.RawMessage("[]")
	}
	return d, err
}

// response is the envelope of all answers.
type response struct {
	Status    string   `json:"status"`
	Data      any      `json:"data,omitempty"`
	ErrorType string   `json:"errorType,omitempty"`
	Error     string   `json:"error,omitempty"`
	Warnings  []string `json:"warnings,omitempty"`
	Infos     []string `json:"infos,omitempty"`
}

// serve turns a function into a handler that answers in Prometheus' shape.
func (h *handler) serve(answer func(*http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		data, err := answer(r)
		out, status := response{Status: "success", Data: data}, http.StatusOK
		if d, ok := data.(encodedValue); ok {
			out.Warnings, out.Infos = d.warnings, d.infos
		}
		if err != nil {
			out, status = errorResponse(err)
		}
		write(w, r, status, out)
	}
}

func errorResponse(err error) (response, int) {
	e, ok := errors.AsType[*apiError](err)
	if !ok {
		e = &apiError{"internal", http.StatusInternalServerError, err}
	}
	return response{Status: "error", ErrorType: e.kind, Error: e.Error()}, e.status
}

// write sends the answer, packed if the client takes that.
func write(w http.ResponseWriter, r *http.Request, status int, out response) {
	body, err := json.Marshal(out)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Add("Vary", "Accept-Encoding")
	if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		w.WriteHeader(status)
		_, _ = w.Write(body) // who has gone needs no answer
		return
	}
	w.Header().Set("Content-Encoding", "gzip")
	w.WriteHeader(status)
	z := gzip.NewWriter(w)
	_, _ = z.Write(body)
	_ = z.Close()
}
