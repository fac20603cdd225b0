package slack

import (
	"github.com/prometheus/common/config"

	"tocsin/notifier/attempt"
)

// Settings are those of one Slack integration: an incoming webhook, or a bot's
// token and a channel.
type Settings struct {
	WebhookURL attempt.Secret
	Token      attempt.Secret
	// APIURL is the base of Slack's API; empty: https://slack.com/api/.
	APIURL  string
	Channel string

	// Title and Text are templates that replace our first line and our list of
	// alerts; they may hold Slack's mark-up. Empty: ours.
	Title string
	Text  string

	Username  string
	IconEmoji string
	IconURL   string

	HTTPConfig *config.HTTPClientConfig // nil: the defaults
}
