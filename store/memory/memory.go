// Package memory is a store that forgets everything when its process ends: for
// dry runs, tests and replays.
//
// It keeps what any store keeps, in the same encoding, and it never does less: a
// Disk can be opened again after a store was closed or merely dropped, which is
// how tests let a daemon die.
package memory

import (
	"context"
	"errors"
	"slices"
	"sync"

	"tocsin/rules"
	"tocsin/store/record"
)

// errClosed is what every method of a closed store returns.
var errClosed = errors.New("the store is closed")

// A Disk is what outlives a store. The zero value is empty.
type Disk struct {
	mu      sync.Mutex
	current table
	history table
	open    *Store // the one that may use the disk
}

// A Store is a Disk in use.
type Store struct{ disk *Disk }

// New returns a store on an empty disk of its own.
func New() *Store { return new(Disk).Open() }

// Open returns a store on what the disk holds. A store opened before is closed
// by it, as the death of its process would.
func (d *Disk) Open() *Store {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.open = &Store{disk: d}
	return d.open
}

// Load calls f for each row that is not history, by kind and key. It is what was
// committed when Load began; f may commit.
func (s *Store) Load(ctx context.Context, f func(rules.Stored) error) error {
	return s.each(ctx, f, func() []record.Record { return s.disk.current.all() })
}

// History calls f for the history rows of a kind with from <= key < until.
func (s *Store) History(ctx context.Context, kind, from, until string, f func(rules.Stored) error) error {
	return s.each(ctx, f, func() []record.Record { return s.disk.history.between(kind, from, until) })
}

// each calls f for a copy of what get returns under the lock.
func (s *Store) each(ctx context.Context, f func(rules.Stored) error, get func() []record.Record) error {
	records, err := s.snapshot(get)
	if err != nil {
		return err
	}
	for _, r := range records {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := f(rules.Stored{Kind: r.Kind, Key: r.Key, Value: slices.Clone(r.Value)}); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) snapshot(get func() []record.Record) ([]record.Record, error) {
	s.disk.mu.Lock()
	defer s.disk.mu.Unlock()
	if s.disk.open != s {
		return nil, errClosed
	}
	return get(), nil
}

// Commit keeps all rows or none.
func (s *Store) Commit(ctx context.Context, rows []rules.Row) error {
	records, err := record.Of(rows)
	if err != nil {
		return err
	}
	return s.change(ctx, func(d *Disk) {
		for _, r := range records {
			if rules.IsHistory(r.Kind) {
				d.history.put(r)
			} else {
				d.current.put(r)
			}
		}
	})
}

// Prune removes the history of a kind before a key.
func (s *Store) Prune(ctx context.Context, kind, before string) error {
	return s.change(ctx, func(d *Disk) { d.history.cut(kind, before) })
}

func (s *Store) change(ctx context.Context, f func(*Disk)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.disk.mu.Lock()
	defer s.disk.mu.Unlock()
	if s.disk.open != s {
		return errClosed
	}
	f(s.disk)
	return nil
}

// Close gives the disk back. Closing twice is no error.
func (s *Store) Close() error {
	s.disk.mu.Lock()
	defer s.disk.mu.Unlock()
	if s.disk.open == s {
		s.disk.open = nil
	}
	return nil
}
