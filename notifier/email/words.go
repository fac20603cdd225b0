package email

import (
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"tocsin/notifier/message"
	"tocsin/rules"
)

// longestSubject keeps a subject within what lists of mail show.
const longestSubject = 150

// subject is one for a whole episode, for Gmail starts a new thread with a new
// subject: level and group, no count, no value. A raise to error starts a new
// one on purpose. A stateful one says how it stands now.
func (s *Sender) subject(m *message.Message) string {
	state := strings.ToUpper(max(m.Worst, rules.Warn).String())
	if s.settings.Stateful {
		state = m.State()
	}
	about := groupName(m.Group.Labels)
	switch {
	case len(m.Digest) > 0:
		about = "digest for " + message.Clean(m.Receiver)
	case about == "":
		about = "alerts for " + message.Clean(m.Receiver)
	}
	return message.Cut("["+state+"] "+about, longestSubject)
}

// groupName is the alert's name and the other labels of the group.
func groupName(ls labels.Labels) string {
	parts := make([]string, 0, ls.Len())
	if name := ls.Get(model.AlertNameLabel); name != "" {
		parts = append(parts, message.Clean(name))
	}
	ls.Range(func(l labels.Label) {
		if l.Name != model.AlertNameLabel && l.Name != "severity" && l.Value != "" {
			parts = append(parts, message.Clean(l.Name)+"="+message.Clean(l.Value))
		}
	})
	return strings.Join(parts, " ")
}

// sender is the name beside From: whose, and how it stands now.
func sender(name string, m *message.Message) string {
	if name == "" {
		name = "tocsin"
	}
	return name + " · " + m.State()
}
