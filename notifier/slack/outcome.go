package slack

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/slack-go/slack"

	"tocsin/notifier"
	"tocsin/notifier/attempt"
	"tocsin/notifier/message"
)

// settle writes down how an attempt that failed ended.
func settle(end *notifier.Settled, wire *attempt.Wire, err error, secret string) {
	var said slack.SlackErrorResponse
	switch status := wire.Status(); {
	case status == 0:
		end.Outcome = attempt.Failed(wire.Began())
		end.Error = "slack: " + attempt.Cause(err, secret)
	case status != http.StatusOK:
		end.Outcome = attempt.Of(status)
		if end.Outcome == notifier.Delivered { // 2xx, but not Slack's 200
			end.Outcome = notifier.Unknown
		}
		end.RetryAfter = attempt.RetryAfter(wire.Header())
		end.Error = fmt.Sprintf("slack: answered %d %s", status, attempt.Redact(message.Cut(message.Clean(wire.Excerpt()), 200), secret))
	case errors.As(err, &said):
		end.Outcome = verdict(said.Err)
		end.RetryAfter = attempt.RetryAfter(wire.Header())
		end.Error = "slack: " + attempt.Redact(reason(said), secret)
	default:
		end.Outcome = notifier.Unknown
		end.Error = "slack: answered 200, but not as Slack does: " + attempt.Cause(err, secret)
	}
	end.Error = strings.TrimSpace(end.Error)
}

// verdict says what an error of Slack's API means. Of the first two Slack says
// that part of the work may be done.
func verdict(code string) notifier.Outcome {
	switch code {
	case "internal_error", "fatal_error":
		return notifier.Unknown
	case "ratelimited", "rate_limited", "service_unavailable", "request_timeout", "team_added_to_org":
		return notifier.Refused
	}
	return notifier.Rejected
}

// gone reports that Slack knows no such message, or lets nobody change it.
func gone(err error) bool {
	var said slack.SlackErrorResponse
	if !errors.As(err, &said) {
		return false
	}
	switch said.Err {
	case "message_not_found", "cant_update_message", "edit_window_closed",
		"thread_not_found", "invalid_thread_ts", "invalid_ts", "cannot_reply_to_message":
		return true
	}
	return false
}

func reason(said slack.SlackErrorResponse) string {
	text := said.Err
	if said.Needed != "" {
		text += " (needs " + said.Needed + ")"
	}
	if len(said.ResponseMetadata.Messages) > 0 {
		text += ": " + strings.Join(said.ResponseMetadata.Messages, "; ")
	}
	return message.Cut(message.Clean(text), 500)
}
