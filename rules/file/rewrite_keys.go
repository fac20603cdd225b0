package file

import (
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// insert adds entries behind a key of a mapping.
func (e *edits) insert(n *yaml.Node, key string, lines []string) error {
	k, v := entryOf(n, key)
	if flow(n) {
		end, ok := e.endOf(v)
		if !ok {
			return fmt.Errorf("the end of %s in the text is not clear", key)
		}
		e.add(end, end, ", "+strings.Join(lines, ", "))
		return nil
	}
	last, err := e.lastOf(k, v)
	if err != nil {
		return err
	}
	e.after(last, k.Column-1, lines...)
	return nil
}

// lastOf is the last line of an entry of a block mapping.
func (e *edits) lastOf(k, v *yaml.Node) (int, error) {
	end, ok := e.endOf(v)
	if !ok {
		return 0, fmt.Errorf("the end of %s in the text is not clear", k.Value)
	}
	line := k.Line
	if end > 0 {
		line = max(line, e.lineOf(end-1))
	}
	if blockScalar(v) {
		return line, nil
	}
	// A comment that is indented more than the key belongs to it.
	return e.lastLine(k.Line, k.Column, line), nil
}

// drop takes an entry out of a mapping. Comments beside it stay, on a line of
// their own.
func (e *edits) drop(n *yaml.Node, key string) error {
	k, v := entryOf(n, key)
	switch {
	case k == nil:
		return nil
	case flow(n):
		return e.dropFlow(n, key)
	case e.indent(k.Line) != k.Column-1:
		return fmt.Errorf("%s stands first in its rule, on the line of the dash", key)
	}
	last, err := e.lastOf(k, v)
	if err != nil {
		return err
	}
	if notes := e.remove(k.Line, last); len(notes) > 0 {
		e.after(last, k.Column-1, notes...)
	}
	return nil
}

// dropFlow takes an entry out of a mapping in braces, with the comma beside it.
func (e *edits) dropFlow(n *yaml.Node, key string) error {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value != key {
			continue
		}
		from := e.d.offset(n.Content[i])
		if i+2 < len(n.Content) {
			e.add(from, e.d.offset(n.Content[i+2]), "")
			return nil
		}
		end, ok := e.endOf(n.Content[i+1])
		if i > 0 && ok {
			from, ok = e.endOf(n.Content[i-1])
		}
		if !ok {
			return fmt.Errorf("the end of %s in the text is not clear", key)
		}
		e.add(from, end, "")
	}
	return nil
}

// absorb takes a rule out of its list, and moves its comments before another one.
func (e *edits) absorb(into, n *yaml.Node) error {
	line, column, ok := e.dash(n)
	to, toColumn, toOK := e.dash(into)
	if !ok || !toOK {
		return fmt.Errorf("the rules do not stand on lines of their own")
	}
	first := e.head(line, column)
	end, ok := e.endOf(n)
	if !ok {
		return fmt.Errorf("the end of the rule in the text is not clear")
	}
	last := e.lastLine(line, column+1, e.lineOf(max(end-1, 0)))
	notes := slices.DeleteFunc(e.comments(e.start(first), e.end(last)), e.said(into))
	first, last = e.withBlanks(first, last)
	e.add(e.start(first), e.end(last), "")
	if len(notes) > 0 {
		e.before(to, toColumn, notes...)
	}
	return nil
}

// said returns what tells whether a comment is in a rule too.
func (e *edits) said(n *yaml.Node) func(string) bool {
	end, _ := e.endOf(n)
	from := e.d.offset(n)
	all := e.comments(from, max(e.end(e.lineOf(max(end-1, from))), from))
	return func(note string) bool { return slices.Contains(all, note) }
}

// head is the first of the comment lines right before a line that are indented as
// it is.
func (e *edits) head(line, column int) int {
	for line > 1 && e.indent(line-1) == column && strings.HasPrefix(e.d.line(line - 1)[column:], "#") {
		line--
	}
	return line
}

// withBlanks adds to lines that go the blank ones that would be too many.
func (e *edits) withBlanks(first, last int) (int, int) {
	before := first > 1 && e.blank(first-1)
	end := last
	for end < e.count() && e.blank(end+1) {
		end++
	}
	switch {
	case end >= e.count(): // it was the last: what parted it from the others goes too
		for first > 1 && e.blank(first-1) {
			first--
		}
		return first, end
	case before && end > last:
		return first, end
	}
	return first, last
}

// remark puts a comment before a rule, in place of one that was put there before.
func (e *edits) remark(r Remark) {
	line, column, ok := e.dash(r.Rule.raw.n)
	if !ok {
		return
	}
	for l := e.head(line, column); l < line; l++ {
		if strings.HasPrefix(e.d.line(l)[column:], remarkMark) {
			e.add(e.start(l), e.end(l), "")
		}
	}
	if r.Text != "" {
		e.before(line, column, remarkMark+r.Text)
	}
}
