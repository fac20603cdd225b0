// Package slacktest is a stand-in for Slack: an http.Handler that takes what
// Slack takes, refuses what Slack refuses, in Slack's words, and keeps the
// messages. Tests and the demo use it; nothing leaves the machine.
//
// It checks the documented shapes and limits: JSON or form, token, channel,
// blocks and their fields, lengths, and one message a second for each channel
// where told to. Failures can be scripted.
package slacktest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Options say what the stand-in knows. The zero value takes any token, any
// channel and any webhook under /services/.
type Options struct {
	Token    string            // of the bot; empty: any token that begins with xox
	Channels []string          // known names or ids; empty: any
	Webhooks map[string]string // channel by path; empty: any path under /services/
	// Every is the least distance of two messages in a channel; sooner ones get
	// 429 with Retry-After. 0: no limit.
	Every time.Duration
	// Now is the clock; nil: the real one.
	Now func() time.Time
}

// A Message is one that was taken.
type Message struct {
	Channel  string
	TS       string
	Text     string          // the line above; with entities as Slack has them
	Payload  json.RawMessage // the whole message as JSON
	At       time.Time
	Webhook  bool
	Metadata json.RawMessage
}

// A Server is the stand-in. It is safe for concurrent use.
type Server struct {
	options Options

	mu       sync.Mutex
	messages []Message
	faults   []Fault
	last     map[string]time.Time
	requests int
	refused  []string
	changed  chan struct{} // closed when a message is taken
}

// New returns a stand-in.
func New(o Options) *Server {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Server{options: o, last: map[string]time.Time{}, changed: make(chan struct{})}
}

// Messages returns the messages taken so far, in order.
func (s *Server) Messages() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.messages)
}

// Changed returns a channel that is closed when the next message is taken.
func (s *Server) Changed() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changed
}

// Requests returns how many requests came, refused ones too.
func (s *Server) Requests() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.requests
}

// Refused returns what was refused and why, so that a test can see that nothing
// was.
func (s *Server) Refused() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.refused)
}

// Reset forgets messages, failures and limits.
func (s *Server) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.messages, s.faults, s.refused, s.requests = nil, nil, nil, 0
	s.last = map[string]time.Time{}
}

// ServeHTTP takes incoming webhooks (/services/…), /api/chat.postMessage and
// /api/auth.test.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case strings.HasPrefix(r.URL.Path, "/services/") || s.options.Webhooks[r.URL.Path] != "":
		s.webhook(w, r)
	case r.URL.Path == "/api/chat.postMessage":
		s.chat(w, r)
	case r.URL.Path == "/api/auth.test":
		s.auth(w, r)
	case strings.HasPrefix(r.URL.Path, "/api/"):
		s.say(w, no("unknown_method"))
	default:
		http.NotFound(w, r)
	}
}

// take keeps a message, unless its channel has had one too lately; then it
// returns how long to wait.
func (s *Server) take(m Message) (ts string, wait time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m.At = s.options.Now()
	if last, ok := s.last[m.Channel]; ok && s.options.Every > 0 {
		if wait := s.options.Every - m.At.Sub(last); wait > 0 {
			return "", wait
		}
	}
	s.last[m.Channel] = m.At
	m.TS = fmt.Sprintf("%d.%06d", m.At.Unix(), len(s.messages)+1)
	s.messages = append(s.messages, m)
	close(s.changed)
	s.changed = make(chan struct{})
	return m.TS, 0
}

func (s *Server) refuse(why string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refused = append(s.refused, why)
}
