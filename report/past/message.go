package past

import (
	"strings"

	"tocsin/notifier/message"
)

// What of a rendered message is shown.
const (
	mostMessageLines = 40
	mostLineRunes    = 500
)

// messageLines are the lines of a rendered message, harmless and not too many.
func messageLines(m string) []string {
	lines := strings.Split(strings.TrimSpace(message.CleanLines(m)), "\n")
	left := len(lines) - mostMessageLines
	if left > 0 {
		lines = append(lines[:mostMessageLines:mostMessageLines], more(left, "line"))
	}
	for i, line := range lines {
		lines[i] = message.Cut(line, mostLineRunes)
	}
	return lines
}
