package file

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// Bounds on what one text may hold, so that a hostile one costs little.
const (
	maxSize  = 1 << 20 // bytes of one file
	maxSpan  = 8 << 20 // bytes and nodes once aliases are followed
	maxDepth = 100
)

// parse reads the one document of a text; nil if there is none or it is bad,
// which is then reported.
func (d *doc) parse() *yaml.Node {
	if !d.decent() {
		return nil
	}
	dec := yaml.NewDecoder(bytes.NewReader(d.src))
	var root, second yaml.Node
	if err := decode(dec, &root); errors.Is(err, io.EOF) {
		return nil
	} else if err != nil {
		d.syntax(err)
		return nil
	}
	switch err := decode(dec, &second); {
	case err == nil:
		d.at(&second).bad(CodeYAML, "a second document starts here, and only the first would be read").
			Hint = "split the file, or remove the line with ---"
		return nil
	case !errors.Is(err, io.EOF):
		d.syntax(err)
		return nil
	}
	if len(root.Content) == 0 || !d.bounded(root.Content[0]) {
		return nil
	}
	return root.Content[0]
}

// decode guards against panics of the YAML parser.
func decode(dec *yaml.Decoder, into *yaml.Node) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("yaml: %v", r)
		}
	}()
	return dec.Decode(into)
}

// decent reports whether the text can be YAML at all.
func (d *doc) decent() bool {
	switch {
	case len(d.src) > maxSize:
		d.whole().bad(CodeFile, "file is larger than the %d bytes that are read", maxSize).
			Hint = "split it: rule_files takes patterns"
	case !utf8.Valid(d.src):
		d.whole().bad(CodeFile, "file is not UTF-8 text")
	case bytes.IndexByte(d.src, 0) >= 0:
		d.whole().bad(CodeFile, "file is not text: it holds a zero byte")
	default:
		return true
	}
	return false
}

func yamlLine() *regexp.Regexp { return regexp.MustCompile(`^line (\d+): `) }

// syntax reports what the YAML parser says, on the line where it is.
func (d *doc) syntax(err error) {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	line := 0
	if m := yamlLine().FindStringSubmatch(text); m != nil {
		line, _ = strconv.Atoi(m[1])
		text = text[len(m[0]):]
	}
	// The grammar's complaints bear the line where the surrounding list or mapping
	// begins; the true line is the first with which the text goes wrong that way.
	switch {
	case strings.HasPrefix(text, "did not find expected"):
		line = d.firstWrongLine(text)
	case strings.HasPrefix(text, "found a tab"): // and the line before the tab
		line = d.firstTab(line)
	}
	p := d.whole().bad(CodeYAML, "%s", text)
	p.Line = min(max(line, 1), len(d.lines))
	p.Col = 1 + len(d.line(p.Line)) - len(strings.TrimLeft(d.line(p.Line), " \t"))
	p.Hint = yamlHint(text, d.line(p.Line))
}

// firstTab returns the first line from the given one that is indented by a tab.
func (d *doc) firstTab(from int) int {
	for n := max(from, 1); n <= len(d.lines); n++ {
		line := d.line(n)
		if indent := line[:len(line)-len(strings.TrimLeft(line, " \t"))]; strings.Contains(indent, "\t") {
			return n
		}
	}
	return from
}

func (d *doc) firstWrongLine(text string) int {
	return 1 + sort.Search(len(d.lines)-1, func(i int) bool {
		dec := yaml.NewDecoder(bytes.NewReader(d.src[:d.lines[i+1]]))
		var n yaml.Node
		err := decode(dec, &n)
		return err != nil && strings.HasSuffix(err.Error(), text)
	})
}

// line returns a line without its end.
func (d *doc) line(n int) string {
	rest := d.src[d.lines[n-1]:]
	if i := bytes.IndexByte(rest, '\n'); i >= 0 {
		rest = rest[:i]
	}
	return strings.TrimSuffix(string(rest), "\r")
}

func yamlHint(text, line string) string {
	switch {
	case strings.Contains(line, "${") && strings.Contains(text, "',' or '}'"):
		return "inside braces, quote it: '${NAME}'"
	case strings.Contains(text, "cannot start any token"):
		return "indent with spaces, not tabs, and quote values that begin with @, ` or %"
	case strings.Contains(text, "a tab character"):
		return "indent with spaces, not tabs"
	case strings.Contains(text, "mapping values are not allowed"):
		return "quote a value that holds a colon and a space, or mend the indentation"
	case strings.Contains(text, "did not find expected"):
		return "look at the indentation here, and for brackets and quotes left open above"
	}
	return ""
}

// bounded reports whether the tree is neither too deep nor too large once its
// aliases are followed, nor holds itself.
func (d *doc) bounded(root *yaml.Node) bool {
	m := measure{spans: map[*yaml.Node]int{}}
	switch span := m.span(root, 0); {
	case m.deep:
		d.at(root).bad(CodeYAML, "nested more than %d deep, or an alias holds itself", maxDepth)
	case span > maxSpan:
		d.at(root).bad(CodeYAML, "aliases expand to more than %d bytes", maxSpan)
	default:
		return true
	}
	return false
}

type measure struct {
	spans map[*yaml.Node]int // of anchors: each is measured once
	deep  bool
}

func (m *measure) span(n *yaml.Node, depth int) int {
	if depth > maxDepth || m.deep {
		m.deep = true
		return 0
	}
	if n.Kind == yaml.AliasNode {
		return m.span(n.Alias, depth+1)
	}
	if span, ok := m.spans[n]; ok {
		return span
	}
	span := 1 + len(n.Value)
	for _, c := range n.Content {
		span = min(span+m.span(c, depth+1), maxSpan+1)
	}
	if n.Anchor != "" {
		m.spans[n] = span
	}
	return span
}
