package check

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"tocsin/notifier"
	"tocsin/notifier/email"
	"tocsin/notifier/message"
	"tocsin/notifier/message/sample"
	"tocsin/notifier/request"
	"tocsin/notifier/slack"
	"tocsin/notifier/webhook"
	"tocsin/rules"
	"tocsin/rules/file"
)

// message tries a template of messages with messages of each kind and level.
// They are about the wordiest of the rules, so that what is too long shows.
func (t *trial) message(x file.Text) []rules.Problem {
	longest, most, unit := 0, 0, ""
	for _, r := range t.cast() {
		for _, s := range t.scenes(r, Series(r)) {
			for _, kind := range sample.Kinds() {
				d := s.Delivery(kind, rules.Integration{Kind: "webhook", Receiver: "sample"})
				text, err := write(x, d, t.render(d))
				if err != nil {
					return []rules.Problem{failure(x, err, s.Level, kind)}
				}
				if p, odd := oddity(x, text); odd {
					return []rules.Problem{p}
				}
				var has int
				if has, most, unit = size(x, text); has > longest {
					longest = has
				}
			}
		}
	}
	if most > 0 && longest > most {
		return []rules.Problem{cut(x, longest, most, unit)}
	}
	return nil
}

// cast are the rules that messages are about: our own, which has both levels, and
// the one with the most text.
func (t *trial) cast() []*rules.Rule {
	var wordiest *rules.Rule
	most := 0
	for _, r := range t.rules {
		words := 0
		for _, a := range r.Annotations {
			words += len(a.Text)
		}
		if words > most && t.cheap(r) {
			wordiest, most = r, words
		}
	}
	if wordiest == nil {
		return []*rules.Rule{sample.TestRule()}
	}
	return []*rules.Rule{sample.TestRule(), wordiest}
}

func (t *trial) cheap(r *rules.Rule) bool {
	for _, a := range r.Annotations {
		if t.prices.of(a.Text) > tooDear {
			return false
		}
	}
	return true
}

// write renders a template as its sender does.
func write(x file.Text, d notifier.Delivery, m *message.Message) (string, error) {
	switch x.Use {
	case file.OwnRequests:
		own := request.Definition{Raise: calls(x.Own.Raise), Update: calls(x.Own.Update), Resolve: calls(x.Own.Resolve)}
		return "", request.Try(own, x.Values, d, m)
	case file.WebhookPayload:
		_, err := webhook.Payload(x.Body, m)
		return "", err
	case file.MailHTML:
		return m.HTML(x.Body)
	case file.SlackTitle, file.SlackText, file.SlackPart:
		text, err := m.Text(x.Body, slack.Escape)
		return strings.TrimSpace(message.CleanLines(text)), err
	case file.OtherText, file.AnnotationText, file.SlackLink, file.SlackColor, file.MailText, file.MailHeader, file.RouteLabel, file.RequestText:
	}
	return m.Text(x.Body, nil)
}

// size is how long a text is as its service counts, and how much of it that takes;
// 0: all.
func size(x file.Text, text string) (has, most int, unit string) {
	switch x.Use {
	case file.SlackTitle:
		return len(utf16.Encode([]rune(text))), slack.LongestTitle, "characters"
	case file.SlackText:
		return len(utf16.Encode([]rune(text))), slack.LongestText, "characters"
	case file.SlackPart:
		return len(utf16.Encode([]rune(text))), slack.Longest(x.Name), "characters"
	case file.MailText, file.MailHTML:
		return len(text), email.LongestMail, "bytes"
	case file.MailHeader:
		return utf8.RuneCountInString(text), email.LongestHeader, "characters"
	case file.OtherText, file.AnnotationText, file.SlackLink, file.SlackColor, file.RouteLabel, file.WebhookPayload, file.RequestText, file.OwnRequests:
	}
	return 0, 0, ""
}

// oddity warns of a text that is not what its place takes, which then goes without.
func oddity(x file.Text, text string) (p rules.Problem, odd bool) {
	if text = strings.TrimSpace(text); text == "" {
		return p, false
	}
	switch x.Use {
	case file.SlackLink:
		if _, ok := message.Web(text); ok {
			return p, false
		}
		p = x.Problem(file.CodeNoEffect, 0, "%s makes %q of the samples, which is no http or https URL: it would be left out", what(x), message.Cut(message.Clean(text), 60))
		if strings.HasPrefix(text, "/") {
			p.Hint = "does it begin with .ExternalURL? Then say external_url"
		}
	case file.SlackColor:
		if _, ok := slack.Color(text); ok {
			return p, false
		}
		p = x.Problem(file.CodeNoEffect, 0, "%s makes %q of the samples, which is no colour: the bar would have that of the level", what(x), message.Cut(message.Clean(text), 60))
		p.Hint = "good, warning, danger or six digits as in '#439FE0'"
	case file.OtherText, file.AnnotationText, file.SlackTitle, file.SlackText, file.SlackPart, file.MailText, file.MailHTML,
		file.MailHeader, file.RouteLabel, file.WebhookPayload, file.RequestText, file.OwnRequests:
		return p, false
	}
	p.Warning = true
	return p, true
}

func calls(c *file.RequestCall) []request.Call {
	if c == nil {
		return nil
	}
	return []request.Call{request.NewCall(c.Method, c.URL, c.Headers, c.Body)}
}
