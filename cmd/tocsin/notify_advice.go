package main

import (
	"strings"

	"tocsin/notifier"
)

// advice says what to do about an attempt that failed.
func advice(s notifier.Settled) string {
	text := strings.ToLower(s.Error)
	for _, a := range advices() {
		for _, sign := range a.signs {
			if strings.Contains(text, sign) {
				return a.do
			}
		}
	}
	switch s.Outcome {
	case notifier.Delivered:
		return "it has arrived; mend what the line above says"
	case notifier.Refused:
		return "the daemon would try this again; if it goes on, ask who runs the service"
	case notifier.Rejected:
		return "the daemon would not try this again: the address, the credentials or the content is wrong"
	case notifier.Unknown:
	}
	return "it may have arrived or not: look there; the daemon would repeat it under the same id"
}

// Signs are parts of an error, in lower case; the first that is found decides.
type signs struct {
	signs []string
	do    string
}

func advices() []signs {
	return []signs{
		{[]string{"template"}, "mend the template: `tocsin check` shows where it fails; people get tocsin's own text meanwhile"},
		{[]string{"is empty", "secret:"}, "the file of the secret must be there, readable and not empty"},
		{[]string{"not_in_channel", "channel_not_found"}, "invite the bot to the channel (/invite @its-name), and look whether the name is right; private channels need their id"},
		{[]string{"missing_scope", "not_allowed_token_type"}, "the bot needs the scopes chat:write and chat:write.public: add them in Slack's app settings and install the app anew"},
		{[]string{"invalid_auth", "token_revoked", "token_expired", "account_inactive", "not_authed"}, "the token is wrong or was revoked: take the bot token (xoxb-…) from Slack's app settings"},
		{[]string{"no_service", "no_team", "invalid_token", "action_prohibited"}, "the incoming webhook is gone or may not post there: make a new one in Slack's app settings"},
		{[]string{"no such host", "server misbehaving"}, "the name does not resolve from here: look at its spelling and at DNS"},
		{[]string{"connection refused", "no route to host", "network is unreachable"}, "nobody listens at that address, or a firewall is between: look at host and port"},
		{[]string{"x509", "certificate", "tls:"}, "the certificate does not hold: give its authority with tls_config: {ca_file: …}, or look whether the port speaks TLS"},
		{[]string{"starttls"}, "the server offers no STARTTLS: use its port for TLS (465), or say require_tls: false if the way there is safe"},
		{[]string{"535", "534", "authentication", "auth"}, "the server takes neither name nor password: look at auth_username and auth_password; some providers want an app password"},
		{[]string{"relay", "sender address rejected", "550", "553", "554"}, "the mail server takes no mail from this sender, or none for a recipient: look at from and to"},
		{[]string{"deadline", "timeout", "timed out"}, "no answer in time: look whether the address can be reached from here, and at proxies and firewalls"},
		{[]string{"404", "410"}, "the address is not there: look at its path"},
		{[]string{"401", "403"}, "the service wants credentials or refuses these: look at http_config, the token or the secret"},
		{[]string{"429", "rate limit", "ratelimited", "rate_limited"}, "the service wants fewer messages: wait, and see rate_limit"},
	}
}
