package file

import (
	"errors"
	"fmt"
	"io/fs"
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
