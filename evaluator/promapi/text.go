package promapi

import (
	"html"
	"strings"
	"unicode"
)

// maxText bounds what is quoted of somebody else's text, in runes.
const maxText = 300

// missing joins the warnings that speak of missing data. Prometheus' own remarks
// on an expression come by the same way and bear its prefix.
func missing(warnings []string) string {
	var all []string
	for _, w := range warnings {
		if w != "" && !strings.HasPrefix(w, "PromQL info:") && !strings.HasPrefix(w, "PromQL warning:") {
			all = append(all, w)
		}
	}
	return cut(strings.Join(all, "; "))
}

// cut makes a text fit for a log line: printable, on one line, not long.
func cut(s string) string {
	s = s[:min(len(s), 8*maxText)]
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || !unicode.IsPrint(r)
	}), " ")
	n := 0
	for i := range s {
		if n++; n > maxText {
			return s[:i] + "…"
		}
	}
	return s
}

// excerpt is the gist of a body that is not JSON: the title of a page of HTML,
// else its beginning.
func excerpt(body string) string {
	body = body[:min(len(body), 1<<14)]
	lower := strings.ToLower(body)
	if _, after, ok := strings.Cut(lower, "<title>"); ok && len(lower) == len(body) {
		if title, _, ok := strings.Cut(body[len(body)-len(after):], "<"); ok && title != "" {
			return cut(html.UnescapeString(title))
		}
	}
	return cut(body)
}
