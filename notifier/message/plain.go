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
	m.body(&b, true)
	for _, l := range m.Links {
		fmt.Fprintf(&b, "%s: %s\n", l.Name, l.URL)
	}
	fmt.Fprintf(&b, "To: %s\n", Clean(m.Receiver))
	if m.Home != "" {
		fmt.Fprintf(&b, "tocsin: %s\n", m.Home)
	}
	return b.String()
}

// Facts is Plain without title, addresses and receiver: for forms that have
// places of their own for these.
func (m *Message) Facts() string {
	var b strings.Builder
	m.body(&b, false)
	return strings.TrimSpace(b.String())
}

func (m *Message) body(b *strings.Builder, links bool) {
	for _, mark := range m.Marks {
		fmt.Fprintf(b, "! %s\n", mark)
	}
	one, single := m.Single()
	switch {
	case len(m.Digest) > 0:
		single = false
		m.sums(b)
	case single:
		one.What = m.Why()
		one.facts(b, "", links)
	default:
		m.list(b, links)
	}
	m.ending(b, single)
}

func (m *Message) list(b *strings.Builder, links bool) {
	fmt.Fprintf(b, "%s\n", m.Why())
	for _, i := range m.Items {
		fmt.Fprintf(b, "\n%s\n", i.heading())
		i.facts(b, "  ", links)
	}
	if m.More > 0 {
		fmt.Fprintf(b, "\n… and %d more\n", m.More)
	}
}

func (i Item) heading() string {
	text := i.State() + " " + Cut(i.Name, 100)
	if i.Versus == "" {
		return text
	}
	return text + ": " + i.Versus
}

func (m *Message) ending(b *strings.Builder, single bool) {
	heading := "Common labels: "
	if single {
		heading = "Labels: "
	} else {
		b.WriteString("\n")
	}
	if m.Common.Len() > 0 {
		fmt.Fprintf(b, "%s%s\n", heading, quoted(m.Common))
	}
}

func (i Item) facts(b *strings.Builder, indent string, links bool) {
	for _, line := range []struct{ name, text string }{
		{"", Cut(i.Summary, 1000)},
		{"", Cut(i.Description, 1000)},
		{"What: ", i.What},
		{"Held: ", Cut(i.Held, 300)},
		{"Time: ", i.Since},
		{"Labels: ", quoted(i.Own)},
		{"Source: ", Clean(i.Source)},
	} {
		if line.text != "" {
			fmt.Fprintf(b, "%s%s%s\n", indent, line.name, strings.ReplaceAll(line.text, "\n", "\n"+indent))
		}
	}
	if !links {
		return
	}
	for _, l := range i.Links {
		fmt.Fprintf(b, "%s%s: %s\n", indent, l.Name, l.URL)
	}
}

// mostQuoted bounds the labels that are written out.
const mostQuoted = 30

// quoted writes labels so that where each value ends is beyond doubt.
func quoted(ls labels.Labels) string {
	escape := strings.NewReplacer(`\`, `\\`, `"`, `\"`)
	var parts []string
	ls.Range(func(l labels.Label) {
		if len(parts) < mostQuoted {
			parts = append(parts, Cut(Clean(l.Name), 100)+`="`+escape.Replace(Cut(Clean(l.Value), 200))+`"`)
		}
	})
	if left := ls.Len() - len(parts); left > 0 {
		parts = append(parts, fmt.Sprintf("… %d more", left))
	}
	return strings.Join(parts, " ")
}
