package file

import (
	"slices"

	"gopkg.in/yaml.v3"
)

// scalars notes where all scalars of a tree are.
func (e *edits) scalars(n *yaml.Node) {
	if n.Kind == yaml.ScalarNode {
		if from, to, ok := e.extent(n); ok {
			e.known = append(e.known, edit{from: from, to: to})
		}
	}
	if n.Kind != yaml.AliasNode {
		for _, c := range n.Content {
			e.scalars(c)
		}
	}
}

// newEdits begins to edit a text with its tree.
func newEdits(d *doc, root *yaml.Node) *edits {
	e := &edits{d: d}
	e.scalars(root)
	slices.SortFunc(e.known, func(a, b edit) int { return a.from - b.from })
	return e
}

// extent is where a scalar begins and ends, quotes with it. A block scalar ends
// with its last line that isn't blank.
func (e *edits) extent(n *yaml.Node) (from, to int, ok bool) {
	from = e.d.offset(n)
	if blockScalar(n) {
		return from, e.blockEnd(n), true
	}
	_, to, ok = e.d.part(n, len(n.Value), len(n.Value))
	if quoted(n) {
		to++
	}
	return from, min(to, len(e.d.src)), ok
}

func blockScalar(n *yaml.Node) bool { return n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 }

func quoted(n *yaml.Node) bool {
	return n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0
}

func flow(n *yaml.Node) bool { return n.Style&yaml.FlowStyle != 0 }

// blockEnd is the end of the last line of a block scalar: lines that are indented
// as its first, or more.
func (e *edits) blockEnd(n *yaml.Node) int {
	first := n.Line + 1
	for first <= e.count() && e.blank(first) {
		first++
	}
	if first > e.count() || n.Value == "" {
		return e.end(n.Line)
	}
	return e.end(e.lastLine(first, e.indent(first), first))
}

// endOf is where a value ends: that of a flow collection behind its bracket, that
// of a block collection with what is last in it.
func (e *edits) endOf(n *yaml.Node) (int, bool) {
	switch n.Kind {
	case yaml.ScalarNode:
		_, to, ok := e.extent(n)
		return to, ok
	case yaml.AliasNode:
		at := e.d.offset(n)
		for at < len(e.d.src) && !isSpace(e.d.src[at]) && e.d.src[at] != ',' && e.d.src[at] != '}' && e.d.src[at] != ']' {
			at++
		}
		return at, true
	case yaml.MappingNode, yaml.SequenceNode, yaml.DocumentNode:
	}
	at := e.d.offset(n)
	if len(n.Content) > 0 {
		last, ok := e.endOf(n.Content[len(n.Content)-1])
		if !ok {
			return 0, false
		}
		at = last
	}
	if flow(n) {
		return e.closing(at)
	}
	return at, true
}

// closing finds the bracket that closes a flow collection, behind its last value.
func (e *edits) closing(at int) (int, bool) {
	for at < len(e.d.src) {
		switch e.d.src[at] {
		case '}', ']':
			return at + 1, true
		case '#':
			for at < len(e.d.src) && e.d.src[at] != '\n' {
				at++
			}
		default:
			at++
		}
	}
	return 0, false
}

// dash finds the line of the dash before an item of a block list, and its column
// from 0; false if anything but white space is before it.
func (e *edits) dash(n *yaml.Node) (line, column int, ok bool) {
	at := e.d.offset(n) - 1
	for at >= 0 && e.d.src[at] == ' ' {
		at--
	}
	if at < 0 || e.d.src[at] != '-' {
		return 0, 0, false
	}
	line, column = e.d.lineCol(at)
	return line, column - 1, e.indent(line) == column-1
}
