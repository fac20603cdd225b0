package main

import (
	"io"
	"os"

	"golang.org/x/term"
)

// color reports whether to colour what is written: on a terminal, unless
// NO_COLOR says otherwise.
func (w process) color(out io.Writer) bool {
	if v, ok := w.getenv("NO_COLOR"); ok && v != "" {
		return false
	}
	return terminal(out)
}

// terminal reports whether a person is at the other end.
func terminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
