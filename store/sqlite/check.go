package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"tocsin/store/record"
)

// checkWrites begins to write and takes it back. A file that may only be read
// SQLite opens for reading without a word, and for good; and a transaction that
// is to write it begins as one that reads.
func checkWrites(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, fmt.Sprintf("PRAGMA application_id = %d", applicationID))
	return errors.Join(err, tx.Rollback())
}

// checkPages has SQLite prove the structure of the whole file.
func checkPages(ctx context.Context, db *sql.DB) error {
	var said string
	if err := db.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&said); err != nil {
		return err
	}
	if said != "ok" {
		return damageError{strings.Join(strings.Fields(said), " ")}
	}
	return nil
}

// checkRows compares every row with its checksum.
func checkRows(ctx context.Context, db *sql.DB) error {
	rows, err := db.QueryContext(ctx, `SELECT namespace, kind, key, value, sum FROM current_rows
UNION ALL SELECT namespace, kind, key, value, sum FROM history_rows`)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	var c checker
	for rows.Next() {
		var namespace, kind, key, value sql.RawBytes
		var sum int64
		if err := rows.Scan(&namespace, &kind, &key, &value, &sum); err != nil {
			return err
		}
		if !c.holds(string(namespace), record.Record{Kind: string(kind), Key: string(key), Value: value}, sum) {
			return damageError{fmt.Sprintf("a row of kind %q does not agree with its checksum", kind)}
		}
	}
	return rows.Err()
}

// A checker checks rows of any namespace.
type checker struct {
	sums *record.Summer
	of   string
}

// holds reports whether a row is what was once written.
func (c *checker) holds(namespace string, r record.Record, sum int64) bool {
	if c.sums == nil || c.of != namespace {
		c.sums, c.of = record.NewSummer(namespace), namespace
	}
	return int64(c.sums.Sum(r)) == sum
}
