package file

import (
	"bytes"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"

	"tocsin/rules"
)

// A Suppression says how comments switch warnings off.
type Suppression struct {
	Read  func(name string) ([]byte, error)
	Today time.Time
	// Files are those whose comments must be of use; nil: none has to be.
	Files []string
	// Sought reports whether a code was looked for at all: a comment for one that was
	// not is not taken for useless. Nil: all were.
	Sought func(Code) bool
}

// Apply leaves out what comments switch off, and adds what is wrong with the
// comments. Mistakes cannot be switched off.
//
//	# tocsin:ignore T112 T226 a reason in words until 2026-12-31
//
// At the end of a line such a comment is for this line; on a line of its own for what
// comes next and all that is indented below it; before everything else for the file.
func (s Suppression) Apply(problems []rules.Problem) []rules.Problem {
	var codes catalogue
	comments := map[string][]*ignore{}
	for _, name := range s.names(problems) {
		if src, err := s.Read(name); err == nil && bytes.Contains(src, []byte("tocsin:")) {
			if codes == nil {
				codes = Codes()
			}
			comments[name] = codes.ignores(name, src, s.Today)
		}
	}
	var kept []rules.Problem
	failed := false
	for _, p := range problems {
		failed = failed || !p.Warning
		if !switchedOff(comments[p.File], p) {
			kept = append(kept, p)
		}
	}
	for _, name := range s.Files {
		for _, i := range comments[name] {
			kept = append(kept, i.complaints(s, codes, failed)...)
		}
	}
	Sort(kept)
	return kept
}

