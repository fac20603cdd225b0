package slack

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

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
}

// New returns a sender.
func New(s Settings, maker *message.Maker) (*Sender, error) {
	switch {
	case s.WebhookURL.Set() == s.Token.Set():
		return nil, errors.New("slack: give a webhook URL or a token, not both")
	case s.Token.Set() && s.Channel == "":
		return nil, errors.New("slack: a token needs a channel")
	}
	if s.APIURL == "" {
		s.APIURL = slack.APIURL
	}
	if !strings.HasSuffix(s.APIURL, "/") {
		s.APIURL += "/"
	}
	base, err := attempt.Transport(s.HTTPConfig, "slack")
	if err != nil {
		return nil, fmt.Errorf("slack: %w", err)
	}
	return &Sender{s, maker, base}, nil
}

// Send makes one attempt.
func (s *Sender) Send(ctx context.Context, d notifier.Delivery) notifier.Settled {
	m := s.maker.Make(ctx, d, mostItems)
	body := Build(s.settings, m)
	end := attempt.Settle(d)
	if s.settings.Token.Set() {
		s.chat(ctx, d, body, &end)
	} else {
		s.webhook(ctx, body, &end)
	}
	end.Error = m.Note(end.Error)
	return end
}

// webhook posts to the incoming webhook. A webhook tells no place, so there is
// no handle.
func (s *Sender) webhook(ctx context.Context, body slack.WebhookMessage, end *notifier.Settled) {
	address, err := s.settings.WebhookURL.Address()
	if err != nil {
		end.Outcome, end.Error = notifier.Refused, "slack webhook URL: "+err.Error()
		return
	}
	wire := &attempt.Wire{Base: s.base}
	err = slack.PostWebhookCustomHTTPContext(ctx, address, client(wire), &body)
	if err == nil || wire.Status() == http.StatusOK {
		end.Outcome = notifier.Delivered
		return
	}
	settle(end, wire, err, address)
}

// chat posts by the API. The answer holds the place of the message.
func (s *Sender) chat(ctx context.Context, d notifier.Delivery, body slack.WebhookMessage, end *notifier.Settled) {
	token, err := s.settings.Token.Read()
	if err != nil {
		end.Outcome, end.Error = notifier.Refused, "slack token: "+err.Error()
		return
	}
	wire := &attempt.Wire{Base: s.base}
	api := slack.New(token, slack.OptionHTTPClient(client(wire)), slack.OptionAPIURL(s.settings.APIURL))
	channel, ts, err := api.PostMessageContext(ctx, s.settings.Channel, s.options(d, body)...)
	switch {
	case err != nil:
		settle(end, wire, err, token)
	case ts == "":
		end.Outcome, end.Error = notifier.Unknown, "slack: the answer has no ts"
	default:
		end.Outcome, end.Handle = notifier.Delivered, channel+":"+ts
	}
}

func (s *Sender) options(d notifier.Delivery, body slack.WebhookMessage) []slack.MsgOption {
	options := []slack.MsgOption{
		slack.MsgOptionText(body.Text, false),
		slack.MsgOptionAttachments(body.Attachments...),
		slack.MsgOptionDisableLinkUnfurl(),
		slack.MsgOptionDisableMediaUnfurl(),
		slack.MsgOptionMetadata(slack.SlackMetadata{
			EventType: "tocsin_delivery", EventPayload: map[string]any{"id": d.ID},
		}),
	}
	if body.Username != "" {
		options = append(options, slack.MsgOptionUsername(body.Username))
	}
	if body.IconEmoji != "" {
		options = append(options, slack.MsgOptionIconEmoji(body.IconEmoji))
	}
	if body.IconURL != "" {
		options = append(options, slack.MsgOptionIconURL(body.IconURL))
	}
	return options
}

// client makes one request. Redirects are not followed: Slack has none, and a
// secret should not travel.
func client(wire *attempt.Wire) *http.Client {
	return &http.Client{
		Transport:     wire,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
