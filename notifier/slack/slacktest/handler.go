package slacktest

import (
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxRequest bounds a request.
const maxRequest = 1 << 20

// webhook takes a message by incoming webhook. The answers are Slack's: plain
// text, `ok` or a code.
func (s *Server) webhook(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxRequest))
	if err != nil {
		http.Error(w, "invalid_payload", http.StatusBadRequest)
		return
	}
	f, failing := s.fault("webhook")
	if failing && s.meet(w, r, f) {
		return
	}
	channel := s.options.Webhooks[r.URL.Path]
	switch {
	case r.Method != http.MethodPost:
		s.plain(w, http.StatusMethodNotAllowed, "method_not_allowed")
		return
	case channel == "" && len(s.options.Webhooks) > 0:
		s.plain(w, http.StatusNotFound, "no_service")
		return
	case channel == "":
		channel = r.URL.Path
	}
	m, ok := parsePayload(r, body)
	if !ok {
		s.plain(w, http.StatusBadRequest, "invalid_payload")
		return
	}
	p := unknownFields(payload(r, body), webhookFields())
	if p == nil {
		p = check(m)
	}
	if p != nil {
		s.plain(w, http.StatusBadRequest, p.code+": "+p.text)
		return
	}
	_, wait := s.take(Message{Channel: channel, Text: m.Text, Payload: payload(r, body), Webhook: true, Metadata: m.Metadata})
	switch {
	case wait > 0:
		tooMany(w, wait)
		s.plain(w, http.StatusTooManyRequests, "rate_limited")
	case f.Cut:
		panic(http.ErrAbortHandler)
	default:
		_, _ = io.WriteString(w, "ok")
	}
}

// parsePayload reads JSON, or a form with the JSON in `payload`, as Slack takes
// both.
func parsePayload(r *http.Request, body []byte) (message, bool) {
	var m message
	err := json.Unmarshal(payload(r, body), &m)
	return m, err == nil
}

func payload(r *http.Request, body []byte) json.RawMessage {
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind == "application/x-www-form-urlencoded" {
		return json.RawMessage(parseForm(body).Get("payload"))
	}
	return body
}

func (s *Server) plain(w http.ResponseWriter, status int, code string) {
	s.refuse(code)
	w.WriteHeader(status)
	_, _ = io.WriteString(w, strings.SplitN(code, ":", 2)[0])
}

func tooMany(w http.ResponseWriter, wait time.Duration) {
	w.Header().Set("Retry-After", strconv.Itoa(int((wait+time.Second-1)/time.Second)))
}
