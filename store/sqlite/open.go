package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"time"

	_ "modernc.org/sqlite" // the driver
)

// pageSize is the size of the pages of every store. Rows of up to a quarter of
// it need no overflow page. Salvage relies on it: never change it for files that
// exist.
const pageSize = 8192

// Options are what Open needs besides the path. The zero value will do.
type Options struct {
	// Namespace is part of every key; empty is "default".
	Namespace string
	// Damaged is called once, before Open returns, if the file was damaged. A Standby
	// calls it again, from Commit, when it has mended the file.
	Damaged func(Damage)
	// Now names files that are set aside, and says when to try a file again; nil is
	// time.Now.
	Now func() time.Time
}

// Open opens the store in a file, and creates it if there is none. The folder
// must exist.
func Open(ctx context.Context, path string, o Options) (*Store, error) {
	given := path
	path, err := resolve(given)
	if err != nil {
		return nil, fmt.Errorf("open store %q: %w", given, err)
	}
	lock, used, err := lockFile(path)
	if err != nil {
		return nil, err
	}
	s, err := openLocked(ctx, path, used, o)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open store %q: %w", path, err), lock.Close())
	}
	s.lock = lock
	return s, nil
}

// openLocked opens the file, and a second time if it had to be salvaged. Used
// says whether a store was open under this name before.
func openLocked(ctx context.Context, path string, used bool, o Options) (*Store, error) {
	if _, err := finishSalvage(path, o.now()); err != nil {
		return nil, err
	}
	s, err := openHealthy(ctx, path, used, o)
	var damaged damageError
	if !errors.As(err, &damaged) {
		return s, err
	}
	d, err := salvage(ctx, path, damaged.cause, o)
	if err != nil {
		return nil, fmt.Errorf("salvage after %q: %w", damaged.cause, err)
	}
	s, err = openHealthy(ctx, path, used, o)
	if err == nil && o.Damaged != nil {
		o.Damaged(d)
	}
	return s, err
}

// openHealthy opens the file if nothing is wrong with it. Its error is a
// damageError where salvage would help.
func openHealthy(ctx context.Context, path string, used bool, o Options) (*Store, error) {
	if err := inspect(path, used); err != nil {
		return nil, err
	}
	s, err := connect(ctx, path, o)
	if err != nil {
		return nil, asDamage(err)
	}
	for _, step := range []func(context.Context, *sql.DB) error{checkWrites, checkPages, migrate, checkRows} {
		if err := step(ctx, s.writer); err != nil {
			return nil, errors.Join(asDamage(err), s.disconnect())
		}
	}
	if err := s.prepare(ctx); err != nil {
		return nil, errors.Join(err, s.disconnect())
	}
	return s, nil
}

// connect opens the connections: one that writes, and some that read.
func connect(ctx context.Context, path string, o Options) (*Store, error) {
	// The size of pages must be set before the journal's mode, and is: the driver
	// sorts pragmas, and applies the mode after them.
	writer, err := sql.Open("sqlite", dsn(path, url.Values{
		"mode":          {"rwc"},
		"_txlock":       {"immediate"},
		"_journal_mode": {"WAL"},
		"_synchronous":  {"FULL"},
		"_pragma": {
			"busy_timeout(5000)",
			fmt.Sprintf("page_size(%d)", pageSize),
			"secure_delete(on)", // so that salvage can't find what was deleted
			"journal_size_limit(67108864)",
			"fullfsync(on)",
		},
	}))
	if err != nil {
		return nil, err
	}
	writer.SetMaxOpenConns(1)
	if err := writer.PingContext(ctx); err != nil {
		return nil, errors.Join(err, writer.Close())
	}
	readers, err := sql.Open("sqlite", dsn(path, url.Values{
		"mode":        {"rw"},
		"_query_only": {"on"},
		"_pragma":     {"busy_timeout(5000)"},
	}))
	if err != nil {
		return nil, errors.Join(err, writer.Close())
	}
	readers.SetMaxOpenConns(4)
	return &Store{namespace: o.namespace(), writer: writer, readers: readers}, nil
}

// dsn names a file to the driver, whatever characters are in its path.
func dsn(path string, q url.Values) string {
	u := url.URL{Scheme: "file", Path: filepath.ToSlash(path), OmitHost: true, RawQuery: q.Encode()}
	return u.String()
}

// resolve returns the absolute path of a file without symbolic links, so that
// two names of one file share one lock.
func resolve(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	target, err := filepath.EvalSymlinks(path)
	if errors.Is(err, os.ErrNotExist) {
		dir, err := filepath.EvalSymlinks(filepath.Dir(path))
		return filepath.Join(dir, filepath.Base(path)), err
	}
	return target, err
}

func (o Options) namespace() string {
	if o.Namespace == "" {
		return "default"
	}
	return o.Namespace
}

func (o Options) now() time.Time {
	if o.Now == nil {
		return time.Now()
	}
	return o.Now()
}
