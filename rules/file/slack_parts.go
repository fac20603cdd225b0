package file

import (
	"net/url"
	"strings"

	"gopkg.in/yaml.v3"
)

// SlackParts are what a message shows besides title and text. All are templates.
type SlackParts struct {
	Color, TitleLink, Pretext, MessageText, Fallback, Footer string
	ImageURL, ThumbURL                                       string

	Fields  []SlackField
	Actions []SlackAction
}

// A SlackField is a name and a text.
type SlackField struct {
	Title, Value string
	Short        bool
}

// A SlackAction is a button that opens an address.
type SlackAction struct{ Text, URL, Style string }

// rawParts are SlackParts as written.
type rawParts struct {
	color, titleLink, pretext, message, fallback, footer text
	image, thumb                                         text

	fields      []rawField
	shortFields flag
	actions     []rawAction

	callback  text
	linkNames flag
	mrkdwnIn  []text
}

type rawField struct {
	title, value text
	short        flag
}

type rawAction struct {
	kind, text, url, style text
	name, value            text // of a button that somebody answers
}

// slackField appends a field.
func (d *doc) slackField(n *yaml.Node, to []rawField) []rawField {
	f, at := rawField{}, d.at(n)
	d.object(n, "Slack field", fields{
		"title": d.text(&f.title),
		"value": d.text(&f.value),
		"short": d.flag(&f.short),
	})
	if n.Kind != yaml.MappingNode {
		return to
	}
	at.needs("a field", "title", f.title)
	at.needs("a field", "value", f.value)
	return append(to, f)
}

// slackAction appends a button. Those that have no address are for somebody who
// answers them, and nobody does.
func (d *doc) slackAction(n *yaml.Node, to []rawAction) []rawAction {
	a, at := rawAction{}, d.at(n)
	d.object(n, "Slack action", fields{
		"type":    d.text(&a.kind),
		"text":    d.text(&a.text),
		"url":     d.text(&a.url),
		"style":   d.text(&a.style),
		"name":    d.text(&a.name),
		"value":   d.text(&a.value),
		"confirm": d.slackConfirm,
	})
	if n.Kind != yaml.MappingNode {
		return to
	}
	at.needs("an action", "type", a.kind)
	at.needs("an action", "text", a.text)
	a.doubtful()
	switch {
	case a.url.s != "":
		return append(to, a)
	case a.name.s == "":
		at.bad(CodeMissing, "an action needs url, or name").Hint = "url: https://… makes a button that opens it"
	default:
		at.warn(CodeNoEffect, "nobody answers a button without url, and it is not shown").
			Hint = "app_level_token gives messages buttons to acknowledge and silence"
	}
	return to
}

// slackConfirm reads what somebody is asked who presses a button.
func (d *doc) slackConfirm(n *yaml.Node) {
	var ask struct{ text, title, ok, dismiss text }
	d.object(n, "Slack confirmation", fields{
		"text":         d.text(&ask.text),
		"title":        d.text(&ask.title),
		"ok_text":      d.text(&ask.ok),
		"dismiss_text": d.text(&ask.dismiss),
	})
	if n.Kind == yaml.MappingNode {
		d.at(n).needs("a confirmation", "text", ask.text)
	}
}

// needs reports a key that is not there, or empty.
func (p pos) needs(what, key string, t text) {
	if t.s == "" {
		p.bad(CodeMissing, "%s needs %s", what, key)
	}
}

// doubtful warns of what is written and means nothing.
func (a rawAction) doubtful() {
	if a.kind.fixed() && a.kind.s != "button" {
		a.kind.warn(CodeNoEffect, "%q is shown as a button: there is no other action", short(a.kind.s)).Hint = "type: button"
	}
	switch {
	case !a.style.fixed(), a.style.s == "default", a.style.s == "primary", a.style.s == "danger":
	default:
		a.style.warn(CodeNoEffect, "%q is no style of a button", short(a.style.s)).Hint = "default, primary (green) or danger (red)"
	}
	a.url.link("the button is not shown")
}

