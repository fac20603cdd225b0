package slack

import (
	"fmt"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/slack-go/slack"

	"tocsin/notifier"
	"tocsin/notifier/message"
	"tocsin/rules"
)

// Bounds of a body. Slack's own are 50 blocks, 3000 characters a section and
// about 13,000 characters in all blocks; the rest of them is left for what is
// around the alerts.
const (
	mostItems   = 40   // alerts that are rendered at all: 40 blocks, beside at most 7 others
	fewItems    = 5    // up to so many are told with their summaries
	mostText    = 9000 // characters of alerts
	mostSection = 3000 // characters of one section
	mostLabels  = 12   // of one alert
)

// Build makes the body of a message: a line of text, which is also what a phone
// shows, and the facts in blocks beside a bar in the colour of the level. An
// answer in a thread is short.
func Build(s Settings, m *message.Message) slack.WebhookMessage {
	switch m.Effect {
	case notifier.Reply, notifier.Broadcast:
		return body(s, replyTitle(s, m), color(m.NewsLevel()), reply(m))
	case notifier.Post, notifier.Edit, notifier.Moved:
	}
	return body(s, title(s, m), colorOf(m), blocks(s, m))
}

func body(s Settings, text, color string, blocks []slack.Block) slack.WebhookMessage {
	off := false
	return slack.WebhookMessage{
		Username: s.Username, IconEmoji: s.IconEmoji, IconURL: s.IconURL, Channel: s.Channel,
		Text: text,
		Attachments: []slack.Attachment{{
			Color:  color,
			Blocks: slack.Blocks{BlockSet: blocks},
		}},
		UnfurlLinks: &off, UnfurlMedia: &off,
	}
}

func blocks(s Settings, m *message.Message) []slack.Block {
	all := append(marks(m), content(s, m)...)
	if len(m.Links) > 0 {
		all = append(all, slack.NewSectionBlock(mrkdwn(links(m.Links)), nil, nil))
	}
	all = append(all, heldBy(m)...)
	all = append(all, buttons(s, m)...)
	return append(all, slack.NewContextBlock("", mrkdwn(footer(m))))
}

func marks(m *message.Message) []slack.Block {
	var all []slack.Block
	for _, mark := range m.Marks[:min(len(m.Marks), 3)] {
		all = append(all, slack.NewSectionBlock(plain("⚠️ "+mark, 300), nil, nil))
	}
	return all
}

// content is the user's text, or our list of alerts.
func content(s Settings, m *message.Message) []slack.Block {
	if s.Text == "" {
		return list(m)
	}
	text, err := m.Text(s.Text, Escape)
	if err != nil {
		m.Errors = append(m.Errors, fmt.Errorf("slack text: %w", err))
		return list(m)
	}
	var all []slack.Block
	for _, part := range split(message.CleanLines(text), mostSection, mostText) {
		all = append(all, slack.NewSectionBlock(mrkdwn(part), nil, nil))
	}
	return all
}

func title(s Settings, m *message.Message) string {
	if text, ok := custom(s, m); ok {
		return text
	}
	state, rest, _ := strings.Cut(m.Title(), " ")
	name, tail, _ := strings.Cut(rest, ": ")
	return headline(emojiOf(m), state, name, tail)
}

// emojiOf is that of the message's level; what is told elsewhere is neither good nor bad.
func emojiOf(m *message.Message) string {
	if m.Rerouted() {
		return "⚪"
	}
	return emoji(m.Level)
}

// custom is the title that the user's template makes, if there is one.
func custom(s Settings, m *message.Message) (string, bool) {
	if s.Title == "" {
		return "", false
	}
	text, err := m.Text(s.Title, Escape)
	if err != nil {
		m.Errors = append(m.Errors, fmt.Errorf("slack title: %w", err))
	}
	if err != nil || strings.TrimSpace(text) == "" {
		return "", false
	}
	return split(message.Clean(text), 1000, 1000)[0], true
}

func headline(emoji, state, name, rest string) string {
	text := emoji + " *" + state + "* " + bold(name, 200)
	if rest == "" {
		return text
	}
	return text + ": " + inert(rest, 200)
}

func colorOf(m *message.Message) string {
	if m.Rerouted() {
		return grey
	}
	return color(m.Level)
}

// grey is for what has gone elsewhere.
const grey = "#98a2b3"

func color(l rules.Level) string {
	switch l {
	case rules.Error:
		return "#d92d20"
	case rules.Warn:
		return "#f79009"
	case rules.OK:
	}
	return "#12b76a"
}

