package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"iter"

	"tocsin/rules"
	"tocsin/store/record"
)

// Commit keeps all rows or none; when it returns nil they survive a crash. After
// an error, such as a full disk, the store goes on to work.
func (s *Store) Commit(ctx context.Context, rows []rules.Row) error {
	if len(rows) == 0 {
		return nil
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return errClosed
	}
	if err := s.write(ctx, s.namespace, record.Chunks(rows, chunk)); err != nil {
		return fmt.Errorf("commit to store: %w", err)
	}
	return nil
}

// chunk is how many rows are there as JSON at a time.
const chunk = 1024

// write keeps records in one transaction.
func (s *Store) write(ctx context.Context, namespace string, chunks iter.Seq2[[]record.Record, error]) error {
	tx, err := s.writer.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	b := bulk{tx: tx, namespace: namespace, sums: record.NewSummer(namespace), keys: []byte{}}
	for records, err := range chunks {
		if err == nil {
			err = b.writeAll(ctx, &s.stmts, records)
		}
		if err != nil {
			_ = tx.Rollback() // the error before it says more
			return err
		}
	}
	return tx.Commit()
}

// sameSort returns how many of the first records are of one kind and are all
// written or all deleted.
func sameSort(records []record.Record) int {
	first := records[0]
	for i, r := range records {
		if r.Kind != first.Kind || (r.Value == nil) != (first.Value == nil) {
			return i
		}
	}
	return len(records)
}

// A bulk writes many rows in one transaction.
type bulk struct {
	tx        *sql.Tx
	namespace string
	sums      *record.Summer
	args      []any
	keys      []byte // never nil: an empty key is no NULL
}

// writeAll keeps or deletes records of any sort.
func (b *bulk) writeAll(ctx context.Context, s *statements, records []record.Record) error {
	for len(records) > 0 {
		n := sameSort(records)
		if err := b.write(ctx, s.of(records[0].Kind), records[:n]); err != nil {
			return err
		}
		records = records[n:]
	}
	return nil
}

// write keeps or deletes records of one sort.
func (b *bulk) write(ctx context.Context, t *tableStatements, records []record.Record) error {
	if records[0].Value == nil {
		return b.remove(ctx, t, records)
	}
	for _, u := range t.upserts {
		n := len(records) - len(records)%u.rows
		if err := b.upsert(ctx, u, records[:n]); err != nil {
			return err
		}
		records = records[n:]
	}
	return nil
}

// upsert keeps records, whose number is a multiple of what the statement takes.
func (b *bulk) upsert(ctx context.Context, u upsert, records []record.Record) error {
	if len(records) == 0 {
		return nil
	}
	stmt := b.tx.StmtContext(ctx, u.stmt)
	defer func() { _ = stmt.Close() }()
	for ; len(records) > 0; records = records[u.rows:] {
		if _, err := stmt.ExecContext(ctx, b.values(records[:u.rows])...); err != nil {
			return err
		}
	}
	return nil
}

func (b *bulk) remove(ctx context.Context, t *tableStatements, records []record.Record) error {
	stmt := b.tx.StmtContext(ctx, t.remove)
	defer func() { _ = stmt.Close() }()
	for _, r := range records {
		if _, err := stmt.ExecContext(ctx, b.namespace, r.Kind, []byte(r.Key)); err != nil {
			return err
		}
	}
	return nil
}

// values returns the parameters of an upsert, valid until the next call.
func (b *bulk) values(records []record.Record) []any {
	b.args, b.keys = b.args[:0], b.keys[:0]
	for _, r := range records {
		begin := len(b.keys)
		b.keys = append(b.keys, r.Key...)
		b.args = append(b.args, b.namespace, r.Kind, b.keys[begin:len(b.keys):len(b.keys)], r.Value, int64(b.sums.Sum(r)))
	}
	return b.args
}
