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
	return complete(s, m, show(s.Parts, m))
}

// complete is a post or an edit with all its parts. The title is the line of text,
// unless the user has another; where a phone is to show something else than
// people see, it is a block above the bar.
func complete(s Settings, m *message.Message, p shown) slack.WebhookMessage {
	w := writer{m}
	text := title(s, m, w.address("title_link", s.Parts.TitleLink))
	var head []slack.Block
	if p.lead != "" {
		head = sections(p.pretext, text)
	}
	head = append(head, blocks(s, m, p, p.room(text))...)
	out := body(s, strings.TrimSpace(p.pretext+"\n"+text), p.bar(m), head)
	out.Attachments[0].Fallback = p.fallback
	switch {
	case p.lead != "":
		out.Text = p.lead
	case p.fallback != "":
		out.Text, out.Blocks = p.fallback, &slack.Blocks{BlockSet: sections(out.Text)}
	}
	return out
}

// sections are blocks of mark-up, one for each text that is not empty.
func sections(texts ...string) (all []slack.Block) {
	for _, t := range texts {
		if t != "" {
			all = append(all, slack.NewSectionBlock(mrkdwn(t), nil, nil))
		}
	}
	return all
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

func blocks(s Settings, m *message.Message, p shown, r room) []slack.Block {
	said := content(s, m, r)
	p.pin(m, said)
	all := append(marks(m), said...)
	all = append(all, p.fields...)
	all = append(all, p.picture(m)...)
	if len(m.Links) > 0 {
		all = append(all, slack.NewSectionBlock(mrkdwn(links(m.Links)), nil, nil))
	}
	all = append(all, heldBy(m)...)
	all = append(all, buttons(s, m, p.buttons)...)
	below := []slack.MixedElement{mrkdwn(footer(m))}
	if p.footer != "" {
		below = append([]slack.MixedElement{mrkdwn(p.footer)}, below...)
	}
	return append(all, slack.NewContextBlock("", below...))
}

func marks(m *message.Message) []slack.Block {
	var all []slack.Block
	for _, mark := range m.Marks[:min(len(m.Marks), 3)] {
		all = append(all, slack.NewSectionBlock(plain("⚠️ "+mark, 300), nil, nil))
	}
	return all
}

// content is the user's text, or our list of alerts.
func content(s Settings, m *message.Message, r room) []slack.Block {
	if s.Text == "" {
		return list(m, r)
	}
	text, err := m.Text(s.Text, Escape)
	if err != nil {
		m.Errors = append(m.Errors, fmt.Errorf("slack text: %w", err))
		return list(m, r)
	}
	var all []slack.Block
	for _, part := range split(message.CleanLines(text), mostSection, r.units) {
		all = append(all, slack.NewSectionBlock(mrkdwn(part), nil, nil))
	}
	return all
}

// title is the first line of a message. It leads to an address if there is one.
func title(s Settings, m *message.Message, address string) string {
	if text, ok := custom(s, m); ok {
		return linked(text, address)
	}
	state, rest, _ := strings.Cut(m.Title(), " ")
	name, tail, _ := strings.Cut(rest, ": ")
	return headline(emojiOf(m), state, linked(bold(name, 200), address), tail)
}

// linked makes a link of finished mark-up. What holds a link, a mention or other
// mark-up inside can't be one: the link comes after it.
func linked(text, address string) string {
	if address == "" {
		return text
	}
	name := strings.Trim(text, "*`")
	out := link(message.Link{Name: name, URL: address})
	switch {
	case name == "" || strings.ContainsAny(name, "<\n*`"):
		out = text + " " + link(message.Link{Name: "open", URL: address})
	case strings.HasPrefix(text, "*") && strings.HasSuffix(text, "*"):
		out = "*" + out + "*"
	}
	if units(out) > mostLinked && units(out) > units(text) {
		return text
	}
	return out
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

// headline says the state and the rest; name is finished mark-up.
func headline(emoji, state, name, rest string) string {
	text := emoji + " *" + state + "* " + name
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
func list(m *message.Message, r room) []slack.Block {
	if len(m.Digest) > 0 {
		return digest(m, r.units)
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
		if used += units(text); len(all) > 0 && (used > r.units || len(all) >= r.blocks) {
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
