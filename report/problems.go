package report

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"tocsin/rules"
)

// A Rule explains a sort of problem.
type Rule struct {
	Code    string // T202
	Name    string // clear-side
	Warning bool
	Text    string // in a sentence
	Help    string // all there is to say
}

// Problems are those of a check.
type Problems struct {
	Version  string // of tocsin
	Dir      string // against which files are named
	Problems []rules.Problem
	Rules    []Rule // all sorts that there may be
	// Files and Checked count the files and the rules in them.
	Files, Checked int
	// Incomplete says what could not be looked at, a line each.
	Incomplete []string
	// Read gives the text of a file, in which columns are counted. It may be nil.
	Read func(name string) ([]byte, error)
}

// ProblemFormats are the forms in which Write writes problems.
func ProblemFormats() []string { return []string{"json", "github", "gitlab", "sarif"} }

// Write writes the problems in one of the forms.
func (p Problems) Write(w io.Writer, format string) error {
	var all []found
	r := regions{read: p.Read, files: map[string][]string{}}
	marks := map[string]int{}
	for _, x := range p.Problems {
		f := found{Problem: x, path: relative(p.Dir, x.File), region: r.of(x), rule: p.rule(x.Code)}
		f.mark = mark(marks, f)
		all = append(all, f)
	}
	switch format {
	case "json":
		return p.json(w, all)
	case "github":
		return p.github(w, all)
	case "gitlab":
		return gitlab(w, all)
	case "sarif":
		return p.sarif(w, all)
	}
	return fmt.Errorf("no format %q", format)
}

// A found problem is one with all that the formats say of it.
type found struct {
	rules.Problem
	path   string // empty: it is in no file
	region region
	rule   int // index into Problems.Rules; -1: none
	// mark tells the problem apart from all others, and is the same when lines move.
	mark string
}

func (f found) severity() string {
	if f.Warning {
		return "warning"
	}
	return "error"
}

// message is the text with the hint below it.
func (f found) message() string {
	if f.Hint == "" {
		return f.Text
	}
	return f.Text + "\nhint: " + f.Hint
}

func (p Problems) rule(code string) int {
	for i, r := range p.Rules {
		if r.Code == code {
			return i
		}
	}
	return -1
}

// relative names a file against a folder if it lies in it, with forward slashes.
func relative(dir, name string) string {
	if name == "" || dir == "" {
		return filepath.ToSlash(name)
	}
	abs := name
	if !filepath.IsAbs(name) {
		abs = filepath.Join(dir, name)
	}
	if rel, err := filepath.Rel(dir, abs); err == nil && filepath.IsLocal(rel) {
		return filepath.ToSlash(rel)
	}
	return filepath.ToSlash(filepath.Clean(name))
}

// mark numbers equal problems of a file, from the top.
func mark(seen map[string]int, f found) string {
	key := f.path + "\x00" + f.Code + "\x00" + f.Text
	seen[key]++
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%d", key, seen[key]))
	return hex.EncodeToString(sum[:16])
}

// A region is a place in code points, from 1; the end is behind the last one. Zero is
// not known.
type region struct{ line, column, endLine, endColumn int }

// regions turns places in bytes into regions.
type regions struct {
	read  func(string) ([]byte, error)
	files map[string][]string
}

func (r regions) of(p rules.Problem) region {
	if p.Line == 0 {
		return region{}
	}
	lines := r.lines(p.File)
	if p.Line > len(lines) || p.Col < 1 || p.Col-1 > len(lines[p.Line-1]) {
		return region{line: p.Line, column: max(p.Col, 1)}
	}
	line := lines[p.Line-1]
	out := region{line: p.Line, column: 1 + utf8.RuneCountInString(line[:p.Col-1])}
	if p.Len == 0 {
		return out
	}
	at, left, n := p.Col-1, p.Len, p.Line
	for left > len(lines[n-1])-at && n < len(lines) {
		left -= len(lines[n-1]) - at + 1 // with the line end
		at, n = 0, n+1
	}
	end := min(at+max(left, 0), len(lines[n-1]))
	out.endLine, out.endColumn = n, 1+utf8.RuneCountInString(lines[n-1][:end])
	return out
}

func (r regions) lines(name string) []string {
	if all, ok := r.files[name]; ok || r.read == nil {
		return all
	}
	var all []string
	if src, err := r.read(name); err == nil {
		all = strings.Split(string(src), "\n")
	}
	r.files[name] = all
	return all
}

// encode writes JSON for people to read, with < and > as they are.
func encode(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}
