package email

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"strings"

	"github.com/prometheus/common/config"

	"tocsin/notifier/attempt"
	"tocsin/notifier/message"
)

// A TLS says how a connection is protected.
type TLS uint8

// The ways to protect a connection. The zero value is the safe one.
const (
	StartTLS TLS = iota // STARTTLS or nothing is sent
	Implicit            // TLS from the first byte, as on port 465
	Plain               // none: require_tls is false
)

// String returns the word for it.
func (t TLS) String() string {
	switch t {
	case StartTLS:
		return "starttls"
	case Implicit:
		return "implicit"
	case Plain:
		return "plain"
	}
	return fmt.Sprintf("TLS(%d)", uint8(t))
}

// Settings are those of one list of recipients.
type Settings struct {
	To        []string // addresses, with or without names
	From      string
	Smarthost string // host:port
	Hello     string // empty: the domain of From

	Username string
	Password attempt.Secret // PLAIN, LOGIN, SCRAM; CRAM-MD5 if Secret is not set
	Secret   attempt.Secret // CRAM-MD5
	Token    attempt.Secret // XOAUTH2
	// Identity acts as somebody else (PLAIN); empty: as Username.
	Identity string

	TLS       TLS
	TLSConfig *config.TLSConfig // nil: the system's roots

	// Headers are templates that add to or replace ours; Subject among them.
	// HTML and Text are templates in place of our parts. Empty: ours.
	Headers map[string]string
	HTML    string
	Text    string

	// Stateful puts how it stands into the subject. A mail program that gathers by
	// subject then starts a conversation with each state.
	Stateful bool
	// Chart draws what a message is about and says in words what is to be seen; nil:
	// nobody draws. It keeps to a time of its own.
	Chart Chart
}

// A Chart draws a message's alerts as a PNG. Without one ok is false.
type Chart func(ctx context.Context, m *message.Message) (png []byte, alt string, ok bool)

// addresses are the settings' parsed.
type addresses struct {
	from   *mail.Address
	to     []*mail.Address
	domain string // of from
	host   string
	port   int
}

func (s Settings) parse() (a addresses, err error) {
	if a.from, err = mail.ParseAddress(s.From); err != nil {
		return a, fmt.Errorf("email: from %q: %w", s.From, err)
	}
	if len(s.To) == 0 {
		return a, errors.New("email: nobody to send to")
	}
	for _, to := range s.To {
		list, err := mail.ParseAddressList(to)
		if err != nil {
			return a, fmt.Errorf("email: to %q: %w", to, err)
		}
		a.to = append(a.to, list...)
	}
	_, a.domain, _ = strings.Cut(a.from.Address, "@")
	host, port, err := net.SplitHostPort(s.Smarthost)
	if err != nil {
		return a, fmt.Errorf("email: smarthost %q: %w", s.Smarthost, err)
	}
	if a.port, err = new(net.Resolver).LookupPort(context.Background(), "tcp", port); err != nil {
		return a, fmt.Errorf("email: smarthost %q: %w", s.Smarthost, err)
	}
	a.host = host
	return a, nil
}
