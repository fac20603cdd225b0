package file

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// An edit replaces the bytes from..to of a text.
type edit struct {
	from, to int
	text     string
}

// edits are those of one text, gathered in any order.
type edits struct {
	d   *doc
	all []edit
	// known are the scalars of the text, in order: what looks like a comment in them
	// is none.
	known []edit
}

func (e *edits) add(from, to int, text string) {
	if from < to || text != "" {
		e.all = append(e.all, edit{from, to, text})
	}
}

// apply returns the text with all edits made. Those at one place are made in the
// order in which they were added, what is put there before what goes. What goes
// may go twice; nothing may be put where something goes.
func (e *edits) apply() ([]byte, error) {
	slices.SortStableFunc(e.all, func(a, b edit) int {
		return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(min(a.to-a.from, 1), min(b.to-b.from, 1)))
	})
	var out bytes.Buffer
	at := 0
	for _, x := range e.all {
		if x.from < at && x.text == "" {
			at = max(at, x.to)
			continue
		}
		if x.from < at {
			return nil, fmt.Errorf("two changes of one place in line %d", e.lineOf(x.from))
		}
		out.Write(e.d.src[at:x.from])
		out.WriteString(x.text)
		at = x.to
	}
	out.Write(e.d.src[at:])
	return out.Bytes(), nil
}

func (e *edits) lineOf(offset int) int {
	line, _ := e.d.lineCol(offset)
	return line
}

// start and end are where a line begins, and where the next one does.
func (e *edits) start(line int) int { return e.d.lines[line-1] }

func (e *edits) end(line int) int {
	if line < len(e.d.lines) {
		return e.d.lines[line]
	}
	return len(e.d.src)
}

// count is how many lines there are; white space behind the last line end is one.
func (e *edits) count() int { return len(e.d.lines) }

func (e *edits) blank(line int) bool { return strings.TrimSpace(e.d.line(line)) == "" }

// indent is the number of spaces that a line begins with.
func (e *edits) indent(line int) int {
	text := e.d.line(line)
	return len(text) - len(strings.TrimLeft(text, " "))
}

// lastLine is the last line of what begins in a line and reaches over all that are
// indented by more than a column; it is `least` or later.
func (e *edits) lastLine(from, column, least int) int {
	last := max(from, least)
	for line := last + 1; line <= e.count(); line++ {
		if e.blank(line) {
			continue
		}
		if e.indent(line) < column {
			break
		}
		last = line
	}
	return last
}

// lineEnd is the line end of the text.
func (e *edits) lineEnd() string {
	if bytes.Contains(e.d.src, []byte("\r\n")) {
		return "\r\n"
	}
	return "\n"
}

// after adds lines behind a line.
func (e *edits) after(line, indent int, texts ...string) {
	e.linesAt(e.end(line), indent, texts)
}

// before adds lines before a line.
func (e *edits) before(line, indent int, texts ...string) {
	e.linesAt(e.start(line), indent, texts)
}

func (e *edits) linesAt(at, indent int, texts []string) {
	var out strings.Builder
	if at == len(e.d.src) && !bytes.HasSuffix(e.d.src, []byte("\n")) {
		out.WriteString(e.lineEnd())
	}
	for _, t := range texts {
		out.WriteString(strings.Repeat(" ", indent) + t + e.lineEnd())
	}
	e.add(at, at, out.String())
}

// remove takes lines away and returns the comments in them.
func (e *edits) remove(from, to int) []string {
	e.add(e.start(from), e.end(to), "")
	return e.comments(e.start(from), e.end(to))
}

// comments returns the comments between two places, each with its #.
func (e *edits) comments(from, to int) (all []string) {
	for at := from; at < to; at++ {
		if end := e.scalarAt(at); end > at {
			at = end - 1
			continue
		}
		if e.d.src[at] != '#' || at > 0 && !isSpace(e.d.src[at-1]) {
			continue
		}
		end := at
		for end < len(e.d.src) && e.d.src[end] != '\n' {
			end++
		}
		all = append(all, strings.TrimSpace(string(e.d.src[at:end])))
		at = end
	}
	return all
}

// scalarAt returns where the scalar that covers a place ends; 0 if none does.
func (e *edits) scalarAt(at int) int {
	i, found := slices.BinarySearchFunc(e.known, at, func(s edit, at int) int { return cmp.Compare(s.from, at) })
	if !found {
		i--
	}
	if i >= 0 && at < e.known[i].to {
		return e.known[i].to
	}
	return 0
}
