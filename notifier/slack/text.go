package slack

import (
	"strings"
	"unicode/utf16"

	"github.com/slack-go/slack"

	"tocsin/notifier/message"
)

// Escape writes the three characters that Slack reads as control characters.
func Escape(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
}

// size is the length of a text as Slack counts at worst: in UTF-16 units, after
// escaping.
func size(s string) int {
	n := 0
	for _, r := range s {
		n += width(r)
	}
	return n
}

func width(r rune) int {
	switch r {
	case '&':
		return len("&amp;")
	case '<', '>':
		return len("&lt;")
	}
	if n := utf16.RuneLen(r); n > 0 {
		return n
	}
	return 1
}

// fit shortens unescaped text so that escaped it is at most n long. It cuts
// between runes, never inside an escape.
func fit(s string, n int) string {
	if size(s) <= n {
		return s
	}
	used := 0
	for at, r := range s {
		if used+width(r)+1 > n {
			return s[:at] + message.Ellipsis
		}
		used += width(r)
	}
	return s
}

// code writes text as a code span, in which Slack interprets nothing. A backtick
// would end it, so it becomes the letter that looks like one.
func code(s string, n int) string {
	s = strings.TrimSpace(message.Clean(s))
	if s == "" {
		s = " "
	}
	return "`" + Escape(fit(strings.ReplaceAll(s, "`", "ˋ"), n)) + "`"
}

// link writes an address with a name of ours. The address is valid (see
// message.Web); what would end it is percent-encoded.
func link(l message.Link) string {
	address := strings.NewReplacer("|", "%7C", "<", "%3C", ">", "%3E", " ", "%20", "&", "&amp;").Replace(l.URL)
	return "<" + address + "|" + l.Name + ">"
}

func links(all []message.Link) string {
	parts := make([]string, 0, len(all))
	for _, l := range all {
		parts = append(parts, link(l))
	}
	return strings.Join(parts, " · ")
}

// mrkdwn is text that holds mark-up of ours. Verbatim keeps Slack from making
// links and mentions of what merely looks like them.
func mrkdwn(s string) *slack.TextBlockObject {
	return slack.NewTextBlockObject(slack.MarkdownType, s, false, true)
}

// plain is text in which Slack interprets nothing.
func plain(s string, n int) *slack.TextBlockObject {
	return slack.NewTextBlockObject(slack.PlainTextType, Escape(fit(s, n)), false, false)
}

// inert is text of ours that may hold a word of the user's: as it is if Slack
// would read nothing into it, else a code span.
func inert(s string, n int) string {
	s = message.Clean(s)
	if strings.ContainsAny(s, "*_~`") || strings.Contains(s, "://") || emojiLike(s) {
		return code(s, n)
	}
	return Escape(fit(s, n))
}

// bold is inert in bold.
func bold(s string, n int) string {
	if text := inert(s, n); !strings.HasPrefix(text, "`") && strings.TrimSpace(text) == text && text != "" {
		return "*" + text + "*"
	}
	return code(s, n)
}

// emojiLike reports whether s holds something of the form :name:.
func emojiLike(s string) bool {
	_, rest, ok := strings.Cut(s, ":")
	name, _, closed := strings.Cut(rest, ":")
	return ok && closed && name != "" && !strings.Contains(name, " ")
}

// units is the length of finished text in UTF-16 units.
func units(s string) int {
	n := 0
	for _, r := range s {
		n += max(1, utf16.RuneLen(r))
	}
	return n
}

// split cuts finished mark-up into parts of at most n units, most units in all,
// at the ends of lines where it can, and never inside an escape or a link.
func split(s string, n, most int) []string {
	var parts []string
	for s = strings.TrimSpace(s); s != "" && most > 0; s = strings.TrimLeft(s, "\n ") {
		at := cut(s, min(n, most))
		part := s[:at]
		s = s[at:]
		most -= units(part)
		if most <= 0 || s != "" && most < n/10 {
			if s != "" {
				part = part[:cut(part, max(1, units(part)-1))] + message.Ellipsis
			}
			s = ""
		}
		if strings.TrimSpace(part) != "" {
			parts = append(parts, part)
		}
	}
	if len(parts) == 0 {
		parts = []string{"(no text)"}
	}
	return parts
}

// cut returns where to cut finished mark-up so that at most n units are before.
func cut(s string, n int) int {
	at, whole, line := 0, 0, 0
	used := 0
	inside := false
	for i, r := range s {
		if !inside {
			whole = i
		}
		used += max(1, utf16.RuneLen(r))
		if used > n {
			at = whole
			if line > at/2 {
				at = line
			}
			if at == 0 {
				at = i
			}
			return max(at, 1)
		}
		switch {
		case r == '<' || r == '&':
			inside = true
		case r == '>' || r == ';':
			inside = false
		case r == '\n' && !inside:
			line = i
		}
	}
	return len(s)
}
