package file

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"
)

// plainError says why a file cannot be read without its name, which stands
// before it already.
func plainError(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		return "cannot be read: " + p.Err.Error()
	}
	return "cannot be read: " + err.Error()
}

func fmtCrash(r any) string {
	return fmt.Sprintf("a mistake of tocsin's own while reading: %v", r)
}

func errPanic(r any) error { return fmt.Errorf("cannot be read: %v", r) }

// stripLine removes the line that the YAML decoder puts before its errors: the
// problem bears a better one.
func stripLine(s string) string {
	s = regexp.MustCompile(`^unmarshal errors:\n\s*`).ReplaceAllString(s, "")
	return regexp.MustCompile(`(^|\n\s*)line \d+: `).ReplaceAllString(s, "$1")
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
