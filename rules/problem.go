package rules

import "fmt"

// A Problem is a mistake in a user's file: where, what and what to do.
type Problem struct {
	File string
	Line int // from 1; 0 is the file as a whole
	Col  int // from 1, in bytes
	Code string
	Text string
	Hint string
	// Warning is set where the file works all the same.
	Warning bool
}

// Error returns file:line:col: text [code].
func (p Problem) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s [%s]", p.File, p.Line, p.Col, p.Text, p.Code)
}
