package slack

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"

	"github.com/slack-go/slack"

	"tocsin/notifier"
	"tocsin/notifier/attempt"
	"tocsin/notifier/message"
)

// A Sender posts deliveries to one channel.
type Sender struct {
	settings Settings
	maker    *message.Maker
	base     http.RoundTripper
	noFiles  atomic.Bool // Slack said that this token may upload none
}

// New returns a sender.
func New(s Settings, maker *message.Maker) (*Sender, error) {
	switch {
	case s.WebhookURL.Set() == s.Token.Set():
		return nil, errors.New("slack: give a webhook URL or a token, not both")
	case s.Token.Set() && s.Channel == "":
		return nil, errors.New("slack: a token needs a channel")
	case s.AppToken.Set() && !s.Token.Set():
		return nil, errors.New("slack: an app-level token needs a bot's token beside it")
	}
	s.APIURL = apiURL(s.APIURL)
	base, err := attempt.Transport(s.HTTPConfig, "slack")
	if err != nil {
		return nil, fmt.Errorf("slack: %w", err)
	}
	return &Sender{settings: s, maker: maker, base: base}, nil
}

// Send makes one attempt.
func (s *Sender) Send(ctx context.Context, d notifier.Delivery) notifier.Settled {
	m := s.maker.Make(ctx, d, mostItems)
	end := attempt.Settle(d)
	if s.settings.Token.Set() {
		s.chat(ctx, d, m, &end)
	} else {
		s.webhook(ctx, d, m, &end)
	}
	end.Error = m.Note(end.Error)
	return end
}

// webhook posts to the incoming webhook. A webhook tells no place, so there is
// no handle.
func (s *Sender) webhook(ctx context.Context, d notifier.Delivery, m *message.Message, end *notifier.Settled) {
	address, err := s.settings.WebhookURL.Address()
	noted := len(m.Errors)
	body := Build(s.settings, m)
	if err != nil {
		end.Outcome, end.Error = notifier.Refused, "slack webhook URL: "+err.Error()
		return
	}
	wire := &attempt.Wire{Base: s.base}
	err = slack.PostWebhookCustomHTTPContext(ctx, address, client(wire), &body)
	if imageRefused(s.settings, d, wire, err) {
		wire, m.Errors = &attempt.Wire{Base: s.base}, m.Errors[:noted]
		body = Build(plainer(s.settings), m)
		err = slack.PostWebhookCustomHTTPContext(ctx, address, client(wire), &body)
		m.Errors = append(m.Errors, errNoImage)
	}
	if err == nil || wire.Status() == http.StatusOK {
		end.Outcome = notifier.Delivered
		return
	}
	settle(end, wire, err, address)
}

// client makes requests. Redirects are not followed: Slack has none, and a secret
// should not travel.
func client(by http.RoundTripper) *http.Client {
	return &http.Client{
		Transport:     by,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