func emoji(l rules.Level) string {
	switch l {
	case rules.Error:
		return "🔴"
	case rules.Warn:
		return "🟠"
	case rules.OK:
	}
	return "🟢"
}

// list says the alerts, worst first, until the room is used up, and how many
// are left.
func list(m *message.Message) []slack.Block {
	if len(m.Digest) > 0 {
		return digest(m)
	}
	if one, ok := m.Single(); ok {
		one.What = m.Why()
		if len(m.Held) == 1 {
			one.Held = ""
		}
		return whole(one)
	}
	var all []slack.Block
	used := 0
	few := m.Counts.Total() <= fewItems
	for _, i := range m.Items {
		if len(m.Held) == 1 { // said once for all
			i.Held = ""
		}
		text := line(i, few)
		if used += units(text); used > mostText && len(all) > 0 {
			break
		}
		all = append(all, slack.NewSectionBlock(mrkdwn(text), nil, nil))
	}
	return append(all, more(m, m.Counts.Total()-len(all))...)
}

// more says how many are not shown, with the way to them.
func more(m *message.Message, left int) []slack.Block {
	if left <= 0 {
		return nil
	}
	text := fmt.Sprintf("… and %d more", left)
	if address, ok := message.Web(m.Home); ok {
		text = link(message.Link{Name: text, URL: address})
	}
	return []slack.Block{slack.NewSectionBlock(mrkdwn(text), nil, nil)}
}

// whole says all that is known of the only alert; level and name are in the
// title.
func whole(i message.Item) []slack.Block {
	var all []slack.Block
	if i.Summary != "" {
		all = append(all, slack.NewSectionBlock(plain(i.Summary, 600), nil, nil))
	}
	all = append(all, slack.NewSectionBlock(mrkdwn(facts(i)), nil, nil))
	if i.Description != "" && i.Description != i.Summary {
		all = append(all, slack.NewContextBlock("", plain(i.Description, 800)))
	}
	return all
}

// facts are the value, what is new, since when, and what holds it.
func facts(i message.Item) string {
	var parts []string
	if i.Versus != "" {
		parts = append(parts, code(i.Versus, 150))
	}
	for _, text := range []string{i.What, i.Since, i.Held} {
		if text != "" {
			parts = append(parts, inert(text, 150))
		}
	}
	return strings.Join(parts, " · ")
}

// line is one alert of several, in one block: with its summary if they are few,
// in as few lines as possible if they are many.
func line(i message.Item, few bool) string {
	text := emoji(i.Level) + " *" + i.State() + "* "
	if i.Own.Has(model.AlertNameLabel) { // the alerts are of several rules
		text += bold(i.Name, 100) + " "
	}
	text += facts(i)
	gap := " "
	if few {
		gap = "\n"
		if i.Summary != "" {
			text += gap + inert(i.Summary, 500)
		}
	}
	if ls := tags(i.Own); ls != "" {
		text += gap + ls
	}
	if ls := links(i.Links); ls != "" && units(text)+units(ls) < mostSection-10 {
		text += " · " + ls
	}
	return text
}

// tags writes labels as code spans, each cut, and says how many are left out.
func tags(ls labels.Labels) string { return firstTags(ls, mostLabels) }

// firstTags are at most so many of them.
func firstTags(ls labels.Labels, most int) string {
	var parts []string
	ls.Range(func(l labels.Label) {
		if l.Name != model.AlertNameLabel && len(parts) < most {
			parts = append(parts, code(l.Name+"="+l.Value, 80))
		}
	})
	if left := ls.Len() - most; left > 0 && len(parts) == most {
		parts = append(parts, fmt.Sprintf("… %d more", left))
	}
	return strings.Join(parts, " ")
}

// footer says why the message was sent, what all its alerts share, and to whom
// it goes.
func footer(m *message.Message) string {
	var parts []string
	if _, only := m.Single(); !only && m.Effect != notifier.Edit {
		parts = append(parts, inert(m.Why(), 200))
	}
	if ls := tags(m.Common); ls != "" {
		parts = append(parts, ls)
	}
	if len(m.Items) > 0 && m.Items[0].Source != "" {
		parts = append(parts, "source "+inert(m.Items[0].Source, 60))
	}
	if m.Receiver != "" {
		parts = append(parts, "to "+inert(m.Receiver, 60))
	}
	at := m.At.Format("15:04:05 UTC")
	if m.Effect == notifier.Edit {
		at = "updated " + at
		if m.Level == rules.OK && m.Worst == rules.Error {
			parts = append(parts, "was "+m.Worst.String())
		}
	}
	parts = append(parts, at)
	return strings.Join(parts, " · ")
}
