package file

import (
	"bytes"
	"path/filepath"
	"sort"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// A doc is one text being read: a file, or a variable of the environment.
type doc struct {
	name  string
	src   []byte
	lines []int // offset at which each line begins
	sink  *sink
	// lookup finds what ${NAME} stands for; nil: nothing is expanded.
	lookup func(string) (string, bool)
	// ask is for learning what is read here, in place of reading it: see Schema.
	ask *asker
}

func newDoc(name string, src []byte, s *sink) *doc {
	d := &doc{name: name, src: src, sink: s, lines: []int{0}}
	for i, c := range src {
		if c == '\n' {
			d.lines = append(d.lines, i+1)
		}
	}
	return d
}

// dir is the folder of the text, against which it names files.
func (d *doc) dir() string { return filepath.Dir(d.name) }

// join returns a file name against the folder of the text.
func (d *doc) join(name string) string {
	if name == "" || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(d.dir(), name)
}

// whole is the text as such, for problems that have no line.
func (d *doc) whole() pos { return pos{d: d} }

func (d *doc) at(n *yaml.Node) pos { return pos{d, n} }

// offset returns where a node begins. YAML counts columns in runes, and the mark that
// may stand before the first line (U+FEFF) is none of them.
func (d *doc) offset(n *yaml.Node) int {
	if n.Line < 1 || n.Line > len(d.lines) {
		return 0
	}
	off := d.lines[n.Line-1]
	if n.Line == 1 && bytes.HasPrefix(d.src, []byte("\ufeff")) {
		off += len("\ufeff")
	}
	for i := 1; i < n.Column && off < len(d.src); i++ {
		_, size := utf8.DecodeRune(d.src[off:])
		off += size
	}
	return off
}

// lineCol returns line and column, from 1 and in bytes.
func (d *doc) lineCol(offset int) (line, col int) {
	line = sort.Search(len(d.lines), func(i int) bool { return d.lines[i] > offset })
	return line, offset - d.lines[line-1] + 1
}

// place returns where a node is, and its length if it is a scalar on one line.
func (d *doc) place(n *yaml.Node) (line, col, length int) {
	start := d.offset(n)
	line, col = d.lineCol(start)
	if n.Kind == yaml.ScalarNode {
		if _, end, ok := d.part(n, 0, len(n.Value)); ok && end > start {
			if l, _ := d.lineCol(end); l == line {
				length = end - start
			}
		}
	}
	return line, col, length
}

// scalarNode is a value that stands in no file.
func scalarNode(s string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s, Line: 1, Column: 1}
}
