package file

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"tocsin/rules"
)

// A Use says where a template of the user's is put.
type Use uint8

// The uses.
const (
	OtherText Use = iota
	AnnotationText
	SlackTitle
	SlackText
	SlackPart  // named by its key
	SlackLink  // likewise
	SlackColor // likewise
	MailText
	MailHTML
	MailHeader
	RouteLabel
	WebhookPayload // a word of it
	RequestText    // of a setting of a receiver that is requests
	OwnRequests    // requests that the user writes; see Text.Own
)

// String names the use as a problem does.
func (u Use) String() string {
	switch u {
	case OtherText:
		return "template"
	case AnnotationText:
		return "annotation"
	case SlackTitle:
		return "Slack title"
	case SlackText:
		return "Slack text"
	case SlackPart, SlackLink, SlackColor:
		return "Slack part"
	case MailText:
		return "mail text"
	case MailHTML:
		return "mail html"
	case MailHeader:
		return "mail header"
	case RouteLabel:
		return "route label"
	case WebhookPayload:
		return "webhook payload"
	case RequestText:
		return "setting of a receiver"
	case OwnRequests:
		return "request"
	}
	return fmt.Sprintf("Use(%d)", uint8(u))
}

// A Text is a template as it stands in a file, for who tries what it makes of
// alerts.
type Text struct {
	Use  Use
	Name string // of the annotation or header
	// Rule is the rule of an annotation; nil: the text is for messages.
	Rule *rules.Rule
	Body string
	// Own are the requests that are tried together, with their Values; Body holds all
	// their templates.
	Own    RequestCalls
	Values map[string]any

	at text
}

// Problem returns a problem that points at the text, or at a line of it (from 1; 0:
// the whole).
func (t Text) Problem(code Code, line int, format string, args ...any) rules.Problem {
	at := t.at
	if at.d != nil {
		own := *at.d
		own.sink = &sink{} // who asks decides whether it counts
		at.d = &own
	}
	p := at.bad(code, format, args...)
	if from, to, ok := lineOf(t.Body, line); line > 0 && ok {
		at.within(p, from, to)
	}
	return rules.Problem(*p)
}

// messageTexts are the templates that messages are made of: those of receivers and
// the labels of routes.
func (c *rawConfig) messageTexts() (texts []Text) {
	add := func(u Use, name string, t text) {
		if strings.Contains(t.s, "{{") {
			texts = append(texts, Text{Use: u, Name: name, Body: t.s, at: t})
		}
	}
	c.route.eachLabel(func(e entry) { add(RouteLabel, e.name, e.value) })
	for _, r := range c.receivers {
		for _, s := range r.slacks {
			for _, t := range s.templates() {
				add(t.Use, t.Name, t.at)
			}
		}
		for _, w := range r.webhooks {
			for _, t := range w.templates() {
				add(t.Use, t.Name, t.at)
			}
		}
		for _, e := range r.emails {
			add(MailText, "", e.text)
			add(MailHTML, "", e.html)
			for _, name := range slices.Sorted(maps.Keys(e.headers)) {
				add(MailHeader, name, e.headers[name])
			}
		}
		for _, q := range r.requests {
			for _, t := range q.texts {
				add(RequestText, q.kind, t)
			}
			if q.own != nil && q.own.raise != nil {
				texts = append(texts, q.ownText())
			}
		}
	}
	return texts
}

// ownText is all that the user's own requests say.
func (r *rawRequest) ownText() Text {
	o := r.own
	t := Text{
		Use: OwnRequests, Name: o.name.s, at: text{r.pos, ""}, Values: r.values,
		Own: RequestCalls{o.call(o.raise), o.call(o.update), o.call(o.resolve)},
	}
	for _, part := range o.templates() {
		t.Body += part.s + "\n"
	}
	return t
}

// eachLabel calls f for the labels of a route and of those below it.
func (r *rawRoute) eachLabel(f func(entry)) {
	if r == nil {
		return
	}
	for _, e := range r.labels {
		f(e)
	}
	for _, child := range r.routes {
		child.eachLabel(f)
	}
}

// annotationTexts are the templates of a rule's annotations.
func annotationTexts(r *rules.Rule, raw *rawRule) (texts []Text) {
	for _, e := range raw.annotations {
		texts = append(texts, Text{Use: AnnotationText, Name: e.name, Rule: r, Body: e.value.s, at: e.value})
	}
	return texts
}
