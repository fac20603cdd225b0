package rules

import "fmt"

// A Problem is a mistake in a user's file: where, what and what to do.
type Problem struct {
	File string
	Line int // from 1; 0 is the file as a whole
	Col  int // from 1, in bytes
	Len  int // in bytes from Col; 0 is unknown. It may reach over line ends
	Code string
	Text string
	Hint string
	// Warning is set where the file works all the same.
	Warning bool
}

// Error returns file:line:col: text [code], without the place where there is
// none.
func (p Problem) Error() string { return p.Place() + p.Text + " [" + p.Code + "]" }

// Place returns "file:line:col: ", or less where less is known.
func (p Problem) Place() string {
	switch {
	case p.File == "":
		return ""
	case p.Line == 0:
		return p.File + ": "
	}
	return fmt.Sprintf("%s:%d:%d: ", p.File, p.Line, p.Col)
}
