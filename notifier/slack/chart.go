package slack

import (
	"bytes"
	"context"
	"errors"
	"time"

	"github.com/slack-go/slack"

	"tocsin/notifier"
	"tocsin/notifier/attempt"
	"tocsin/notifier/message"
	"tocsin/rules"
)

// A chart has so long, and leaves a second of the attempt's time: what is
// delivered must be said before the planner stops waiting for it.
const (
	chartBudget = 2 * time.Second
	chartMargin = time.Second
)

// longestAlt bounds the words that stand for a chart.
const longestAlt = 1000

// chart puts the picture of what was just told into the thread. It comes after
// the message and changes nothing about it: what goes wrong is a note.
func (c *call) chart(ctx context.Context, d notifier.Delivery, m *message.Message, at place) string {
	if c.settings.Chart == nil || c.noFiles.Load() || !charted(d) {
		return ""
	}
	left := chartTime(ctx)
	if left <= 0 {
		return "chart: no time left"
	}
	ctx, cancel := context.WithTimeout(ctx, left)
	defer cancel()
	png, alt, ok := c.settings.Chart(ctx, m)
	if !ok || len(png) == 0 {
		return ""
	}
	if root, ok := placeOf(d.Root); ok {
		at = root
	}
	if err := c.upload(ctx, at, png, message.Cut(message.Clean(alt), longestAlt)); err != nil {
		return c.uncharted(err)
	}
	return ""
}

// charted reports whether a delivery gets a chart: a message that begins an
// episode, or says that it got worse.
func charted(d notifier.Delivery) bool {
	worse := d.Effect == notifier.Broadcast && d.Reason == notifier.ReasonRaised
	return d.Level > rules.OK && d.Reason != notifier.ReasonDigest && (d.Effect == notifier.Post || worse)
}

func chartTime(ctx context.Context) time.Duration {
	deadline, ok := ctx.Deadline()
	if !ok {
		return chartBudget
	}
	return min(chartBudget, time.Until(deadline)-chartMargin)
}

func (c *call) upload(ctx context.Context, at place, png []byte, alt string) error {
	api := slack.New(c.token, slack.OptionHTTPClient(client(c.base)), slack.OptionAPIURL(c.settings.APIURL))
	_, err := api.UploadFileContext(ctx, slack.UploadFileParameters{
		Reader: bytes.NewReader(png), FileSize: len(png), Filename: "chart.png", Title: "chart", AltTxt: alt,
		Channel: at.channel, ThreadTimestamp: at.ts,
	})
	return err
}

// uncharted says why there is no chart. Where the token may not upload files,
// it is not tried again.
func (c *call) uncharted(err error) string {
	var said slack.SlackErrorResponse
	if !errors.As(err, &said) {
		return "chart: " + attempt.Cause(err, c.token)
	}
	if said.Err == "missing_scope" || said.Err == "not_allowed_token_type" {
		c.noFiles.Store(true)
	}
	return "chart: " + attempt.Redact(reason(said), c.token)
}
