package web

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"
)

// ErrBadQuestion is wrapped by what Explain returns for a question that cannot be
// read.
var ErrBadQuestion = errors.New("bad question")

// explainWait is how long an explanation may take: the history may be long.
const explainWait = 20 * time.Second

// explain answers GET /api/tocsin/v1/explain?alert=…&at=…: why an alert did or did
// not notify, now or at a time in the past.
func (o Options) explain(w http.ResponseWriter, r *http.Request) {
	at, err := instant(r.FormValue("at"))
	if err != nil {
		refuse(w, r, http.StatusBadRequest, err.Error())
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), explainWait)
	defer cancel()
	answer, err := o.Explain(ctx, r.FormValue("alert"), at)
	switch {
	case errors.Is(err, ErrBadQuestion):
		refuse(w, r, http.StatusBadRequest, err.Error())
	case err != nil:
		refuse(w, r, http.StatusServiceUnavailable, err.Error())
	default:
		writeJSON(w, http.StatusOK, "application/json", answer)
	}
}

// instant reads a time as RFC 3339 or as seconds since 1970, as Prometheus does;
// none is the zero time.
func instant(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if at, err := time.Parse(time.RFC3339Nano, text); err == nil {
		return at, nil
	}
	seconds, err := strconv.ParseFloat(text, 64)
	if err != nil || !(seconds > 0 && seconds < 1e11) {
		return time.Time{}, errors.New("at: " + strconv.Quote(text) + " is no time: write 2026-11-22T14:05:00Z, or seconds since 1970")
	}
	return time.UnixMilli(int64(seconds * 1000)), nil
}
