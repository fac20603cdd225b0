package email

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	gomail "github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"
)

const (
	// patience is the deadline of an attempt whose context has none.
	patience = 30 * time.Second
	// mostHeard bounds what a server may say in one connection.
	mostHeard = 1 << 20
)

// errTooMuch is a server that talks without end.
var errTooMuch = errors.New("the server says too much")

// connect dials, protects and introduces. The returned function closes the
// connection, whatever state it is in; so does the end of ctx, which go-mail
// itself heeds only while it dials.
func (s *Sender) connect(ctx context.Context) (*smtp.Client, func(), error) {
	secured, err := s.tls()
	if err != nil {
		return nil, nil, err
	}
	var conn net.Conn
	stop := func() bool { return true }
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := (&net.Dialer{}).DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		conn = c
		stop = context.AfterFunc(ctx, func() { _ = c.Close() })
		return s.wrap(ctx, c, secured)
	}
	closing := func() {
		stop()
		if conn != nil {
			_ = conn.Close()
		}
	}
	client, err := s.hello(ctx, dial, secured)
	if err != nil {
		closing()
		return nil, nil, err
	}
	return client, closing, nil
}

func (s *Sender) hello(ctx context.Context, dial gomail.DialContextFunc, secured *tls.Config) (*smtp.Client, error) {
	options := []gomail.Option{
		gomail.WithPort(s.port),
		gomail.WithHELO(s.settings.Hello),
		gomail.WithTimeout(left(ctx)),
		gomail.WithTLSConfig(secured),
		// go-mail derives a context that ends when the dial is done; ours lasts as
		// long as the attempt.
		gomail.WithDialContextFunc(func(_ context.Context, network, address string) (net.Conn, error) {
			return dial(ctx, network, address)
		}),
	}
	switch s.settings.TLS {
	case StartTLS:
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	case Implicit, Plain:
		options = append(options, gomail.WithTLSPolicy(gomail.NoTLS))
	}
	c, err := gomail.NewClient(s.host, options...)
	if err != nil {
		return nil, fmt.Errorf("email: %w", err)
	}
	return c.DialToSMTPClientWithContext(ctx)
}

// wrap bounds what is heard, and begins TLS where it is implicit.
func (s *Sender) wrap(ctx context.Context, c net.Conn, secured *tls.Config) (net.Conn, error) {
	c = &bounded{Conn: c, left: mostHeard}
	if s.settings.TLS != Implicit {
		return c, nil
	}
	t := tls.Client(c, secured)
	if err := t.HandshakeContext(ctx); err != nil {
		return nil, err
	}
	return t, nil
}

// left is what go-mail is told of the deadline: a little more than it is, so that
// it is always the context that ends an attempt, and the error says so.
func left(ctx context.Context) time.Duration {
	deadline, ok := ctx.Deadline()
	if !ok {
		return patience
	}
	return max(time.Until(deadline), 0) + time.Second
}

// bounded is a connection that gives at most so many bytes.
type bounded struct {
	net.Conn
	left int
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, fmt.Errorf("%w: %w", errTooMuch, io.ErrUnexpectedEOF)
	}
	n, err := b.Conn.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}
