package page

import (
	"encoding/json"
	"html"
	"html/template"
	"regexp"
	"strings"
)

// slackMessage is the part of a Slack message that the page draws.
type slackMessage struct {
	Text        string       `json:"text"`
	Blocks      []slackBlock `json:"blocks"`
	Attachments []struct {
		Color  string       `json:"color"`
		Text   string       `json:"text"`
		Blocks []slackBlock `json:"blocks"`
	} `json:"attachments"`
}

type slackBlock struct {
	Type     string            `json:"type"`
	Text     slackText         `json:"text"`
	Fields   []slackText       `json:"fields"`
	Elements []json.RawMessage `json:"elements"`
}

type slackText struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

// UnmarshalJSON accepts a text object, and a bare string for what it says.
func (t *slackText) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		return json.Unmarshal(b, &t.Text)
	}
	type plain slackText
	return json.Unmarshal(b, (*plain)(t))
}

// renderSlack draws a message's JSON about as Slack would. What it can't read
// is shown as it is.
func renderSlack(of SlackMessage) template.HTML {
	var m slackMessage
	var b strings.Builder
	if err := json.Unmarshal(of.Payload, &m); err != nil {
		b.WriteString("<pre>" + html.EscapeString(string(of.Payload)) + "</pre>")
		return template.HTML(b.String()) //nolint:gosec // escaped above
	}
	if len(m.Blocks) == 0 && m.Text != "" {
		b.WriteString(`<div class="section">` + mrkdwn(m.Text) + `</div>`)
	}
	writeBlocks(&b, of.TS, m.Blocks)
	for _, a := range m.Attachments {
		b.WriteString(`<div class="attachment" style="border-color:` + safeColor(a.Color) + `">`)
		if len(a.Blocks) == 0 {
			b.WriteString(mrkdwn(a.Text))
		}
		writeBlocks(&b, of.TS, a.Blocks)
		b.WriteString(`</div>`)
	}
	return template.HTML(b.String()) //nolint:gosec // every text went through EscapeString
}

func writeBlocks(b *strings.Builder, ts string, blocks []slackBlock) {
	for _, block := range blocks {
		switch block.Type {
		case "header":
			b.WriteString(`<div class="header">` + html.EscapeString(block.Text.Text) + `</div>`)
		case "divider":
			b.WriteString(`<hr>`)
		case "context":
			b.WriteString(`<div class="context">` + joinElements(block.Elements) + `</div>`)
		case "actions":
			b.WriteString(`<div class="actions">`)
			for _, raw := range block.Elements {
				writeAction(b, ts, raw)
			}
			b.WriteString(`</div>`)
		case "section":
			writeSection(b, block)
		default:
			b.WriteString(`<div class="context">` + html.EscapeString(block.Type) + `</div>`)
		}
	}
}

func writeSection(b *strings.Builder, block slackBlock) {
	if block.Text.Text != "" {
		b.WriteString(`<div class="section">` + block.Text.html() + `</div>`)
	}
	if len(block.Fields) == 0 {
		return
	}
	b.WriteString(`<div class="fields">`)
	for _, f := range block.Fields {
		b.WriteString(`<div>` + f.html() + `</div>`)
	}
	b.WriteString(`</div>`)
}

// writeAction draws a button, and a menu as a row of buttons: who presses one is
// heard as in Slack.
func writeAction(b *strings.Builder, ts string, raw json.RawMessage) {
	var e struct {
		ID      string    `json:"action_id"`
		Text    slackText `json:"text"`
		Hint    slackText `json:"placeholder"`
		Options []struct {
			Text slackText `json:"text"`
		} `json:"options"`
	}
	if json.Unmarshal(raw, &e) != nil {
		return
	}
	if len(e.Options) == 0 {
		writePress(b, ts, e.ID, "", e.Text.Text)
		return
	}
	b.WriteString(`<span>` + html.EscapeString(e.Hint.Text) + `</span>`)
	for _, o := range e.Options {
		writePress(b, ts, e.ID, o.Text.Text, o.Text.Text)
	}
}

