package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"hash/crc32"
	"io/fs"
	"strconv"
	"strings"
)

// migrations are named 0001_word.sql and numbered without gaps. One that was
// released is never changed.
//
//go:embed migrations/*.sql
var migrations embed.FS

// applicationID marks a SQLite file as a store of tocsin's: "tcsn".
const applicationID = 0x7463736e

// A version is a step of the schema that a file has taken. Its sum is that of
// the schema after the step, as SQLite wrote it down.
type version struct {
	number int
	sum    int64
}

// migrate brings the schema up to what this program knows. A schema of a newer
// program is refused, since rows of an unknown form would be misread or lost; a
// schema that isn't what was once written is damage.
func migrate(ctx context.Context, db *sql.DB) error {
	names, err := steps(ctx, db)
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := migrateOne(ctx, db, name); err != nil {
			return fmt.Errorf("migration %q: %w", name, err)
		}
	}
	return nil
}

// steps returns the migrations that a schema lacks.
func steps(ctx context.Context, db *sql.DB) ([]string, error) {
	files, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return nil, err
	}
	have, err := schemaVersion(ctx, db)
	if err != nil {
		return nil, err
	}
	if have.number > len(files) {
		return nil, newerError{have.number, len(files)}
	}
	return files[have.number:], nil
}

// A newerError refuses a schema that this program does not know.
type newerError struct{ have, know int }

func (e newerError) Error() string {
	return fmt.Sprintf("it was written by a newer tocsin: its schema is version %d, and this program knows up to %d", e.have, e.know)
}

// schemaVersion reads the version of a file and proves that the schema is what
// it was when that version was written. No tables at all are version 0.
func schemaVersion(ctx context.Context, db *sql.DB) (version, error) {
	var tables int
	if err := db.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema").Scan(&tables); err != nil || tables == 0 {
		return version{}, err
	}
	var v version
	err := db.QueryRowContext(ctx, "SELECT version, sum FROM schema_version ORDER BY version DESC LIMIT 1").Scan(&v.number, &v.sum)
	if err != nil {
		return version{}, damageError{fmt.Sprintf("the schema's version can't be read: %v", err)}
	}
	sum, err := schemaSum(ctx, db, v.number)
	if err == nil && sum != v.sum {
		err = damageError{"the schema is not what was written"}
	}
	return v, err
}

// migrateOne takes one step, whole or not at all.
func migrateOne(ctx context.Context, db *sql.DB, name string) error {
	text, err := migrations.ReadFile(name)
	if err != nil {
		return err
	}
	number, err := strconv.Atoi(strings.TrimPrefix(name, "migrations/")[:4])
	if err != nil {
		return err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	for _, stmt := range []string{
		fmt.Sprintf("PRAGMA application_id = %d", applicationID),
		"CREATE TABLE IF NOT EXISTS schema_version (version INTEGER PRIMARY KEY, sum INTEGER NOT NULL) STRICT",
		string(text),
	} {
		if _, err := tx.ExecContext(ctx, stmt); err != nil {
			return err
		}
	}
	sum, err := schemaSum(ctx, tx, number)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "INSERT INTO schema_version (version, sum) VALUES ($1, $2)", number, sum); err != nil {
		return err
	}
	return tx.Commit()
}

// schemaSum sums up the number of a version and the text of the schema.
func schemaSum(ctx context.Context, db querier, number int) (_ int64, err error) {
	rows, err := db.QueryContext(ctx, "SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_schema ORDER BY type, name")
	if err != nil {
		return 0, err
	}
	defer func() { _ = rows.Close() }()
	h := crc32.NewIEEE()
	_, _ = fmt.Fprintln(h, number)
	for rows.Next() {
		var typ, name, table, text string
		if err := rows.Scan(&typ, &name, &table, &text); err != nil {
			return 0, err
		}
		_, _ = fmt.Fprintf(h, "%q %q %q %q\n", typ, name, table, text)
	}
	return int64(h.Sum32()), rows.Err()
}

// A querier is a database or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}
