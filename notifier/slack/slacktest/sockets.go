package slacktest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

const (
	socketPath   = "/link/"
	responsePath = "/actions/"
)

// ackWithin is how long an envelope may wait for its acknowledgement, and
// pingEvery how often a connection is pinged: who hears no ping for half a minute
// takes it for dead.
const (
	ackWithin = 3 * time.Second
	pingEvery = 10 * time.Second
)

// sockets is the state of Socket Mode. The server's lock guards it.
type sockets struct {
	tickets   map[string]bool // of addresses given out and not used
	open      []*connection
	connected int    // ever
	count     int    // of envelopes, tickets and addresses
	home      string // where clients reach this server
	waiting   map[string]chan struct{}
	acks      []Ack
	addresses map[string]string // who pressed, by address of response
	responses []Response
}

func newSockets() sockets {
	return sockets{tickets: map[string]bool{}, waiting: map[string]chan struct{}{}, addresses: map[string]string{}}
}

// A connection is one of the websockets. Its writes are serialized.
type connection struct {
	mu sync.Mutex
	ws *websocket.Conn
}

func (c *connection) write(v any) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ws.WriteJSON(v)
}

// An Ack is one that a client sent for an envelope.
type Ack struct {
	Envelope string
	Late     bool // nobody waited for it any more
}

// A Response is what was said to who pressed a button, by the press's own address.
type Response struct {
	User string // id of who pressed
	Text string
	Type string // ephemeral, in_channel
}

// Acks returns the acknowledgements so far.
func (s *Server) Acks() []Ack {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.sockets.acks)
}

// Responses returns what was said to those who pressed.
func (s *Server) Responses() []Response {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.sockets.responses)
}

// Connections returns how many websockets are open, and how many there ever were.
func (s *Server) Connections() (open, ever int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.sockets.open), s.sockets.connected
}

// number makes a name that was not there before. The caller holds the lock.
func (s *Server) number(prefix string) string {
	s.sockets.count++
	return fmt.Sprintf("%s%06d", prefix, s.sockets.count)
}

// open gives out the address of a websocket: apps.connections.open, which takes
// an app-level token.
func (s *Server) open(w http.ResponseWriter, r *http.Request) {
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	switch {
	case token == "":
		s.say(w, no("not_authed"))
		return
	case strings.HasPrefix(token, "xoxb"):
		s.say(w, no("not_allowed_token_type"))
		return
	case s.options.AppToken != "" && token != s.options.AppToken, !strings.HasPrefix(token, "xapp"):
		s.say(w, no("invalid_auth"))
		return
	}
	s.mu.Lock()
	ticket := s.number("ticket")
	s.sockets.tickets[ticket], s.sockets.home = true, base(r, "http")
	s.mu.Unlock()
	s.say(w, answer{OK: true, URL: base(r, "ws") + socketPath + "?ticket=" + ticket})
}

// socket serves one websocket until it is cut: it greets, pings and hears
// acknowledgements.
func (s *Server) socket(w http.ResponseWriter, r *http.Request) {
	ticket := r.URL.Query().Get("ticket")
	s.mu.Lock()
	ok := s.sockets.tickets[ticket]
	delete(s.sockets.tickets, ticket)
	s.mu.Unlock()
	if !ok {
		http.Error(w, "invalid ticket", http.StatusForbidden)
		return
	}
	upgrader := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	ws, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer ws.Close()
	c := &connection{ws: ws}
	_ = c.write(map[string]any{
		"type": "hello", "num_connections": 1, "connection_info": map[string]string{"app_id": "A0000001"},
		"debug_info": map[string]any{"host": "applink", "build_number": 1, "approximate_connection_time": 18060},
	})
	stop := c.keepPinging()
	defer stop()
	s.join(c)
	defer s.leave(c)
	for {
		var ack struct {
			EnvelopeID string `json:"envelope_id"`
		}
		if err := ws.ReadJSON(&ack); err != nil {
			return
		}
		s.acked(ack.EnvelopeID)
	}
}

// keepPinging pings until it is stopped.
func (c *connection) keepPinging() (stop func()) {
	done := make(chan struct{})
	var wait sync.WaitGroup
	wait.Go(func() {
		t := time.NewTicker(pingEvery)
		defer t.Stop()
		for {
			_ = c.ws.WriteControl(websocket.PingMessage, []byte("ping"), time.Now().Add(time.Second))
			select {
			case <-done:
				return
			case <-t.C:
			}
		}
	})
	return func() { close(done); wait.Wait() }
}

func (s *Server) join(c *connection) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sockets.open = append(s.sockets.open, c)
	s.sockets.connected++
	s.tell()
}

func (s *Server) leave(c *connection) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sockets.open = slices.DeleteFunc(s.sockets.open, func(o *connection) bool { return o == c })
	s.tell()
}

func (s *Server) acked(envelope string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	done := s.sockets.waiting[envelope]
	if done != nil {
		close(done)
		delete(s.sockets.waiting, envelope)
	}
	s.sockets.acks = append(s.sockets.acks, Ack{envelope, done == nil})
	s.tell()
}

// Disconnect asks the clients to connect anew, as Slack does every few hours.
func (s *Server) Disconnect() {
	for _, c := range s.connections() {
		_ = c.write(map[string]any{"type": "disconnect", "reason": "refresh_requested", "debug_info": map[string]any{"host": "applink"}})
	}
}

// Sever cuts the websockets without a word.
func (s *Server) Sever() {
	for _, c := range s.connections() {
		_ = c.ws.Close()
	}
}

func (s *Server) connections() []*connection {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.sockets.open)
}

// errUnheard is a press that no client acknowledged in time: Slack shows a
// warning beside the button.
var errUnheard = errors.New("no acknowledgement within 3 seconds")

// Press presses a button, or chooses the option of a menu, on a message as it is
// now, and returns once a client has acknowledged it. It waits for a client to be
// there. User is the id and the name of who presses.
func (s *Server) Press(ctx context.Context, m Message, action, optionText string, user [2]string) error {
	c, err := s.client(ctx)
	if err != nil {
		return err
	}
	envelope, done, err := s.envelope(m, action, optionText, user)
	if err != nil {
		return err
	}
	return s.deliver(ctx, c, envelope, done)
}

// client waits for a connection.
func (s *Server) client(ctx context.Context) (*connection, error) {
	for {
		s.mu.Lock()
		changed, open := s.changed, slices.Clone(s.sockets.open)
		s.mu.Unlock()
		if len(open) > 0 {
			return open[len(open)-1], nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// deliver sends an envelope and waits for its acknowledgement.
func (s *Server) deliver(ctx context.Context, c *connection, envelope any, done chan struct{}) error {
	if err := c.write(envelope); err != nil {
		return err
	}
	late := time.NewTimer(ackWithin)
	defer late.Stop()
	select {
	case <-done:
		return nil
	case <-late.C:
		return errUnheard
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Say sends the clients an envelope as it is, for what Slack may come to send.
func (s *Server) Say(raw json.RawMessage) {
	for _, c := range s.connections() {
		_ = c.write(raw)
	}
}