// fixed reports a text that is there and no template.
func (t text) fixed() bool { return t.s != "" && !strings.Contains(t.s, "{{") }

// link warns of an address that is none.
func (t text) link(so string) {
	if t.fixed() && !webAddress(t.s) {
		t.warn(CodeNoEffect, "not an absolute http or https URL: %s", so)
	}
}

func webAddress(s string) bool {
	u, err := url.Parse(strings.TrimSpace(s))
	return err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https")
}

// doubtful warns of what is written and changes nothing.
func (p *rawParts) doubtful() {
	if p.color.fixed() && !colour(p.color.s) {
		p.color.warn(CodeNoEffect, "%q is no colour: the bar has that of the level", short(p.color.s)).
			Hint = "good, warning, danger or six digits as in '#439FE0'"
	}
	p.titleLink.link("the title is no link")
	p.image.link("there is no image")
	p.thumb.link("there is no image")
	if p.callback.s != "" {
		p.callback.warn(CodeNoEffect, "callback_id is for buttons that somebody answers, and there are none")
	}
	if p.linkNames.b {
		p.linkNames.warn(CodeNoEffect, "names are not made mentions").Hint = "write <!here>, <!subteam^ID> or <@ID> into a text"
	}
	if len(p.mrkdwnIn) > 0 {
		p.mrkdwnIn[0].warn(CodeNoEffect, "mark-up is read in all texts, whatever mrkdwn_in says")
	}
}

// colour reports whether Slack has such a colour.
func colour(s string) bool {
	s = strings.ToLower(strings.TrimSpace(s))
	if s == "good" || s == "warning" || s == "danger" {
		return true
	}
	s = strings.TrimPrefix(s, "#")
	return (len(s) == 3 || len(s) == 6) && strings.Trim(s, "0123456789abcdef") == ""
}

func (p *rawParts) build() SlackParts {
	out := SlackParts{
		Color: p.color.s, TitleLink: p.titleLink.s, Pretext: p.pretext.s, MessageText: p.message.s,
		Fallback: p.fallback.s, Footer: p.footer.s, ImageURL: p.image.s, ThumbURL: p.thumb.s,
	}
	if p.color.fixed() && !colour(p.color.s) {
		out.Color = ""
	}
	for _, f := range p.fields {
		out.Fields = append(out.Fields, SlackField{f.title.s, f.value.s, f.short.or(p.shortFields.b)})
	}
	for _, a := range p.actions {
		out.Actions = append(out.Actions, SlackAction{a.text.s, a.url.s, a.style.s})
	}
	return out
}

// templates are all texts of a receiver with their uses. A part is named by its
// key, as its sender names it.
func (s *rawSlack) templates() []Text {
	p := &s.parts
	all := []Text{
		{Use: SlackTitle, at: s.title},
		{Use: SlackText, at: s.text},
		{Use: SlackColor, Name: "color", at: p.color},
		{Use: SlackLink, Name: "title_link", at: p.titleLink},
		{Use: SlackPart, Name: "pretext", at: p.pretext},
		{Use: SlackPart, Name: "message_text", at: p.message},
		{Use: SlackPart, Name: "fallback", at: p.fallback},
	}
	for _, f := range p.fields {
		all = append(all, Text{Use: SlackPart, Name: "field title", at: f.title}, Text{Use: SlackPart, Name: "field value", at: f.value})
	}
	all = append(all,
		Text{Use: SlackPart, Name: "footer", at: p.footer},
		Text{Use: SlackLink, Name: "image_url", at: p.image},
		Text{Use: SlackLink, Name: "thumb_url", at: p.thumb})
	for _, a := range p.actions {
		all = append(all,
			Text{Use: SlackPart, Name: "action text", at: a.text},
			Text{Use: SlackLink, Name: "action url", at: a.url},
			Text{Use: SlackPart, Name: "action style", at: a.style})
	}
	return all
}
