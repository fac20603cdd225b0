package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"sync"

	"tocsin/rules"
)

// A Store is an open file. It is safe for concurrent use.
type Store struct {
	namespace string
	lock      *os.File
	writer    *sql.DB
	readers   *sql.DB
	stmts     statements

	// mu lets Close wait for what is under way.
	mu     sync.RWMutex
	closed bool
}

// errClosed is what every method of a closed store returns.
var errClosed = errors.New("the store is closed")

const (
	loadSQL = `SELECT kind, key, value FROM current_rows
WHERE namespace = $1 ORDER BY kind, key`
	historySQL = `SELECT kind, key, value FROM history_rows
WHERE namespace = $1 AND kind = $2 AND key >= $3 AND key < $4 ORDER BY key`
	pruneSQL = `DELETE FROM history_rows WHERE namespace = $1 AND kind = $2 AND key IN
(SELECT key FROM history_rows WHERE namespace = $3 AND kind = $4 AND key < $5 ORDER BY key LIMIT 5000)`
)

// Load calls f for each row that is not history, by kind and key. It is what was
// committed when Load began; f may commit.
func (s *Store) Load(ctx context.Context, f func(rules.Stored) error) error {
	return s.each(ctx, f, loadSQL, s.namespace)
}

// History calls f for the history rows of a kind with from <= key < until, in
// order of their keys.
func (s *Store) History(ctx context.Context, kind, from, until string, f func(rules.Stored) error) error {
	return s.each(ctx, f, historySQL, s.namespace, kind, []byte(from), []byte(until))
}

// each calls f for the rows of a query.
func (s *Store) each(ctx context.Context, f func(rules.Stored) error, query string, args ...any) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return errClosed
	}
	rows, err := s.readers.QueryContext(ctx, query, args...)
	if err != nil {
		return fmt.Errorf("read store: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var kind sql.RawBytes
	var row rules.Stored
	for rows.Next() {
		var key []byte
		row.Value = nil
		if err := rows.Scan(&kind, &key, &row.Value); err != nil {
			return fmt.Errorf("read store: %w", err)
		}
		if row.Kind != string(kind) { // one string for all rows of a kind
			row.Kind = string(kind)
		}
		row.Key = string(key)
		if err := f(row); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read store: %w", err)
	}
	return nil
}

// Prune removes the history of a kind before a key, some thousand rows at a time
// so that commits need not wait for all of it.
func (s *Store) Prune(ctx context.Context, kind, before string) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return errClosed
	}
	for {
		res, err := s.writer.ExecContext(ctx, pruneSQL, s.namespace, kind, s.namespace, kind, []byte(before))
		if err != nil {
			return fmt.Errorf("prune store: %w", err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return err
		}
	}
}

// Close waits for what is under way, writes the journal back into the file and
// lets others open it. Closing twice is no error.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	return errors.Join(s.disconnect(), s.lock.Close())
}

// disconnect closes the connections; the last one folds the journal.
func (s *Store) disconnect() error {
	return errors.Join(s.stmts.close(), s.readers.Close(), s.writer.Close())
}
