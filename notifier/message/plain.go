package message

import (
	"fmt"
	"strings"

	"github.com/prometheus/prometheus/model/labels"
)

// Plain writes the message as plain text with all the facts: the text part of a
// mail, what --dry-run prints, and what is sent when nothing prettier can be.
func (m *Message) Plain() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", m.Title())
	for _, mark := range m.Marks {
		fmt.Fprintf(&b, "! %s\n", mark)
	}
	fmt.Fprintf(&b, "%s\n", m.Why())
	for _, i := range m.Items {
		b.WriteString("\n")
		i.plain(&b)
	}
	if m.More > 0 {
		fmt.Fprintf(&b, "\n… and %d more\n", m.More)
	}
	b.WriteString("\n")
	if m.Common.Len() > 0 {
		fmt.Fprintf(&b, "Common labels: %s\n", quoted(m.Common))
	}
	for _, l := range m.Links {
		fmt.Fprintf(&b, "%s: %s\n", l.Name, l.URL)
	}
	fmt.Fprintf(&b, "To: %s\n", Clean(m.Receiver))
	if m.Home != "" {
		fmt.Fprintf(&b, "tocsin: %s\n", m.Home)
	}
	return b.String()
}

func (i Item) plain(b *strings.Builder) {
	fmt.Fprintf(b, "%s %s: %s\n", i.State(), i.Name, i.Versus)
	for _, line := range []struct{ name, text string }{
		{"", i.Summary},
		{"", Cut(i.Description, 1000)},
		{"What: ", i.What},
		{"Time: ", i.Since},
		{"Labels: ", quoted(i.Own)},
		{"Source: ", Clean(i.Source)},
	} {
		if line.text != "" {
			fmt.Fprintf(b, "  %s%s\n", line.name, strings.ReplaceAll(line.text, "\n", "\n  "))
		}
	}
	for _, l := range i.Links {
		fmt.Fprintf(b, "  %s: %s\n", l.Name, l.URL)
	}
}

// quoted writes labels so that where each value ends is beyond doubt.
func quoted(ls labels.Labels) string {
	var parts []string
	ls.Range(func(l labels.Label) {
		parts = append(parts, fmt.Sprintf("%s=%q", Clean(l.Name), Cut(Clean(l.Value), 200)))
	})
	return strings.Join(parts, " ")
}
