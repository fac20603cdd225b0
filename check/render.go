package check

import (
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"tocsin/rules"
	"tocsin/rules/file"
)

// Render draws problems one after the other. read gives the text of a file, for
// the line that a problem points at; secrets in it are masked. It may be nil.
func Render(w io.Writer, problems []rules.Problem, read func(name string) ([]byte, error), color bool) error {
	d := drawing{paint: paint(color), read: read, lines: map[string][]string{}}
	for _, p := range problems {
		d.problem(p)
	}
	_, err := io.WriteString(w, d.out.String())
	if err != nil {
		return fmt.Errorf("write problems: %w", err)
	}
	return nil
}

type drawing struct {
	out   strings.Builder
	paint paint
	read  func(string) ([]byte, error)
	lines map[string][]string // of files that were read
}

func (d *drawing) problem(p rules.Problem) {
	kind, colour := "error", red
	if p.Warning {
		kind, colour = "warning", yellow
	}
	fmt.Fprintf(&d.out, "%s%s: %s %s\n", d.paint.in(bold, printable(p.Place())),
		d.paint.in(colour, kind), printable(p.Text), d.paint.in(faint, "["+p.Code+"]"))
	d.line(p, colour)
	if p.Hint != "" {
		fmt.Fprintf(&d.out, "      %s %s\n", d.paint.in(cyan, "hint:"), printable(p.Hint))
	}
}

// line draws the line of a problem and carets under its place.
func (d *drawing) line(p rules.Problem, colour string) {
	text, ok := d.source(p)
	if !ok {
		return
	}
	e := excerpt(file.Mask(text), p.Col-1, p.Len)
	fmt.Fprintf(&d.out, "%s %s\n", d.paint.in(faint, fmt.Sprintf("%5d |", p.Line)), e.text)
	fmt.Fprintf(&d.out, "%s %s%s\n", d.paint.in(faint, "      |"), e.indent, d.paint.in(colour, e.carets))
}

func (d *drawing) source(p rules.Problem) (string, bool) {
	if d.read == nil || p.Line < 1 || p.File == "" {
		return "", false
	}
	lines, ok := d.lines[p.File]
	if !ok {
		if src, err := d.read(p.File); err == nil {
			lines = strings.Split(string(src), "\n")
		}
		d.lines[p.File] = lines
	}
	if p.Line > len(lines) {
		return "", false
	}
	return strings.TrimSuffix(lines[p.Line-1], "\r"), true
}

// An excerpt is what is shown of a line.
type excerpted struct{ text, indent, carets string }

// most is how much of a line is shown.
const most = 110

// excerpt cuts a line around the bytes from..from+length, and makes what stands
// below it: tabs stay tabs, so that the carets are below their place.
func excerpt(line string, from, length int) excerpted {
	from = min(max(from, 0), len(line))
	to := min(from+max(length, 1), len(line))
	before, marked, after := line[:from], line[from:to], line[to:]
	carets := max(utf8.RuneCountInString(marked), 1)
	if utf8.RuneCountInString(before) > most/2 {
		before = "…" + lastRunes(before, most/2)
	}
	if room := most - utf8.RuneCountInString(before); carets > room {
		marked, after, carets = firstRunes(marked, room)+"…", "", room
	} else if utf8.RuneCountInString(after) > room-carets {
		after = firstRunes(after, room-carets) + "…"
	}
	return excerpted{
		text:   printable(before + marked + after),
		indent: blank(before),
		carets: strings.Repeat("^", carets),
	}
}

func firstRunes(s string, n int) string { return string([]rune(s)[:n]) }

func lastRunes(s string, n int) string {
	r := []rune(s)
	return string(r[len(r)-n:])
}

// blank is white space as wide as s.
func blank(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\t' {
			return '\t'
		}
		return ' '
	}, s)
}

// printable replaces what would move the cursor or change the screen.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t':
			return r
		case r == '\n':
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r):
			return '\uFFFD'
		}
		return r
	}, s)
}

// paint is whether to colour.
type paint bool

const (
	bold   = "1"
	faint  = "2"
	red    = "1;31"
	yellow = "1;33"
	cyan   = "36"
)

func (p paint) in(colour, s string) string {
	if !p || s == "" {
		return s
	}
	return "\x1b[" + colour + "m" + s + "\x1b[0m"
}
