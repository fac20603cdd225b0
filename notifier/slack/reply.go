package slack

import (
	"strings"

	"github.com/slack-go/slack"

	"tocsin/notifier/message"
)

// replyTitle is the line that a phone shows of an answer: what is new, and of
// which alert if it is one of several.
func replyTitle(s Settings, m *message.Message) string {
	if text, ok := custom(s, m); ok {
		return text
	}
	state, name, rest := m.Headline()
	text := headline(emoji(m.NewsLevel()), state, bold(name, 200), rest)
	if one, ok := m.OnlyNews(); ok && m.Counts.Total() > 1 {
		if ls := firstTags(one.Own, 3); ls != "" {
			text += " " + ls
		}
	}
	return text
}

// reply is an answer in a thread: the worst few of what is new, and how many
// are left. What else is so stands in the message above it.
func reply(m *message.Message) []slack.Block {
	all := marks(m)
	few := m.Items[:min(len(m.Items), fewItems)]
	for _, i := range few {
		all = append(all, slack.NewSectionBlock(mrkdwn(line(i, true)), nil, nil))
	}
	all = append(all, more(m, m.More+len(m.Items)-len(few))...)
	return append(all, slack.NewContextBlock("", mrkdwn(m.At.Format("15:04:05 UTC"))))
}

// moved is what stays of a message that another one follows: where that one is,
// and in small what this one said. The address is Slack's own.
func moved(s Settings, m *message.Message, address string) slack.WebhookMessage {
	const text = "continued in a newer message"
	next := text
	if a, ok := message.Web(address); ok {
		next = link(message.Link{Name: text, URL: a})
	}
	_, was, _ := strings.Cut(m.Title(), " ")
	return body(s, "⚪ "+bold(m.Name, 200)+": "+next, grey, []slack.Block{
		slack.NewSectionBlock(mrkdwn(next), nil, nil),
		slack.NewContextBlock("", plain(m.At.Format("15:04 UTC")+": "+m.State()+" "+was, 300)),
	})
}

// digest lists what a digest sums up, a line for each rule and team, while there
// is room for it.
func digest(m *message.Message, room int) []slack.Block {
	var all []slack.Block
	var part string
	flush := func() {
		if part != "" {
			all = append(all, slack.NewSectionBlock(mrkdwn(part), nil, nil))
		}
		part = ""
	}
	sums, left := m.Sums()
	for n, t := range sums {
		text := "• " + bold(t.Subject(), 200) + ": " + inert(t.Counts.String(), 100)
		if room -= units(text) + 1; room < 0 && n > 0 {
			left += len(sums) - n
			break
		}
		if units(part)+units(text)+1 > mostSection {
			flush()
		}
		part = strings.TrimPrefix(part+"\n"+text, "\n")
	}
	flush()
	return append(all, more(m, left)...)
}
