package storm

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"
)

// A Receiver takes webhooks, each for as long as it takes, and counts.
type Receiver struct {
	URL string

	takes time.Duration

	mu    sync.Mutex
	calls []Call
	open  int
	most  int
}

// A Call is what one message said.
type Call struct {
	To     string    // path of the receiver
	At     time.Time // when all of it was there
	Due    time.Time // when it was planned, as it says: when the wait for it was over
	Error  bool      // its level is error
	Alerts int
	Bytes  int
}

// NewReceiver starts a receiver that takes so long for each call.
func NewReceiver(t testing.TB, takes time.Duration) *Receiver {
	r := &Receiver{takes: takes}
	server := httptest.NewUnstartedServer(r)
	server.Config.ConnState = r.count
	server.Start()
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	r.URL = server.URL
	return r
}

// count keeps the number of connections that are open.
func (r *Receiver) count(_ net.Conn, state http.ConnState) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch state {
	case http.StateNew:
		r.open++
		r.most = max(r.most, r.open)
	case http.StateClosed, http.StateHijacked:
		r.open--
	case http.StateActive, http.StateIdle:
	}
}

// ServeHTTP takes a message. It doesn't decode: 50,000 alerts would cost it as
// much as they cost who sent them, on the same machine.
func (r *Receiver) ServeHTTP(_ http.ResponseWriter, req *http.Request) {
	if req.ContentLength < 0 {
		return // no such message is sent
	}
	body := make([]byte, req.ContentLength) // whole at once: to let it grow takes longer than to read it
	if _, err := io.ReadFull(req.Body, body); err != nil {
		return
	}
	c := Call{To: req.URL.Path, At: time.Now(), Bytes: len(body), Alerts: bytes.Count(body, []byte(`"fingerprint":`))}
	if due := body[bytes.LastIndex(body, []byte(`"at":"`))+len(`"at":"`):]; bytes.IndexByte(due, '"') > 0 {
		c.Due, _ = time.Parse(time.RFC3339Nano, string(due[:bytes.IndexByte(due, '"')]))
	}
	level := body[bytes.LastIndex(body, []byte(`"level":`)):]
	c.Error = bytes.HasPrefix(level, []byte(`"level":"error"`))
	r.mu.Lock()
	r.calls = append(r.calls, c)
	r.mu.Unlock()
	time.Sleep(r.takes)
}

// Calls are those that came so far, in order of arrival.
func (r *Receiver) Calls() []Call {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.calls[:len(r.calls):len(r.calls)]
}

// Connections is how many were open at most at once.
func (r *Receiver) Connections() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.most
}
