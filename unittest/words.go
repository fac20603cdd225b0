package unittest

import (
	"maps"
	"slices"
	"strings"

	"tocsin/notifier"
	"tocsin/notifier/message"
)

// words are all that the receiver of a message reads: tocsin's own text, and what
// the templates of its integration make.
func (l *life) words(m *message.Message, d notifier.Delivery) string {
	all := []string{m.Plain()}
	for _, body := range l.templates(d.Integration) {
		text, err := m.Text(body, nil)
		if err != nil {
			l.note(l.Spot, "at %s a template of %s (%s) fails: %v", span(d.At.Sub(l.Start)), d.Receiver, d.Kind, err)
			continue
		}
		all = append(all, text)
	}
	for _, err := range m.Errors {
		l.note(l.Spot, "at %s, in the message to %s (%s): %v", span(d.At.Sub(l.Start)), d.Receiver, d.Kind, err)
	}
	return strings.Join(all, "\n")
}

// templates are those of texts that an integration has of its own.
func (l *life) templates(integration string) (all []string) {
	if s, ok := l.loaded.Slack[integration]; ok {
		all = append(all, s.Title, s.Text)
	}
	if m, ok := l.loaded.Email[integration]; ok {
		for _, name := range slices.Sorted(maps.Keys(m.Headers)) {
			all = append(all, m.Headers[name])
		}
		all = append(all, m.Text, m.HTML)
	}
	return slices.DeleteFunc(all, func(s string) bool { return !strings.Contains(s, "{{") })
}
