package request

import (
	"strings"
)

// HTML writes the characters that HTML reads as mark-up, as Telegram wants them:
// it knows four entities.
func HTML(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;").Replace(s)
}

// Markdown writes a backslash before what Markdown may read as mark-up, and parts
// an @ from its name, so that nobody is called. What is special at the beginning
// of a line alone is left elsewhere, for the sake of those who read the source.
func Markdown(s string) string {
	var b strings.Builder
	begins := true
	runes := []rune(s)
	for i, r := range runes {
		if strings.ContainsRune("\\`*_~|[]()<>!@&", r) || r == ':' && binds(runes[i+1:]) || begins && strings.ContainsRune("#+-=.", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
		if r == '@' {
			b.WriteRune('\u200B')
		}
		begins = r == '\n' || begins && (r == ' ' || r >= '0' && r <= '9')
	}
	return b.String()
}

// binds reports whether a colon before this makes an address or an emoji.
func binds(rest []rune) bool {
	return len(rest) > 0 && rest[0] != ' ' && rest[0] != '\n' && (rest[0] < '0' || rest[0] > '9')
}

// markdownV2 escapes for Telegram's MarkdownV2, which refuses other escapes.
func markdownV2(s string) string { return backslash(s, "\\_*[]()~`>#+-=|{}.!") }

// markdownV1 escapes for Telegram's old Markdown.
func markdownV1(s string) string { return backslash(s, "_*`[") }

func backslash(s, special string) string {
	var b strings.Builder
	for _, r := range s {
		if strings.ContainsRune(special, r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// escaper returns what a definition names.
func escaper(name string) func(string) string {
	switch name {
	case "HTML":
		return HTML
	case "MarkdownV2":
		return markdownV2
	case "Markdown":
		return markdownV1
	case "markdown":
		return Markdown
	}
	return nil
}
