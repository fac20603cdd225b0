package mailtest

import (
	"fmt"

	"github.com/emersion/go-smtp"
)

// A Phase is a place in a transaction.
type Phase uint8

// The phases, in their order.
const (
	Hello   Phase = iota // at EHLO
	From                 // at MAIL FROM
	Rcpt                 // at the first RCPT TO
	Content              // after DATA, before the mail is read
	Taken                // after the mail was read and kept, before it is answered
	Lost                 // after the mail was read; it is not kept
)

// String returns the word for it.
func (p Phase) String() string {
	switch p {
	case Hello:
		return "hello"
	case From:
		return "from"
	case Rcpt:
		return "rcpt"
	case Content:
		return "content"
	case Taken:
		return "taken"
	case Lost:
		return "lost"
	}
	return fmt.Sprintf("Phase(%d)", uint8(p))
}

// A Fault is a failure that a transaction meets at a phase: an answer with a
// code, or silence, or a cut connection.
type Fault struct {
	Phase Phase
	Code  int
	Hang  bool // until the server is closed
	Cut   bool
}

// Fail makes the next transactions fail, each fault once, in order.
func (s *Server) Fail(faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, faults...)
}

// meet returns the error of the fault that is due at a phase, if one is.
func (s *Server) meet(p Phase, c *smtp.Conn) error {
	s.mu.Lock()
	if len(s.faults) == 0 || s.faults[0].Phase != p {
		s.mu.Unlock()
		return nil
	}
	f := s.faults[0]
	s.faults = s.faults[1:]
	s.mu.Unlock()
	switch {
	case f.Hang:
		<-s.closed
	case f.Cut:
		_ = c.Conn().Close()
	}
	if f.Code == 0 {
		f.Code = 421
	}
	return &smtp.SMTPError{Code: f.Code, EnhancedCode: smtp.NoEnhancedCode, Message: "scripted failure at " + p.String()}
}
