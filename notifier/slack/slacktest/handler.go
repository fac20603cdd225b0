package slacktest

import (
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"slices"
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
	f, failing := s.fault()
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
	if p := check(m); p != nil {
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

// answer is what the API answers.
type answer struct {
	OK       bool            `json:"ok"`
	Error    string          `json:"error,omitempty"`
	Channel  string          `json:"channel,omitempty"`
	TS       string          `json:"ts,omitempty"`
	Message  json.RawMessage `json:"message,omitempty"`
	Metadata *metadata       `json:"response_metadata,omitempty"`
}

type metadata struct {
	Messages []string `json:"messages"`
}

func no(code string) answer { return answer{Error: code} }

func (s *Server) say(w http.ResponseWriter, a answer) {
	if !a.OK {
		s.refuse(a.Error)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_ = json.NewEncoder(w).Encode(a)
}

// auth answers whether the token is known.
func (s *Server) auth(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	if code := s.known(r, r.PostForm.Get("token")); code != "" {
		s.say(w, no(code))
		return
	}
	s.say(w, answer{OK: true})
}

// chat takes a message by chat.postMessage, as JSON or as a form.
func (s *Server) chat(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxRequest))
	if err != nil {
		s.say(w, no("request_timeout"))
		return
	}
	f, failing := s.fault()
	if failing && s.meet(w, r, f) {
		return
	}
	m, token, raw, p := parseChat(r, body)
	if p == nil {
		p = s.allowed(r, token, m.Channel)
	}
	if p == nil {
		p = check(m)
	}
	if p != nil {
		s.refuse(p.code + ": " + p.text)
		s.say(w, answer{Error: p.code, Metadata: &metadata{[]string{"[ERROR] " + p.text}}})
		return
	}
	ts, wait := s.take(Message{Channel: m.Channel, Text: m.Text, Payload: raw, Metadata: m.Metadata})
	switch {
	case wait > 0:
		tooMany(w, wait)
		w.WriteHeader(http.StatusTooManyRequests)
		s.say(w, no("ratelimited"))
	case f.Cut:
		panic(http.ErrAbortHandler)
	default:
		s.say(w, answer{OK: true, Channel: m.Channel, TS: ts, Message: raw})
	}
}

// allowed checks token and channel.
func (s *Server) allowed(r *http.Request, token, channel string) *problem {
	if code := s.known(r, token); code != "" {
		return &problem{code, "token"}
	}
	if channel == "" || len(s.options.Channels) > 0 && !slices.Contains(s.options.Channels, channel) {
		return &problem{"channel_not_found", channel}
	}
	return nil
}

// known returns what is wrong with the token: of the header, or of the form.
func (s *Server) known(r *http.Request, token string) string {
	if bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		token = bearer
	}
	switch {
	case token == "":
		return "not_authed"
	case s.options.Token != "" && token != s.options.Token, s.options.Token == "" && !strings.HasPrefix(token, "xox"):
		return "invalid_auth"
	}
	return ""
}
