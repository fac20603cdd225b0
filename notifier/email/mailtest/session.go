package mailtest

import (
	"io"
	"strings"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// session is one client's.
type session struct {
	server *Server
	conn   *smtp.Conn
	user   string
	mail   Mail
}

func (s *Server) session(c *smtp.Conn) (smtp.Session, error) {
	s.mu.Lock()
	s.sessions++
	s.mu.Unlock()
	if err := s.meet(Hello, c); err != nil {
		return nil, err
	}
	return &session{server: s, conn: c}, nil
}

// Reset drops the transaction.
func (x *session) Reset() { x.mail = Mail{} }

// Logout ends the session.
func (x *session) Logout() error { return nil }

// AuthMechanisms are those of the options, if anybody is asked.
func (x *session) AuthMechanisms() []string {
	if x.server.options.User == "" {
		return nil
	}
	return x.server.options.Mechanisms
}

// Auth begins a mechanism.
func (x *session) Auth(mechanism string) (sasl.Server, error) {
	o := x.server.options
	check := func(user, password string) error {
		if user != o.User || password != o.Password {
			return smtp.ErrAuthFailed
		}
		x.user = user
		return nil
	}
	switch mechanism {
	case sasl.Plain:
		return sasl.NewPlainServer(func(_, user, password string) error { return check(user, password) }), nil
	case sasl.Login:
		return &login{check: check}, nil
	case "CRAM-MD5":
		return &cram{user: o.User, password: o.Password, check: check}, nil
	case "SCRAM-SHA-256":
		return &scram{password: o.Password, check: check}, nil
	case "XOAUTH2":
		return xoauth2(check), nil
	}
	return nil, smtp.ErrAuthUnknownMechanism
}

// Mail begins a transaction.
func (x *session) Mail(from string, _ *smtp.MailOptions) error {
	if x.server.options.User != "" && x.user == "" {
		return smtp.ErrAuthRequired
	}
	_, secured := x.conn.TLSConnectionState()
	x.mail = Mail{From: from, User: x.user, Helo: x.conn.Hostname(), TLS: secured}
	return x.server.meet(From, x.conn)
}

// Rcpt adds a recipient, unless it is to be rejected.
func (x *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	if err := x.server.meet(Rcpt, x.conn); err != nil {
		return err
	}
	x.server.mu.Lock()
	rejected := x.server.rejected[strings.ToLower(to)]
	x.server.mu.Unlock()
	if rejected != nil {
		return rejected
	}
	x.mail.To = append(x.mail.To, to)
	return nil
}

// Data takes the mail.
func (x *session) Data(r io.Reader) error {
	if err := x.server.meet(Content, x.conn); err != nil {
		return err
	}
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if err := x.server.meet(Lost, x.conn); err != nil {
		return err
	}
	m := x.mail
	m.Raw = raw
	x.server.keep(m)
	return x.server.meet(Taken, x.conn)
}
