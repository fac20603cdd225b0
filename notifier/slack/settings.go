package slack

import (
	"context"

	"github.com/prometheus/common/config"

	"tocsin/notifier/attempt"
	"tocsin/notifier/message"
)

// A Chart draws a message's alert as a PNG and says in words what is to be seen;
// ok is false where there is nothing to draw.
type Chart func(ctx context.Context, m *message.Message) (png []byte, alt string, ok bool)

// Settings are those of one Slack integration: an incoming webhook, or a bot's
// token and a channel.
type Settings struct {
	WebhookURL attempt.Secret
	Token      attempt.Secret
	// AppToken is the app-level token with which the presses of buttons are heard;
	// without it there are no buttons. See Listener.
	AppToken attempt.Secret
	// APIURL is the base of Slack's API; empty: https://slack.com/api/.
	APIURL  string
	Channel string

	// Title and Text are templates that replace our first line and our list of
	// alerts; they may hold Slack's mark-up. Empty: ours.
	Title string
	Text  string
	Parts Parts

	Username  string
	IconEmoji string
	IconURL   string

	// Chart draws what a message is about, for the thread below it; nil: nobody
	// does.
	Chart Chart

	HTTPConfig *config.HTTPClientConfig // nil: the defaults
}
