package past

import (
	"strings"
	"unicode/utf8"
)

// A textCell is a text and how it looks when painted: the width is the text's.
type textCell struct{ text, painted string }

func cell(s string) textCell  { return textCell{s, s} }
func number(n int) textCell   { return cell(thousands(n)) }
func (c textCell) width() int { return utf8.RuneCountInString(c.text) }

// A grid aligns cells: the first ones to the right, the others to the left.
type grid struct {
	right int
	rows  [][]textCell
}

func (g *grid) add(row ...textCell) { g.rows = append(g.rows, row) }

// String writes the rows, each after an indent.
func (g *grid) String(indent string) string {
	var widths []int
	for _, row := range g.rows {
		for i, c := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], c.width())
		}
	}
	var b strings.Builder
	for _, row := range g.rows {
		line := indent
		for i, c := range row {
			pad := strings.Repeat(" ", widths[i]-c.width())
			if i < g.right {
				line += pad + c.painted + "  "
			} else {
				line += c.painted + pad + "  "
			}
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	return b.String()
}
