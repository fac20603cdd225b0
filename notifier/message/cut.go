package message

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Ellipsis stands where text was cut.
const Ellipsis = "…"

// Clean makes one line of text that is safe to show: valid UTF-8, no control
// characters, nothing that turns the direction of what follows. Right-to-left
// words stay as they are.
func Clean(s string) string { return strings.Map(oneLine, strings.ToValidUTF8(s, "\uFFFD")) }

// CleanLines is Clean that keeps line breaks.
func CleanLines(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' {
			return r
		}
		return oneLine(r)
	}, strings.ToValidUTF8(s, "\uFFFD"))
}

func oneLine(r rune) rune {
	switch {
	case r == '\n' || r == '\t' || r == '\u2028' || r == '\u2029':
		return ' '
	case r == '\r':
		return -1
	case unicode.IsControl(r), turns(r):
		return '\uFFFD'
	}
	return r
}

// turns reports the characters that override or isolate direction, with which a
// label could make the words after it read backwards.
func turns(r rune) bool {
	return r >= '\u202A' && r <= '\u202E' || r >= '\u2066' && r <= '\u2069' || r == '\u200E' || r == '\u200F' || r == '\u061C'
}

// Cut shortens s to at most n runes, the last of them "…" if something is gone.
func Cut(s string, n int) string {
	if len(s) <= n || utf8.RuneCountInString(s) <= n {
		return s
	}
	if n <= 0 {
		return ""
	}
	at := 0
	for range n - 1 {
		_, size := utf8.DecodeRuneInString(s[at:])
		at += size
	}
	return s[:at] + Ellipsis
}