func (s Suppression) names(problems []rules.Problem) []string {
	all := slices.Clone(s.Files)
	for _, p := range problems {
		all = append(all, p.File)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// An ignore is a comment that switches codes off.
type ignore struct {
	place    rules.Problem // but for code and text
	wrong    string        // why it switches nothing off
	hint     string
	from, to int // lines that it is for
	codes    []Code
	used     []bool // by code
	mistakes []bool // by code: one was found that it cannot switch off
	until    string // 2026-12-31; empty: for ever
	expired  bool
}

// switchedOff reports whether a comment is for the problem, and notes that it was.
func switchedOff(all []*ignore, p rules.Problem) (off bool) {
	for _, i := range all {
		n := slices.Index(i.codes, Code(p.Code))
		if n < 0 || i.wrong != "" || p.Line < i.from || p.Line > i.to {
			continue
		}
		if !p.Warning {
			i.mistakes[n] = true
			continue
		}
		i.used[n] = true
		off = off || !i.expired
	}
	return off
}

// complaints are what is wrong with the comment. Where there are mistakes not all was
// looked at, and no comment is called useless.
func (i *ignore) complaints(s Suppression, codes catalogue, failed bool) (all []rules.Problem) {
	say := func(code Code, hint, format string, args ...any) {
		p := i.place
		p.Code, p.Text, p.Hint, p.Warning = string(code), fmt.Sprintf(format, args...), hint, true
		all = append(all, p)
	}
	if i.wrong != "" {
		say(CodeIgnore, i.hint, "%s", i.wrong)
		return all
	}
	if i.expired {
		say(CodeIgnoreExpired, "mend what it was for, or give it a new date", "this was switched off until %s, and is not any more", i.until)
	}
	for n, code := range i.codes {
		switch e, _, _ := codes.find(string(code)); {
		case i.mistakes[n] || !e.Warning:
			say(CodeIgnoreMistake, "only warnings can be switched off", "%s is a mistake: it is refused, whatever a comment says", code)
		case i.used[n] || i.expired || failed || s.Sought != nil && !s.Sought(code):
		default:
			say(CodeIgnoreUnused, "remove it", "this switches off nothing: there is no %s here", code)
		}
	}
	return all
}

var (
	ignoreMark  = regexp.MustCompile(`(^|\s)(#\s*tocsin:([a-z]\S*)(.*))$`)
	ignoreCodes = regexp.MustCompile(`^(?i:T\d+)(,(?i:T\d+))*,?$`)
	blockHeader = regexp.MustCompile(`[|>][-+0-9]*$`)
)

const ignoreForm = "write # tocsin:ignore T226 reason in words, and until 2026-12-31 if there is an end"

// ignores finds the comments of a file that begin with tocsin:. Comments inside of
// expressions count too, for PromQL has the same.
func (c catalogue) ignores(name string, src []byte, today time.Time) (all []*ignore) {
	lines := strings.Split(string(src), "\n")
	for n, line := range lines {
		m := ignoreMark.FindStringSubmatchIndex(strings.TrimSuffix(line, "\r"))
		if m == nil {
			continue
		}
		i := &ignore{place: rules.Problem{File: name, Line: n + 1, Col: m[4] + 1, Len: m[5] - m[4]}}
		i.from, i.to = scope(lines, n, strings.TrimSpace(line[:m[4]]))
		if word := line[m[6]:m[7]]; word != "ignore" {
			i.wrong, i.hint = fmt.Sprintf("%q is nothing that a comment can say", "tocsin:"+short(word)), ignoreForm
		} else {
			i.read(line[m[8]:m[9]], c, today)
		}
		all = append(all, i)
	}
	return all
}

// read takes codes, reason and date apart.
func (i *ignore) read(text string, c catalogue, today time.Time) {
	words := strings.Fields(text)
	for len(words) > 0 && ignoreCodes.MatchString(words[0]) {
		for word := range strings.SplitSeq(strings.TrimSuffix(words[0], ","), ",") {
			e, near, ok := c.find(word)
			if !ok {
				i.wrong, i.hint = fmt.Sprintf("there is no code %s", short(word)), "did you mean "+near+"?"
				return
			}
			i.codes = append(i.codes, e.Code)
		}
		words = words[1:]
	}
	i.used, i.mistakes = make([]bool, len(i.codes)), make([]bool, len(i.codes))
	reason := i.end(words, today)
	switch {
	case i.wrong != "":
	case len(i.codes) == 0:
		i.wrong, i.hint = "it does not say which code", ignoreForm
		if e, _, ok := c.find(strings.Join(words[:min(len(words), 1)], "")); ok {
			i.hint = fmt.Sprintf("write %s for %s", e.Code, e.Name)
		}
	case !strings.ContainsFunc(strings.Join(reason, ""), letter):
		i.wrong, i.hint = "it does not say why", ignoreForm
	}
}

func letter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r > 127 }

// end takes the date from the end of a reason.
func (i *ignore) end(words []string, today time.Time) []string {
	at := slices.Index(words, "until")
	if at < 0 || at < len(words)-2 {
		return words // the word is part of the reason
	}
	date := strings.Join(words[at+1:], "")
	if _, err := time.Parse(time.DateOnly, date); err != nil {
		i.wrong, i.hint = fmt.Sprintf("%q is no date", short(date)), "write until 2026-12-31"
		return words
	}
	i.until, i.expired = date, today.Format(time.DateOnly) > date
	return words[:at]
}

// scope returns the lines that a comment on line n is for; before is what stands in
// front of it.
func scope(lines []string, n int, before string) (from, to int) {
	if before != "" {
		if !blockHeader.MatchString(before) {
			return n + 1, n + 1
		}
		return n + 1, block(lines, n) // a block of text goes on below
	}
	if !slices.ContainsFunc(lines[:n], content) {
		return 0, math.MaxInt
	}
	for next := n + 1; next < len(lines); next++ {
		if content(lines[next]) {
			return next + 1, block(lines, next)
		}
	}
	return n + 1, n + 1
}

// content reports whether a line holds more than a comment.
func content(line string) bool {
	line = strings.TrimSpace(line)
	return line != "" && line[0] != '#' && line != "---"
}

// block returns the last line that belongs to the key or item on line n: those that
// are indented more, and the items of a key that are not.
func block(lines []string, n int) int {
	own, item := indent(lines[n])
	last := n
	for i := n + 1; i < len(lines); i++ {
		if !content(lines[i]) {
			continue
		}
		in, isItem := indent(lines[i])
		if in < own || in == own && (item || !isItem) {
			break
		}
		last = i
	}
	return last + 1
}

func indent(line string) (columns int, item bool) {
	text := strings.TrimLeft(line, " ")
	return len(line) - len(text), strings.HasPrefix(text, "- ") || strings.TrimSpace(text) == "-"
}
