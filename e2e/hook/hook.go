// Package hook is a webhook receiver that remembers what it was told and answers
// as the test says.
package hook

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"
)

// A Receiver takes webhooks in Alertmanager's version-4 form.
type Receiver struct {
	server *httptest.Server
	t      testing.TB

	mu    sync.Mutex
	posts []Post
	plan  func(n int, p Post) Reply
	phase int
}

// A Post is one request, with what was answered.
type Post struct {
	ID       string // Idempotency-Key
	Phase    int    // what the test set when it arrived
	At       time.Time
	Answered time.Time // zero while it is being answered
	Status   int       // the answer; 0 if the sender did not wait for it
	Header   http.Header
	Body     []byte
	Message  Message
}

// A Message is what the body says.
type Message struct {
	Version     string            `json:"version"`
	GroupKey    string            `json:"groupKey"`
	Status      string            `json:"status"`
	Receiver    string            `json:"receiver"`
	GroupLabels map[string]string `json:"groupLabels"`
	Alerts      []Alert           `json:"alerts"`
}

// An Alert is one alert of a message. What tocsin adds to Alertmanager's form is
// kept raw, for its types are what is tested.
type Alert struct {
	Status      string            `json:"status"`
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
	StartsAt    time.Time         `json:"startsAt"`
	EndsAt      time.Time         `json:"endsAt"`
	Level       string            `json:"level"`
	Value       json.RawMessage   `json:"value"`
	Threshold   json.RawMessage   `json:"threshold"`
	Episode     string            `json:"episode"`
	Reason      string            `json:"reason"`
}

// A Reply is how to answer. The zero value is 200 at once.
type Reply struct {
	Status int
	After  time.Duration
	Header map[string]string
	// Cut takes the post and then cuts the connection instead of answering.
	Cut bool
}

// New starts a receiver that lives as long as the test and says 200.
func New(t testing.TB) *Receiver {
	r := &Receiver{t: t, plan: func(int, Post) Reply { return Reply{} }}
	r.server = httptest.NewServer(r)
	t.Cleanup(func() {
		r.server.CloseClientConnections()
		r.server.Close()
	})
	return r
}

// URL is where to post.
func (r *Receiver) URL() string { return r.server.URL + "/hook" }

// Answer sets how to answer from now on; n counts the posts from 0.
func (r *Receiver) Answer(plan func(n int, p Post) Reply) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.plan = plan
}

// SetPhase marks all that arrives from now on.
func (r *Receiver) SetPhase(phase int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.phase = phase
}

// Posts is all that came, in order of arrival.
func (r *Receiver) Posts() []Post {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]Post(nil), r.posts...)
}

// Taken is what was answered with 200, in order of arrival.
func (r *Receiver) Taken() []Post {
	var taken []Post
	for _, p := range r.Posts() {
		if p.Status == http.StatusOK {
			taken = append(taken, p)
		}
	}
	return taken
}

// ServeHTTP takes a post.
func (r *Receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return // the sender died while it was sending
	}
	p := Post{ID: req.Header.Get("Idempotency-Key"), At: time.Now(), Header: req.Header, Body: body}
	if err := json.Unmarshal(body, &p.Message); err != nil {
		r.t.Errorf("webhook body: %v\n%s", err, body)
	}
	n, reply := r.record(p)
	if !wait(req, reply.After) {
		return
	}
	if reply.Cut {
		panic(http.ErrAbortHandler)
	}
	for name, value := range reply.Header {
		w.Header().Set(name, value)
	}
	if reply.Status == 0 {
		reply.Status = http.StatusOK
	}
	r.answered(n, reply.Status)
	w.WriteHeader(reply.Status)
}

// wait returns false when the sender has gone.
func wait(req *http.Request, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-req.Context().Done():
		return false
	}
}

func (r *Receiver) record(p Post) (int, Reply) {
	r.mu.Lock()
	defer r.mu.Unlock()
	p.Phase = r.phase
	r.posts = append(r.posts, p)
	n := len(r.posts) - 1
	return n, r.plan(n, p)
}

// answered is noted before the answer is written: from then on the sender may
// know.
func (r *Receiver) answered(n, status int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.posts[n].Answered, r.posts[n].Status = time.Now(), status
}