func writePress(b *strings.Builder, ts, action, option, label string) {
	b.WriteString(`<form method="post" action="/press">`)
	for _, field := range [][2]string{{"ts", ts}, {"action", action}, {"option", option}} {
		b.WriteString(`<input type="hidden" name="` + field[0] + `" value="` + html.EscapeString(field[1]) + `">`)
	}
	b.WriteString(`<button class="press">` + html.EscapeString(label) + `</button></form>`)
}

func joinElements(raw []json.RawMessage) string {
	var parts []string
	for _, r := range raw {
		var e struct {
			Type string    `json:"type"`
			Text slackText `json:"text"`
			URL  string    `json:"url"`
		}
		if json.Unmarshal(r, &e) != nil {
			continue
		}
		if e.Type == "button" {
			parts = append(parts, `<a class="button" href="`+html.EscapeString(safeURL(e.URL))+`">`+html.EscapeString(e.Text.Text)+`</a>`)
			continue
		}
		parts = append(parts, slackText{e.Type, e.Text.Text}.html())
	}
	return strings.Join(parts, " ")
}

func (t slackText) html() string {
	if t.Type == "plain_text" {
		return strings.ReplaceAll(html.EscapeString(t.Text), "\n", "<br>")
	}
	return mrkdwn(t.Text)
}

var (
	slackLink = regexp.MustCompile(`&lt;(https?://[^|&]*(?:&amp;[^|&]*)*)(?:\|(.*?))?&gt;`)
	slackPre  = regexp.MustCompile("(?s)```(.*?)```")
	slackCode = regexp.MustCompile("`([^`\n]+)`")
	slackBold = regexp.MustCompile(`(^|[\s(>])\*([^*\n]+)\*`)
	slackItal = regexp.MustCompile(`(^|[\s(>])_([^_\n]+)_`)
	slackDel  = regexp.MustCompile(`(^|[\s(>])~([^~\n]+)~`)
)

// mrkdwn turns Slack's mark-up into HTML. Slack's own escapes (&amp; &lt; &gt;)
// are undone first and everything is escaped again, so nothing gets through.
func mrkdwn(s string) string {
	var escaped strings.Builder
	for i := 0; i < len(s); {
		if e := slackEscape(s[i:]); e != "" {
			escaped.WriteString("\x01" + e[1:len(e)-1] + "\x02") // a literal, not mark-up
			i += len(e)
			continue
		}
		escaped.WriteByte(s[i])
		i++
	}
	h := html.EscapeString(escaped.String())
	h = slackLink.ReplaceAllStringFunc(h, linkHTML)
	h = slackPre.ReplaceAllString(h, "<pre>$1</pre>")
	h = slackCode.ReplaceAllString(h, "<code>$1</code>")
	h = slackBold.ReplaceAllString(h, "$1<b>$2</b>")
	h = slackItal.ReplaceAllString(h, "$1<i>$2</i>")
	h = slackDel.ReplaceAllString(h, "$1<s>$2</s>")
	h = strings.NewReplacer("\x01", "&", "\x02", ";", "\n", "<br>").Replace(h)
	return h
}

func slackEscape(s string) string {
	for _, e := range []string{"&amp;", "&lt;", "&gt;"} {
		if strings.HasPrefix(s, e) {
			return e
		}
	}
	return ""
}

func linkHTML(m string) string {
	parts := slackLink.FindStringSubmatch(m)
	text := parts[2]
	if text == "" {
		text = parts[1]
	}
	return `<a href="` + parts[1] + `">` + text + `</a>`
}

var hexColor = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)

func safeColor(c string) string {
	if hexColor.MatchString(c) {
		return c
	}
	return "#999999"
}

func safeURL(u string) string {
	if strings.HasPrefix(u, "https://") || strings.HasPrefix(u, "http://") {
		return u
	}
	return "#"
}
