package slacktest

import (
	"net/http"
	"slices"
	"strconv"
	"time"
)

// A Fault is a failure that the next request meets.
type Fault struct {
	// Method is the one that fails, such as chat.update; it may be webhook, upload
	// or response too. Empty: whichever comes next.
	Method string
	// Status answers so, before anything is looked at; 0: see below.
	Status     int
	RetryAfter time.Duration // a header with the status
	Body       string
	// Error is an error of the API (ok: false) with status 200.
	Error string
	// Hang answers nothing until the client goes away.
	Hang bool
	// Cut takes the message and then cuts the connection without an answer.
	Cut bool
	// Drop cuts the connection after reading the request, taking nothing.
	Drop bool
}

// Fail makes the next requests fail, one fault for each.
func (s *Server) Fail(faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, faults...)
}

// fault counts the request and returns its failure, if it is to have one.
func (s *Server) fault(method string) (Fault, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests++
	for n, f := range s.faults {
		if f.Method == "" || f.Method == method {
			s.faults = slices.Delete(s.faults, n, n+1)
			return f, true
		}
	}
	return Fault{}, false
}

// meet carries a fault out. It reports false if the message is to be taken
// first (Cut).
func (s *Server) meet(w http.ResponseWriter, r *http.Request, f Fault) bool {
	switch {
	case f.Hang:
		<-r.Context().Done()
	case f.Drop:
		panic(http.ErrAbortHandler)
	case f.Error != "":
		s.say(w, no(f.Error))
	case f.Status != 0:
		if f.RetryAfter > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(int((f.RetryAfter + time.Second - 1).Seconds())))
		}
		w.WriteHeader(f.Status)
		_, _ = w.Write([]byte(f.Body))
	default:
		return false
	}
	return true
}
