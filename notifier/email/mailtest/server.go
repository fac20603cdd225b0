// Package mailtest is a mail server on loopback that keeps what it is sent.
// Tests and the demo use it; nothing leaves the machine.
//
// It can reject recipients, and fail at each phase of a transaction: with a
// code, by falling silent, or by cutting the connection.
package mailtest

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
)

// Options say what the server asks for.
type Options struct {
	// TLS is the server's certificate (see Certificate); nil offers no STARTTLS.
	TLS *tls.Config
	// Implicit begins TLS at once.
	Implicit bool
	// User and Password must be given by AUTH; empty: nobody is asked.
	User, Password string
	// Mechanisms that are offered; empty: PLAIN and LOGIN. CRAM-MD5 and XOAUTH2
	// are known too.
	Mechanisms []string
	// Address to listen on; empty: a free port on loopback.
	Address string
}

// A Mail is one that was taken.
type Mail struct {
	From string
	To   []string // the envelope's
	Raw  []byte
	User string // who logged in
	Helo string
	At   time.Time
	TLS  bool
}

// A Server keeps mail. It is safe for concurrent use.
type Server struct {
	options  Options
	listener net.Listener
	server   *smtp.Server
	closed   chan struct{}
	served   sync.WaitGroup

	mu       sync.Mutex
	mails    []Mail
	faults   []Fault
	rejected map[string]*smtp.SMTPError
	changed  chan struct{}
	sessions int
}

// Listen starts a server.
func Listen(o Options) (*Server, error) {
	if o.Address == "" {
		o.Address = "127.0.0.1:0"
	}
	if len(o.Mechanisms) == 0 {
		o.Mechanisms = []string{"PLAIN", "LOGIN"}
	}
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", o.Address)
	if err != nil {
		return nil, fmt.Errorf("mail server: %w", err)
	}
	s := &Server{
		options: o, listener: l, closed: make(chan struct{}),
		rejected: map[string]*smtp.SMTPError{}, changed: make(chan struct{}),
	}
	s.server = smtp.NewServer(smtp.BackendFunc(s.session))
	s.server.Domain = "mailtest.invalid"
	s.server.AllowInsecureAuth = true
	s.server.ErrorLog = log.New(io.Discard, "", 0)
	s.server.MaxMessageBytes = 10 << 20
	s.server.EnableSMTPUTF8 = true
	if o.Implicit {
		l = tls.NewListener(l, o.TLS)
	} else {
		s.server.TLSConfig = o.TLS
	}
	s.served.Go(func() { _ = s.server.Serve(l) })
	return s, nil
}

// Addr is where the server listens, as host:port.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// Close stops the server and waits until it has.
func (s *Server) Close() error {
	select {
	case <-s.closed:
		return nil
	default:
	}
	close(s.closed)
	err := s.server.Close()
	_ = s.listener.Close() // the server doesn't know of it yet, if it was only just started
	s.served.Wait()
	if errors.Is(err, smtp.ErrServerClosed) || errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// Mails returns what was taken so far, in order.
func (s *Server) Mails() []Mail {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.mails)
}

// Changed returns a channel that is closed when the next mail is taken.
func (s *Server) Changed() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changed
}

// Sessions returns how many clients said hello.
func (s *Server) Sessions() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sessions
}

// Reset forgets mails, faults and rejections.
func (s *Server) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mails, s.faults, s.sessions = nil, nil, 0
	s.rejected = map[string]*smtp.SMTPError{}
}

// Reject answers RCPT of an address with a code (451 or 550, say) until Reset;
// code 0 takes it again.
func (s *Server) Reject(address string, code int, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if code == 0 {
		delete(s.rejected, strings.ToLower(address))
		return
	}
	s.rejected[strings.ToLower(address)] = &smtp.SMTPError{Code: code, EnhancedCode: smtp.NoEnhancedCode, Message: text}
}

func (s *Server) keep(m Mail) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m.At = time.Now()
	s.mails = append(s.mails, m)
	close(s.changed)
	s.changed = make(chan struct{})
}
