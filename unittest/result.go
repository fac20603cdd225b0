package unittest

import (
	"github.com/prometheus/common/model"

	"tocsin/rules"
	"tocsin/rules/file"
)

// A Result is what became of one file.
type Result struct {
	File string
	// Problems are mistakes in the file, its rules or its config: nothing ran then,
	// unless all of them are warnings.
	Problems []rules.Problem
	Tests    []TestResult
	Coverage *Coverage
	// Recorded is the file with its recorded notifications brought up to date; nil if
	// nothing was to be written.
	Recorded []byte
	// Messages is how many notifications were recorded.
	Messages int
}

// Failed reports whether anything in the file is wrong.
func (r *Result) Failed() bool {
	for _, p := range r.Problems {
		if !p.Warning {
			return true
		}
	}
	return r.FailedTests() > 0
}

// FailedTests counts them.
func (r *Result) FailedTests() (n int) {
	for _, t := range r.Tests {
		if len(t.Failures) > 0 {
			n++
		}
	}
	return n
}

// A TestResult is what became of one test.
type TestResult struct {
	Name     string
	Place    file.Spot
	Checks   int
	Failures []Failure
	Notes    []Note
	Trace    []Step
}

// A Note is something odd that is no failure.
type Note struct {
	Place file.Spot
	Text  string
}

// A Failure is an expectation that was not met.
type Failure struct {
	Place file.Spot // of the expectation
	At    string    // time in the test; empty: none
	What  string    // in a line
	Diff  []Line
	// Facts are values, thresholds and timers at that moment.
	Facts []string
}

// A Line is a line of a difference: wanted and missing, there and not wanted, or
// the same on both sides.
type Line struct {
	Side Side
	Text string
}

// A Side says whose a line of a difference is.
type Side uint8

// The sides of a difference.
const (
	Both Side = iota
	Want
	Got
)

// String returns the sign that stands before such lines.
func (s Side) String() string {
	switch s {
	case Want:
		return "-"
	case Got:
		return "+"
	case Both:
	}
	return " "
}

// A Step is one transition of one alert, or a message. Without a time it is a
// heading.
type Step struct {
	At   string
	Text string

	when model.Time
}
