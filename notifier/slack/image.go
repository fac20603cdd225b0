package slack

import (
	"errors"
	"net/http"
	"strings"

	"github.com/slack-go/slack"

	"tocsin/notifier"
	"tocsin/notifier/attempt"
)

// errNoImage is noted with a message that is shown without its images.
var errNoImage = errors.New("slack: refused the message with its image, which it may not be able to fetch; shown without")

// plainer are settings without images.
func plainer(s Settings) Settings {
	s.Parts.ImageURL, s.Parts.ThumbURL = "", ""
	return s
}

// imageRefused reports that Slack refused a message's blocks, of which images may
// be some: it refuses a message whose image it can't fetch. Nothing was taken, so
// that the message may be sent without them in the same attempt.
func imageRefused(s Settings, d notifier.Delivery, wire *attempt.Wire, err error) bool {
	if s.Parts.ImageURL == "" && s.Parts.ThumbURL == "" || err == nil || d.Effect != notifier.Post && d.Effect != notifier.Edit {
		return false
	}
	var said slack.SlackErrorResponse
	code := wire.Excerpt()
	if errors.As(err, &said) {
		code = said.Err
	} else if wire.Status() != http.StatusBadRequest {
		return false
	}
	return strings.HasPrefix(code, "invalid_blocks") || strings.HasPrefix(code, "invalid_attachments")
}
