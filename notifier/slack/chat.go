package slack

import (
	"context"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"tocsin/notifier"
	"tocsin/notifier/attempt"
	"tocsin/notifier/message"
)

// A place is where a message is: the id of its channel and its time stamp there.
type place struct{ channel, ts string }

func (p place) handle() string { return p.channel + ":" + p.ts }

// placeOf reads a handle.
func placeOf(handle string) (place, bool) {
	channel, ts, ok := strings.Cut(handle, ":")
	return place{channel, ts}, ok && channel != "" && ts != ""
}

// permalinkBudget is how long Slack may take to say where a message is.
const permalinkBudget = 2 * time.Second

// A call is one attempt by the API.
type call struct {
	*Sender
	settings Settings
	token    string
	wire     *attempt.Wire // of the request that has the effect
}

// chat does by the API what the delivery is for. The answer holds the place of
// the message.
func (s *Sender) chat(ctx context.Context, d notifier.Delivery, m *message.Message, end *notifier.Settled) {
	token, err := s.settings.Token.Read()
	if err != nil {
		end.Outcome, end.Error = notifier.Refused, "slack token: "+err.Error()
		return
	}
	root, ok := placeOf(d.Root)
	if !ok && d.Effect != notifier.Post {
		end.Outcome, end.Gone, end.Error = notifier.Rejected, true, "slack: no message is there to change or answer"
		return
	}
	noted := len(m.Errors)
	c := &call{s, s.settings, token, &attempt.Wire{Base: s.base}}
	at, err := c.effect(ctx, d, m, root)
	if imageRefused(s.settings, d, c.wire, err) {
		c.settings, c.wire = plainer(s.settings), &attempt.Wire{Base: s.base}
		m.Errors = m.Errors[:noted]
		at, err = c.effect(ctx, d, m, root)
		m.Errors = append(m.Errors, errNoImage)
	}
	switch {
	case err != nil:
		settle(end, c.wire, err, token)
		end.Gone = end.Outcome == notifier.Rejected && d.Effect != notifier.Post && gone(err)
	case at.ts == "":
		end.Outcome, end.Error = notifier.Unknown, "slack: the answer has no ts"
	default:
		end.Outcome, end.Handle = notifier.Delivered, at.handle()
		end.Error = c.chart(ctx, d, m, at)
	}
}

// effect makes the one request that counts.
func (c *call) effect(ctx context.Context, d notifier.Delivery, m *message.Message, root place) (place, error) {
	switch d.Effect {
	case notifier.Edit:
		return c.update(ctx, root, d, Build(c.settings, m))
	case notifier.Moved:
		return c.update(ctx, root, d, moved(c.settings, m, c.permalink(ctx, d.Next)))
	case notifier.Reply:
		return c.post(ctx, root.channel, d, Build(c.settings, m), slack.MsgOptionTS(root.ts))
	case notifier.Broadcast:
		return c.post(ctx, root.channel, d, Build(c.settings, m), slack.MsgOptionTS(root.ts), slack.MsgOptionBroadcast())
	case notifier.Post:
	}
	return c.post(ctx, c.settings.Channel, d, Build(c.settings, m))
}

func (c *call) api(wire *attempt.Wire) *slack.Client {
	return slack.New(c.token, slack.OptionHTTPClient(client(wire)), slack.OptionAPIURL(c.settings.APIURL))
}

func (c *call) post(ctx context.Context, channel string, d notifier.Delivery, body slack.WebhookMessage, more ...slack.MsgOption) (place, error) {
	options := append(says(d, body), slack.MsgOptionDisableLinkUnfurl(), slack.MsgOptionDisableMediaUnfurl())
	options = append(options, looks(body)...)
	if body.Blocks != nil {
		options = append(options, blocksOf(body))
	}
	channel, ts, err := c.api(c.wire).PostMessageContext(ctx, channel, append(options, more...)...)
	return place{channel, ts}, err
}

// update changes a message. How its sender looks can't be changed.
func (c *call) update(ctx context.Context, at place, d notifier.Delivery, body slack.WebhookMessage) (place, error) {
	channel, ts, _, err := c.api(c.wire).UpdateMessageContext(ctx, at.channel, at.ts, append(says(d, body), blocksOf(body))...)
	if channel == "" {
		channel = at.channel
	}
	return place{channel, ts}, err
}

// permalink is the address of a message: as Slack says it, or as it has always
// been.
func (c *call) permalink(ctx context.Context, handle string) string {
	at, ok := placeOf(handle)
	if !ok {
		return ""
	}
	ctx, cancel := context.WithTimeout(ctx, permalinkBudget)
	defer cancel()
	address, err := c.api(&attempt.Wire{Base: c.base}).GetPermalinkContext(ctx, &slack.PermalinkParameters{Channel: at.channel, Ts: at.ts})
	if _, ok := message.Web(address); err != nil || !ok {
		return "https://slack.com/archives/" + at.channel + "/p" + strings.ReplaceAll(at.ts, ".", "")
	}
	return address
}

// says is what a message says, posted or changed.
func says(d notifier.Delivery, body slack.WebhookMessage) []slack.MsgOption {
	return []slack.MsgOption{
		slack.MsgOptionText(body.Text, false),
		slack.MsgOptionAttachments(body.Attachments...),
		slack.MsgOptionMetadata(slack.SlackMetadata{
			EventType: "tocsin_delivery", EventPayload: map[string]any{"id": d.ID},
		}),
	}
}

// blocksOf are the blocks above the bar: none takes away those that are there.
func blocksOf(body slack.WebhookMessage) slack.MsgOption {
	if body.Blocks == nil {
		return slack.MsgOptionBlocks()
	}
	return slack.MsgOptionBlocks(body.Blocks.BlockSet...)
}

// looks is who a message seems to come from.
func looks(body slack.WebhookMessage) (options []slack.MsgOption) {
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
