package email

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/mail"
	"strings"

	"github.com/prometheus/common/config"

	"tocsin/notifier"
	"tocsin/notifier/attempt"
	"tocsin/notifier/message"
)

// A Sender sends deliveries to one list of recipients.
type Sender struct {
	addresses
	settings Settings
	headers  []string // names, in order
	maker    *message.Maker
}

// New returns a sender.
func New(s Settings, maker *message.Maker) (*Sender, error) {
	a, err := s.parse()
	if err != nil {
		return nil, err
	}
	if s.Hello == "" {
		s.Hello = a.domain
	}
	sender := &Sender{addresses: a, settings: s, headers: sortedNames(s.Headers), maker: maker}
	if _, err := sender.tls(); err != nil {
		return nil, err
	}
	return sender, nil
}

// Send makes one attempt: to all recipients, or to those that the attempt before
// left.
func (s *Sender) Send(ctx context.Context, d notifier.Delivery) notifier.Settled {
	end := attempt.Settle(d)
	m := s.maker.Make(ctx, d, mostItems)
	raw, err := s.build(m, s.picture(ctx, m))
	if err != nil {
		end.Outcome, end.Error = notifier.Rejected, m.Note(err.Error())
		return end
	}
	end.Handle = "<" + messageID(m, s.domain) + ">"
	t := transaction{sender: s, to: s.recipients(d), raw: raw, end: &end}
	if len(t.to) == 0 { // all who were left are gone from the settings
		end.Outcome = notifier.Delivered
		return end
	}
	t.run(ctx)
	end.Error = m.Note(end.Error)
	return end
}

// recipients returns the addresses to serve: all, or those left that are still
// in the settings.
func (s *Sender) recipients(d notifier.Delivery) []string {
	var all, left []string
	for _, a := range s.to {
		all = append(all, a.Address)
		for _, l := range d.Left {
			if strings.EqualFold(l, a.Address) {
				left = append(left, a.Address)
				break
			}
		}
	}
	if len(d.Left) > 0 {
		return left
	}
	return all
}

// tls returns the configuration of TLS. Certificates are read again each time,
// so that rotated ones are used.
func (s *Sender) tls() (*tls.Config, error) {
	var cfg config.TLSConfig
	if s.settings.TLSConfig != nil {
		cfg = *s.settings.TLSConfig
	}
	c, err := config.NewTLSConfig(&cfg)
	if err != nil {
		return nil, fmt.Errorf("email: TLS: %w", err)
	}
	if c.ServerName == "" {
		c.ServerName = s.host
	}
	return c, nil
}

// ascii reports whether no address needs SMTPUTF8.
func ascii(from *mail.Address, to []string) bool {
	for _, a := range append([]string{from.Address}, to...) {
		for _, r := range a {
			if r > 127 {
				return false
			}
		}
	}
	return true
}
