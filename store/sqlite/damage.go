package sqlite

import (
	"errors"
	"fmt"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// A Damage says what was wrong with a file, and what was lost. Where pages are
// gone, nobody can know how many rows were on them.
type Damage struct {
	File  string
	Aside string // where the damaged file is now; empty: where it was, since nothing can be written
	Cause string
	Kept  int // rows
	Lost  int // rows that were seen and could not be proved right
	Pages int // pages that are gone, or unreadable in part
}

// String is one sentence for the log and for messages.
func (d Damage) String() string {
	now := fmt.Sprintf("the damaged file is now %q", d.Aside)
	if d.Aside == "" {
		now = "it can't be written, and was left as it is"
	}
	return fmt.Sprintf("the store %q was damaged (%s): kept %s, lost %s and %s; %s",
		d.File, d.Cause, count(d.Kept, "row"), count(d.Lost, "row"), count(d.Pages, "page"), now)
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// A damageError says why a file can't be trusted as it is.
type damageError struct{ cause string }

func (e damageError) Error() string { return e.cause }

// asDamage turns an error of SQLite into a damageError if the content of the
// file is its cause; others are returned as they are.
func asDamage(err error) error {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT:
		return damageError{e.Error()}
	}
	return err
}
