package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"

	"tocsin/rules"
)

// Read calls f for each row of a file that is not history, without opening it as
// a store: it takes no lock and changes nothing, so a daemon may have it open. A
// file that isn't there has no rows. Rows are not checked: what matters is left
// to who opens the store.
func Read(ctx context.Context, path string, o Options, f func(rules.Stored) error) (err error) {
	path, err = resolve(path)
	if err == nil {
		_, err = os.Stat(path)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read store: %w", err)
	}
	return look(path, o, func(s *Store) error { return s.each(ctx, f, loadSQL, s.namespace) })
}

// look calls f with a file that is there, of which f may use the readers.
func look(path string, o Options, f func(*Store) error) error {
	db, err := sql.Open("sqlite", dsn(path, readOnly(path)))
	if err != nil {
		return fmt.Errorf("read store %q: %w", path, err)
	}
	return errors.Join(f(&Store{namespace: o.namespace(), readers: db}), db.Close())
}

// readOnly returns how to read a file without writing beside it. Where there is
// no journal, nobody has it open, and SQLite needs none of its own.
func readOnly(path string) url.Values {
	q := url.Values{"mode": {"ro"}, "_pragma": {"busy_timeout(5000)"}}
	if _, err := os.Stat(path + "-wal"); errors.Is(err, fs.ErrNotExist) {
		q.Set("immutable", "1")
	}
	return q
}
