package unittest

import (
	"fmt"
	"io"
	"strings"
	"unicode"

	"tocsin/rules/file"
)

// A Text writes results for people.
type Text struct {
	Out   io.Writer
	Color bool
	// Verbose names each test, Trace prints the transitions that were kept.
	Verbose bool
	err     error
}

// File writes what became of one file.
func (x *Text) File(r *Result) error {
	switch {
	case r.Failed():
		x.line(x.paint(red, "FAIL"), r.File, summaryOf(r))
	case len(r.Tests) == 0:
		x.line(x.paint(yellow, "none"), r.File, "no test ran")
	default:
		x.line(x.paint(green, "ok  "), r.File, summaryOf(r))
	}
	for i := range r.Tests {
		x.test(r.File, &r.Tests[i])
	}
	return x.err
}

func (x *Text) line(word, name, rest string) {
	x.printf("%s  %s  %s\n", word, name, x.paint(faint, rest))
}

func summaryOf(r *Result) string {
	checks := 0
	for _, t := range r.Tests {
		checks += t.Checks
	}
	if n := r.FailedTests(); n > 0 {
		return fmt.Sprintf("%d of %s failed", n, count(len(r.Tests), "test"))
	}
	if r.Failed() {
		return "nothing ran"
	}
	return fmt.Sprintf("%s, %s", count(len(r.Tests), "test"), count(checks, "check"))
}

func (x *Text) test(name string, t *TestResult) {
	if x.Verbose || len(t.Trace) > 0 || len(t.Failures) > 0 || len(t.Notes) > 0 {
		word := x.paint(green, "ok")
		if len(t.Failures) > 0 {
			word = x.paint(red, "FAIL")
		}
		x.printf("  %s  %s\n", word, x.paint(bold, printable(t.Name)))
	}
	for _, s := range t.Trace {
		if s.At == "" {
			x.printf("    %s\n", x.paint(faint, s.Text))
			continue
		}
		x.printf("    %s  %s\n", x.paint(faint, fmt.Sprintf("%11s", s.At)), printable(s.Text))
	}
	for _, n := range t.Notes {
		x.printf("    %s %s %s\n", x.paint(bold, place(name, n.Place)), x.paint(yellow, "note:"), printable(n.Text))
	}
	for _, f := range t.Failures {
		x.failure(name, f)
	}
}

func place(name string, p file.Spot) string {
	return fmt.Sprintf("%s:%d:%d:", printable(name), p.Line, p.Col)
}

func (x *Text) failure(name string, f Failure) {
	x.printf("    %s %s\n", x.paint(bold, place(name, f.Place)), printable(f.What))
	for _, l := range f.Diff {
		x.printf("      %s\n", x.paint(l.Side.colour(), l.Side.String()+" "+printable(l.Text)))
	}
	if len(f.Diff) > 0 {
		x.legend(f.Diff)
	}
	for n, fact := range f.Facts {
		if n == mostFacts {
			x.printf("      %s\n", x.paint(faint, fmt.Sprintf("… and %d more", len(f.Facts)-n)))
			break
		}
		x.printf("      %s %s\n", x.paint(cyan, "then:"), printable(fact))
	}
}

// mostFacts is how many lines of facts are shown.
const mostFacts = 12

// legend says what the signs mean, where they stand.
func (x *Text) legend(diff []Line) {
	for _, l := range diff {
		if l.Side != Both {
			x.printf("      %s\n", x.paint(faint, "(- expected, + got)"))
			return
		}
	}
}

// Sum writes the last line.
func (x *Text) Sum(all []*Result) error {
	tests, failed, broken := 0, 0, 0
	for _, r := range all {
		tests += len(r.Tests)
		failed += r.FailedTests()
		if r.Failed() && r.FailedTests() == 0 {
			broken++
		}
	}
	text := fmt.Sprintf("%s in %s: ", count(tests, "test"), count(len(all), "file"))
	switch {
	case failed == 0 && broken == 0:
		text += x.paint(green, "all pass")
	case failed == 0:
		text += x.paint(red, fmt.Sprintf("%s did not run", count(broken, "file")))
	case broken == 0:
		text += x.paint(red, fmt.Sprintf("%d failed", failed))
	default:
		text += x.paint(red, fmt.Sprintf("%d failed, %s did not run", failed, count(broken, "file")))
	}
	x.printf("%s\n", text)
	return x.err
}

// Uncovered writes what no test reaches.
func (x *Text) Uncovered(c *Coverage) error {
	all := c.Rules()
	for _, r := range all {
		if len(r.Missing) == 0 {
			continue
		}
		x.printf("%s %s: %s\n", x.paint(bold, fmt.Sprintf("%s:%d:", printable(r.File), r.Line)), printable(r.Alert),
			strings.Join(r.Missing, ", "))
	}
	reached, of := 0, 0
	for _, r := range all {
		reached, of = reached+r.Reached, of+r.Of
	}
	x.printf("coverage: %.1f%% (%d of %d) of the levels and transitions of %s\n", c.Percent(), reached, of, count(len(all), "rule"))
	return x.err
}

func (x *Text) printf(format string, args ...any) {
	if x.err == nil {
		_, x.err = fmt.Fprintf(x.Out, format, args...)
	}
}

const (
	bold   = "1"
	faint  = "2"
	red    = "31"
	green  = "32"
	yellow = "33"
	cyan   = "36"
)

func (s Side) colour() string {
	switch s {
	case Want:
		return red
	case Got:
		return green
	case Both:
	}
	return faint
}

func (x *Text) paint(colour, s string) string {
	if !x.Color || s == "" {
		return s
	}
	return "\x1b[" + colour + "m" + s + "\x1b[0m"
}

// printable replaces what would move the cursor or change the screen.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r):
			return '\uFFFD'
		}
		return r
	}, s)
}
