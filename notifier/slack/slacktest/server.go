// Package slacktest is a stand-in for Slack: an http.Handler that takes what
// Slack takes, refuses what Slack refuses, in Slack's words, and keeps the
// messages. Tests and the demo use it; nothing leaves the machine.
//
// It checks the documented shapes and limits: JSON or form, arguments, token and
// its scopes, channel, blocks and their fields, lengths, one message a second
// for each channel and so many edits a minute where told to. Messages can be
// edited, answered and deleted, files uploaded, and over Socket Mode a test can
// press buttons. Failures can be scripted.
package slacktest

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
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
	AppToken string            // for Socket Mode; empty: any token that begins with xapp
	Scopes   []string          // of the bot's token; empty: all
	Channels []string          // known names or ids; empty: any
	Webhooks map[string]string // channel by path; empty: any path under /services/
	Users    map[string]string // display name by id; others are not found
	// Every is the least distance of two messages in a channel; sooner ones get
	// 429 with Retry-After. 0: no limit.
	Every time.Duration
	// Edits is how many edits there may be in a minute; 0: any number.
	Edits int
	// Now is the clock; nil: the real one.
	Now func() time.Time
}

// A Message is one that was taken.
type Message struct {
	Channel  string // its name; the id if nobody has named it
	ID       string // of the channel
	TS       string
	Text     string          // the line above; with entities as Slack has them
	Payload  json.RawMessage // the whole message as JSON, as it is now
	At       time.Time
	Webhook  bool
	Metadata json.RawMessage

	ThreadTS  string // of the message that it answers; empty: it answers none
	Broadcast bool   // the channel sees the answer too
	Deleted   bool
	Edits     []Edit // what it has been changed to, oldest first
}

// An Edit is one change of a message.
type Edit struct {
	At      time.Time
	Text    string
	Payload json.RawMessage
}

// A Server is the stand-in. It is safe for concurrent use.
type Server struct {
	options Options

	mu       sync.Mutex
	messages []Message
	faults   []Fault
	last     map[string]time.Time
	edits    []time.Time // of the last minute
	requests int
	refused  []string
	changed  chan struct{} // closed when something is taken
	uploads  map[string]*File
	files    []File
	sockets  sockets
}

// New returns a stand-in.
func New(o Options) *Server {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Server{
		options: o, last: map[string]time.Time{}, changed: make(chan struct{}), uploads: map[string]*File{},
		sockets: newSockets(),
	}
}

// ChannelID is the id of a channel: Slack answers with it whatever name a message
// was posted to.
func ChannelID(name string) string {
	if len(name) > 8 && strings.HasPrefix(name, "C") && strings.ToUpper(name) == name {
		return name
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(strings.TrimPrefix(name, "#")))
	return fmt.Sprintf("C%016X", h.Sum64())
}

// Messages returns the messages taken so far, in order, deleted ones too.
func (s *Server) Messages() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.messages)
}

// Delete deletes a message, as anybody in the channel might. It reports whether
// there was one.
func (s *Server) Delete(channel, ts string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.find(ChannelID(channel), ts)
	if m != nil {
		m.Deleted = true
	}
	return m != nil
}

// find returns the message at a place; nil if there is none or it was deleted.
func (s *Server) find(id, ts string) *Message {
	for n := range s.messages {
		if m := &s.messages[n]; m.ID == id && m.TS == ts && !m.Deleted && !m.Webhook {
			return m
		}
	}
	return nil
}

// Changed returns a channel that is closed when the next thing happens: a message
// or file is taken, something refused, a connection opened, a press acknowledged.
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
	s.messages, s.faults, s.refused, s.requests, s.edits, s.files = nil, nil, nil, 0, nil, nil
	s.last, s.uploads = map[string]time.Time{}, map[string]*File{}
}

// ServeHTTP takes incoming webhooks (/services/…), the methods of the API under
// /api/, uploads, the connections of Socket Mode and answers to presses.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case strings.HasPrefix(r.URL.Path, "/services/") || s.options.Webhooks[r.URL.Path] != "":
		s.webhook(w, r)
	case strings.HasPrefix(r.URL.Path, uploadPath):
		s.upload(w, r)
	case strings.HasPrefix(r.URL.Path, socketPath):
		s.socket(w, r)
	case strings.HasPrefix(r.URL.Path, responsePath):
		s.respond(w, r)
	case strings.HasPrefix(r.URL.Path, "/api/"):
		s.method(w, r, strings.TrimPrefix(r.URL.Path, "/api/"))
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
	m.ID = ChannelID(m.Channel)
	if m.Channel == m.ID {
		m.Channel = s.name(m.ID)
	}
	if last, ok := s.last[m.ID]; ok && s.options.Every > 0 {
		if wait := s.options.Every - m.At.Sub(last); wait > 0 {
			return "", wait
		}
	}
	s.last[m.ID] = m.At
	m.TS = fmt.Sprintf("%d.%06d", m.At.Unix(), len(s.messages)+1)
	s.messages = append(s.messages, m)
	s.tell()
	return m.TS, 0
}

// name is that of a channel, if one has been said. The caller holds the lock.
func (s *Server) name(id string) string {
	for _, c := range s.options.Channels {
		if ChannelID(c) == id {
			return c
		}
	}
	for _, m := range s.messages {
		if m.ID == id {
			return m.Channel
		}
	}
	return id
}

// edit changes a message, unless there were too many edits in a minute; then it
// returns how long to wait.
func (s *Server) edit(id string, e Edit, ts string) (found bool, wait time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.find(id, ts)
	if m == nil {
		return false, 0
	}
	e.At = s.options.Now()
	s.edits = slices.DeleteFunc(s.edits, func(t time.Time) bool { return e.At.Sub(t) >= time.Minute })
	if s.options.Edits > 0 && len(s.edits) >= s.options.Edits {
		return true, time.Minute - e.At.Sub(s.edits[0])
	}
	s.edits = append(s.edits, e.At)
	m.Text, m.Payload, m.Edits = e.Text, e.Payload, append(slices.Clone(m.Edits), e)
	s.tell()
	return true, 0
}

// tell wakes who waits. The caller holds the lock.
func (s *Server) tell() {
	close(s.changed)
	s.changed = make(chan struct{})
}

func (s *Server) refuse(why string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refused = append(s.refused, why)
	s.tell()
}
