package file

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// part returns the place in the text of the bytes from..to of a scalar's value,
// through quotes, escapes, folded lines and block scalars.
func (d *doc) part(n *yaml.Node, from, to int) (start, end int, ok bool) {
	if n.Kind != yaml.ScalarNode || from < 0 || to > len(n.Value) || from > to {
		return 0, 0, false
	}
	a := aligner{src: d.src, val: n.Value, style: n.Style, j: d.offset(n)}
	at, ok := a.align()
	if !ok {
		return 0, 0, false
	}
	start, end = at[from], at[to]
	if to > from {
		end = max(at[to-1]+1, start)
	}
	return start, end, true
}

// An aligner walks a scalar's value and its source side by side. A run of white
// space in the source that holds a line end stands for whatever white space the
// value has there: folding need not be understood to step over it.
type aligner struct {
	src   []byte
	val   string
	style yaml.Style
	i, j  int // next byte of val, of src
	solid int // no line end among the white space before it
	at    []int
}

// align returns for each byte of the value, and for its end, the offset in the
// source; false where the two do not agree.
func (a *aligner) align() ([]int, bool) {
	a.at = make([]int, 0, len(a.val)+1)
	a.open()
	for a.i < len(a.val) {
		if a.j < len(a.src) && (a.breaks() || a.char()) {
			continue
		}
		if a.j < len(a.src) || strings.TrimSpace(a.val[a.i:]) != "" {
			return nil, false
		}
		a.skipSpace()
	}
	a.at = append(a.at, a.j)
	return a.at, true
}

// open steps over anchor and tag, and the quote or the header of a block.
func (a *aligner) open() {
	for a.j < len(a.src) && (a.src[a.j] == '&' || a.src[a.j] == '!') {
		for a.j < len(a.src) && !isSpace(a.src[a.j]) {
			a.j++
		}
		for a.j < len(a.src) && isSpace(a.src[a.j]) {
			a.j++
		}
	}
	switch {
	case a.style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0:
		a.j = min(a.j+1, len(a.src))
	case a.style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		for a.j < len(a.src) && a.src[a.j] != '\n' {
			a.j++
		}
		a.skipSpace()
	}
}

func (a *aligner) skipSpace() {
	for a.j < len(a.src) && isSpace(a.src[a.j]) {
		a.j++
	}
	for a.i < len(a.val) && isSpace(a.val[a.i]) {
		a.i++
		a.at = append(a.at, a.j)
	}
}

// breaks steps over white space with a line end in it.
func (a *aligner) breaks() bool {
	if a.j < a.solid {
		return false
	}
	end := a.j
	for end < len(a.src) && isSpace(a.src[end]) {
		end++
	}
	if bytes.IndexByte(a.src[a.j:end], '\n') < 0 {
		a.solid = end
		return false
	}
	for a.i < len(a.val) && isSpace(a.val[a.i]) {
		a.i++
		a.at = append(a.at, a.j)
	}
	a.j = end
	return true
}

// char steps over one character.
func (a *aligner) char() bool {
	src, val := a.src[a.j:], a.val[a.i:]
	switch {
	case a.style&yaml.SingleQuotedStyle != 0 && src[0] == '\'':
		return len(src) > 1 && src[1] == '\'' && a.step(2, val[0] == '\'', 1)
	case a.style&yaml.DoubleQuotedStyle != 0 && src[0] == '\\':
		return a.escape(src)
	}
	return a.step(1, src[0] == val[0], 1)
}

// step takes n bytes of the source for m of the value, if they agree.
func (a *aligner) step(n int, same bool, m int) bool {
	if !same || a.i+m > len(a.val) {
		return false
	}
	for range m {
		a.at = append(a.at, a.j)
	}
	a.i += m
	a.j += n
	return true
}

// escape steps over an escape of a double-quoted scalar.
func (a *aligner) escape(src []byte) bool {
	if len(src) < 2 {
		return false
	}
	switch width := escapeDigits(src[1]); {
	case src[1] == '\n' || src[1] == '\r':
		a.j++ // the line goes on; breaks takes the rest
		return true
	case width > 0:
		return a.codePoint(src, width)
	}
	r, size := utf8.DecodeRuneInString(a.val[a.i:])
	want, known := simpleEscape(src[1])
	return a.step(2, !known || want == r, size)
}

func simpleEscape(c byte) (rune, bool) {
	switch c {
	case '"', '\\', '/', ' ':
		return rune(c), true
	case 'n':
		return '\n', true
	case 't':
		return '\t', true
	case 'r':
		return '\r', true
	}
	return 0, false
}

func (a *aligner) codePoint(src []byte, width int) bool {
	if len(src) < 2+width {
		return false
	}
	code, err := strconv.ParseUint(string(src[2:2+width]), 16, 32)
	if err != nil {
		return false
	}
	r, size := utf8.DecodeRuneInString(a.val[a.i:])
	return a.step(2+width, uint64(r) == code, size)
}

func escapeDigits(c byte) int {
	switch c {
	case 'x':
		return 2
	case 'u':
		return 4
	case 'U':
		return 8
	}
	return 0
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }
