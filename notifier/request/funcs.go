package request

import (
	"encoding/json"
	"fmt"
	"html"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"tocsin/notifier/message"
)

// Functions returns those that templates of requests have besides Alertmanager's.
// Those that take text take nothing for no text.
func Functions() map[string]any {
	return map[string]any{
		"cut":        cut,
		"fits":       fits,
		"htmlEscape": func(s any) string { return HTML(text(s)) },
		"markdown":   func(s any) string { return Markdown(text(s)) },
		"lines":      func(s any) []string { return lines(text(s)) },
		"items":      items,
		"teams":      teams,
		"structured": structured,
		"atMost":     atMost,
	}
}

func text(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	}
	return fmt.Sprint(v)
}

// cut shortens text to n UTF-16 units, which is what the strictest services
// count, never within a character or an escape of Markdown.
func cut(n int, v any) string {
	s := text(v)
	if units(s) <= n {
		return s
	}
	used, at := 0, 0
	for i, r := range s {
		if used += width(r); used > n-1 {
			break
		}
		at = i + utf8.RuneLen(max(r, 0))
	}
	s = s[:at]
	if tail := len(s) - len(strings.TrimRight(s, `\`)); tail%2 == 1 {
		s = s[:len(s)-1]
	}
	return s + message.Ellipsis
}

func units(s string) (n int) {
	for _, r := range s {
		n += width(r)
	}
	return n
}

func width(r rune) int { return max(utf16.RuneLen(r), 1) }

// fits returns HTML if what is seen of it is at most n long, else nothing: HTML
// can't be cut without knowing its tags.
func fits(n int, v any) string {
	s := text(v)
	var seen strings.Builder
	inside := false
	for _, r := range s {
		switch {
		case r == '<':
			inside = true
		case r == '>' && inside:
			inside = false
		case !inside:
			seen.WriteRune(r)
		}
	}
	if units(html.UnescapeString(seen.String())) > n {
		return ""
	}
	return s
}

// lines are the lines of a text that are not empty.
func lines(s string) (all []string) {
	for line := range strings.SplitSeq(s, "\n") {
		if strings.TrimSpace(line) != "" {
			all = append(all, line)
		}
	}
	return all
}

// items are what commas part, without empty ones.
func items(v any) []string {
	all := []string{}
	for part := range strings.SplitSeq(text(v), ",") {
		if part = strings.TrimSpace(part); part != "" {
			all = append(all, part)
		}
	}
	return all
}

// teams writes the responders of Opsgenie out: one of type teams stands for all
// that its name lists, and one without any text for none.
func teams(v any) []any {
	out := []any{}
	list, _ := v.([]any)
	for _, r := range list {
		one, _ := r.(map[string]any)
		if text(one["id"])+text(one["name"])+text(one["username"]) == "" {
			continue
		}
		if text(one["type"]) != "teams" {
			out = append(out, one)
			continue
		}
		for _, name := range items(one["name"]) {
			out = append(out, map[string]any{"name": name, "type": "team"})
		}
	}
	return out
}

// structured replaces texts that are JSON by what they say, as Alertmanager does
// with details that were rendered: {{ .Alerts | toJson }} is a list.
func structured(v any) any {
	switch v := v.(type) {
	case string:
		var parsed any
		if json.Unmarshal([]byte(v), &parsed) != nil || parsed == nil {
			return v
		}
		if s, ok := parsed.(string); ok {
			return s
		}
		return json.RawMessage(v)
	case map[string]any:
		out := map[string]any{}
		for name, inner := range v {
			out[name] = structured(inner)
		}
		return out
	case []any:
		out := []any{}
		for _, inner := range v {
			out = append(out, structured(inner))
		}
		return out
	}
	return v
}

// atMost returns the first n of a list of texts.
func atMost(n int, all []string) []string { return all[:min(n, len(all))] }
