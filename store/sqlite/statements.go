package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"tocsin/rules"
)

// Statements are prepared once, on the connection that writes.
type statements struct{ current, history tableStatements }

// A tableStatements writes to one table.
type tableStatements struct {
	upserts []upsert // the longest first; the last writes one row
	remove  *sql.Stmt
}

// An upsert writes so many rows at once.
type upsert struct {
	rows int
	stmt *sql.Stmt
}

// of returns the statements for rows of a kind.
func (s *statements) of(kind string) *tableStatements {
	if rules.IsHistory(kind) {
		return &s.history
	}
	return &s.current
}

func (s *Store) prepare(ctx context.Context) (err error) {
	if s.stmts.current, err = prepareTable(ctx, s.writer, "current_rows"); err != nil {
		return err
	}
	s.stmts.history, err = prepareTable(ctx, s.writer, "history_rows")
	return err
}

// prepareTable prepares statements of several lengths. Most commits are of a few
// rows; in large ones, a statement for each row would cost more than the row.
func prepareTable(ctx context.Context, db *sql.DB, table string) (t tableStatements, err error) {
	for _, n := range []int{32, 8, 1} {
		stmt, err := db.PrepareContext(ctx, upsertSQL(table, n))
		if err != nil {
			return t, err
		}
		t.upserts = append(t.upserts, upsert{n, stmt})
	}
	t.remove, err = db.PrepareContext(ctx, removeSQL(table))
	return t, err
}

// upsertSQL writes n rows. Parameters stand in order of appearance, since
// drivers differ on any other order. Values are handed over as bytes and stored as
// text: bytes need no copy.
func upsertSQL(table string, n int) string {
	var b strings.Builder
	b.WriteString("INSERT INTO " + table + " (namespace, kind, key, value, sum) VALUES ")
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		p := 5 * i
		fmt.Fprintf(&b, "($%d, $%d, $%d, CAST($%d AS TEXT), $%d)", p+1, p+2, p+3, p+4, p+5)
	}
	b.WriteString(" ON CONFLICT (namespace, kind, key) DO UPDATE SET value = excluded.value, sum = excluded.sum")
	return b.String()
}

func removeSQL(table string) string {
	return "DELETE FROM " + table + " WHERE namespace = $1 AND kind = $2 AND key = $3"
}

func (s *statements) close() error {
	var errs []error
	for _, t := range []tableStatements{s.current, s.history} {
		for _, u := range t.upserts {
			errs = append(errs, u.stmt.Close())
		}
		if t.remove != nil {
			errs = append(errs, t.remove.Close())
		}
	}
	return errors.Join(errs...)
}
