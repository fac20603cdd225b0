package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"tocsin/rules"
)

// retryEvery is the shortest time between two attempts to open a file.
const retryEvery = time.Second

// A Standby is a store whose file is there and can't be written: the kernel has
// mounted its volume read-only after an error of the disk, or there is no room for
// the journal. It is exactly then that people must be told, so that this is no
// reason not to start: what was kept is read without writing, commits fail, and
// each of them tries to open the file, but for those that come too soon after
// another. From the first that succeeds on it is a Store like any other. It is
// safe for concurrent use.
//
// The file is locked as ever, if the lock file can be read. If not, it goes on
// without: two daemons say everything twice, none says nothing.
type Standby struct {
	path  string
	opts  Options
	blind bool           // nothing of the file could be read
	rows  []rules.Stored // that Load gives until the file is open
	store atomic.Pointer[Store]
	stop  atomic.Pointer[context.CancelFunc] // ends the attempt under way

	mu     sync.Mutex // held during an attempt
	lock   *os.File   // nil: none could be had, or the store has it
	used   bool
	tried  time.Time
	why    error // the last attempt failed
	closed bool
}

// StandBy returns a store for a file that Open could not open for the reason given.
// The reason is returned if it is another than that nothing can be written, or
// if there is no file: then nothing was kept, and the mistake is in the
// configuration.
func StandBy(ctx context.Context, path string, o Options, why error) (*Standby, error) {
	path, err := resolve(path)
	if err != nil || !unwritable(why) {
		return nil, why
	}
	if _, err := os.Stat(path); err != nil {
		return nil, why
	}
	lock, err := lockAsIs(path)
	if err != nil {
		return nil, err
	}
	s := &Standby{path: path, opts: o, lock: lock, used: true, why: why, tried: o.now()}
	if err := s.read(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("read store %q: %w", path, err), s.Close())
	}
	return s, nil
}

// unwritable reports whether an error says that a file, or what SQLite puts
// beside it, may not or can't be written. SQLite calls much an error of the disk,
// such as no room for the index of its journal.
func unwritable(err error) bool {
	var e *sqlite.Error
	if errors.As(err, &e) {
		switch e.Code() & 0xff {
		case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM,
			sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL:
			return true
		}
	}
	return slices.ContainsFunc([]error{
		fs.ErrPermission, syscall.EROFS, syscall.ENOSPC, syscall.EDQUOT, syscall.EIO,
	}, func(reason error) bool { return errors.Is(err, reason) })
}

// Load calls f for each row that is not history, by kind and key.
func (s *Standby) Load(ctx context.Context, f func(rules.Stored) error) error {
	if open := s.store.Load(); open != nil {
		return open.Load(ctx, f)
	}
	for _, row := range s.rows {
		if err := f(row); err != nil {
			return err
		}
	}
	return nil
}

// History calls f for the history rows of a kind with from <= key < until, in
// order of their keys, if SQLite can read the file as it is.
func (s *Standby) History(ctx context.Context, kind, from, until string, f func(rules.Stored) error) error {
	if open := s.store.Load(); open != nil {
		return open.History(ctx, kind, from, until, f)
	}
	return look(s.path, s.opts, func(as *Store) error { return as.History(ctx, kind, from, until, f) })
}

// Commit opens the file if it can be opened now, and keeps all rows or none.
func (s *Standby) Commit(ctx context.Context, rows []rules.Row) error {
	if len(rows) == 0 {
		return nil
	}
	open, err := s.open(ctx)
	if err != nil {
		return fmt.Errorf("commit to store: %w", err)
	}
	return open.Commit(ctx, rows)
}

// Prune removes the history of a kind before a key.
func (s *Standby) Prune(ctx context.Context, kind, before string) error {
	open, err := s.open(ctx)
	if err != nil {
		return fmt.Errorf("prune store: %w", err)
	}
	return open.Prune(ctx, kind, before)
}

// Close ends an attempt to open the file that is under way, and lets others open
// it. Closing twice is no error.
func (s *Standby) Close() error {
	if stop := s.stop.Load(); stop != nil {
		(*stop)()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	if open := s.store.Load(); open != nil {
		return open.Close()
	}
	if s.lock == nil {
		return nil
	}
	lock := s.lock
	s.lock = nil
	return lock.Close()
}

// open returns the store, or why there is none yet.
func (s *Standby) open(ctx context.Context) (*Store, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	open := s.store.Load()
	switch {
	case open != nil:
		return open, nil
	case s.closed:
		return nil, errClosed
	case s.opts.now().Sub(s.tried) < retryEvery:
		return nil, s.why
	}
	open, s.why = s.try(ctx)
	s.tried = s.opts.now()
	if s.why != nil {
		return nil, s.why
	}
	open.lock, s.lock = s.lock, nil
	resign(s.path)
	s.store.Store(open)
	return open, nil
}

// try opens the file as Open does. A commit has seconds, but to check a large
// file takes as long as it takes: only Close ends it.
func (s *Standby) try(ctx context.Context) (*Store, error) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	s.stop.Store(&cancel)
	if s.lock == nil {
		lock, used, err := lockFile(s.path)
		if err != nil {
			return nil, err
		}
		s.lock, s.used = lock, used
	}
	if err := s.replace(); err != nil {
		return nil, fmt.Errorf("set aside store %q: %w", s.path, err)
	}
	open, err := openLocked(ctx, s.path, s.used, s.opts)
	if err != nil {
		return nil, fmt.Errorf("open store %q: %w", s.path, err)
	}
	return open, nil
}

// replace sets a file aside of which nothing was known at the start: alerts and
// messages of then, left among those that began without them, would come back at
// the next start.
func (s *Standby) replace() error {
	if !s.blind {
		return nil
	}
	aside, err := setAside(s.path, s.opts.now())
	if err != nil {
		return err
	}
	s.blind, s.used = false, false
	s.damaged(Damage{File: s.path, Aside: aside, Cause: "it could not be read at the start"})
	return nil
}

func (s *Standby) damaged(d Damage) {
	if s.opts.Damaged != nil {
		s.opts.Damaged(d)
	}
}

// read reads what was kept. A file that is damaged, or that SQLite can't read
// without writing, gives the rows that salvage would take over from it; one that
// can't be read at all gives none.
func (s *Standby) read(ctx context.Context) error {
	cause := asDamage(s.readSound(ctx))
	var newer newerError
	if cause == nil || ctx.Err() != nil || errors.As(cause, &newer) {
		return cause
	}
	d := Damage{File: s.path, Cause: cause.Error()}
	rows, err := saved(s.path, s.opts.namespace(), &d)
	if errors.Is(err, errForeign) {
		return err
	}
	if err != nil {
		s.blind, s.rows = true, nil
		s.damaged(Damage{File: s.path, Cause: err.Error()})
		return nil
	}
	s.rows = rows
	if errors.As(cause, new(damageError)) || d.Lost+d.Pages > 0 {
		s.damaged(d)
	}
	return nil
}

// readSound reads the rows of a file with which nothing is wrong.
func (s *Standby) readSound(ctx context.Context) error {
	if err := inspect(s.path, s.used); err != nil {
		return err
	}
	return look(s.path, s.opts, func(as *Store) error {
		known := func(ctx context.Context, db *sql.DB) error { _, err := steps(ctx, db); return err }
		for _, step := range []func(context.Context, *sql.DB) error{checkPages, known, checkRows} {
			if err := step(ctx, as.readers); err != nil {
				return err
			}
		}
		return as.Load(ctx, func(r rules.Stored) error { s.rows = append(s.rows, r); return nil })
	})
}
