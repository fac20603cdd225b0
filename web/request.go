package web

import (
	"crypto/rand"
	"log/slog"
	"net/http"
	"time"
)

const requestID = "X-Request-Id"

// observed gives every request an id, which its response and the log bear, and
// keeps pages of other sites from framing ours.
func (o Options) observed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		id := r.Header.Get(requestID)
		if !goodID(id) {
			id = rand.Text()
		}
		h := w.Header()
		h.Set(requestID, id)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		rec := &recorder{ResponseWriter: w}
		defer func() { o.logRequest(r, rec, id, time.Since(began)) }()
		next.ServeHTTP(rec, r)
	})
}

// logRequest logs what changes something and what went wrong; reads, such as the
// scrape of every few seconds, only for who debugs.
func (o Options) logRequest(r *http.Request, rec *recorder, id string, took time.Duration) {
	level := slog.LevelDebug
	switch {
	case rec.status >= 500 && rec.status != http.StatusServiceUnavailable:
		level = slog.LevelError
	case !safe(r.Method):
		level = slog.LevelInfo
	}
	args := []any{
		"method", r.Method, "path", r.URL.Path, "status", rec.code(), "bytes", rec.bytes,
		"duration", took, "request_id", id, "client", r.RemoteAddr,
	}
	if parent := r.Header.Get("Traceparent"); goodID(parent) {
		args = append(args, "traceparent", parent)
	}
	o.Log.Log(r.Context(), level, "request", args...)
}

// goodID reports whether a client's id can be repeated in headers and logs.
func goodID(id string) bool {
	if id == "" || len(id) > 128 {
		return false
	}
	for _, c := range []byte(id) {
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		digit := c >= '0' && c <= '9'
		if !letter && !digit && c != '-' && c != '_' && c != '.' && c != ':' {
			return false
		}
	}
	return true
}

// A recorder remembers what was answered.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
}

// WriteHeader remembers the status.
func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

// Write counts bytes.
func (r *recorder) Write(b []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	n, err := r.ResponseWriter.Write(b)
	r.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach what streams need.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// code is the status, also where none was written.
func (r *recorder) code() int {
	if r.status == 0 {
		return http.StatusOK
	}
	return r.status
}
