// Package requesttest holds servers with the shapes and limits that services
// document: PagerDuty, Opsgenie, Microsoft Teams, Telegram, Discord, ntfy and
// Mattermost. What a service would refuse they refuse, in its own words, unknown
// fields included; and they fail on demand.
package requesttest

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
)

// A Got is a request that came.
type Got struct {
	Method, Path string // Path with its query
	Header       http.Header
	Body         []byte
	Status       int // of the answer
}

// A Server is one service.
type Server struct {
	*httptest.Server
	check service

	mu     sync.Mutex
	got    []Got
	faults []http.HandlerFunc
}

// An answer is what a service says to a request.
type answer struct {
	status int
	body   string
}

// A service judges a request as the real one would.
type service func(r *http.Request, body []byte) answer

// New starts the server of a service.
func New(t testing.TB, name string) *Server {
	t.Helper()
	check := services()[name]
	if check == nil {
		t.Fatalf("no service %q", name)
	}
	s := &Server{check: check}
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.Close)
	return s
}

func services() map[string]service {
	return map[string]service{
		"pagerduty": pagerduty, "pagerduty-v1": pagerdutyV1, "opsgenie": opsgenie, "msteams": msteams, "msteamsv2": msteamsv2,
		"telegram": telegram, "discord": discord, "ntfy": ntfy, "mattermost": mattermost, "alertmanager": alertmanager,
		"any": func(*http.Request, []byte) answer { return answer{200, ""} },
	}
}

// Fail answers the next request in another way.
func (s *Server) Fail(f http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, f)
}

// Got returns the requests that came so far.
func (s *Server) Got() []Got {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.got)
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	a := s.check(r, body)
	s.mu.Lock()
	var fault http.HandlerFunc
	if len(s.faults) > 0 {
		fault, s.faults = s.faults[0], s.faults[1:]
		a.status = 0
	}
	s.got = append(s.got, Got{r.Method, r.URL.RequestURI(), r.Header.Clone(), body, a.status})
	s.mu.Unlock()
	if fault != nil {
		fault(w, r)
		return
	}
	w.WriteHeader(a.status)
	_, _ = io.WriteString(w, a.body)
}

// Limited is a 429 with the words of a service.
func Limited(retryAfter, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if retryAfter != "" {
			w.Header().Set("Retry-After", retryAfter)
		}
		w.WriteHeader(http.StatusTooManyRequests)
		_, _ = io.WriteString(w, body)
	}
}

// Status answers with a status and these words.
func Status(code int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(code)
		_, _ = io.WriteString(w, body)
	}
}

// Hang takes the request and never answers.
func Hang(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
