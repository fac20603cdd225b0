// Package store opens the store that a URL names.
//
// It decides where rows are kept, never what they are: that is the engine's.
package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"tocsin/engine"
	"tocsin/rules"
	"tocsin/store/memory"
	"tocsin/store/sqlite"
)

// Options are what Open needs besides the URL. The zero value will do.
type Options struct {
	// Namespace is part of every key; empty is "default".
	Namespace string
	// Damaged is called once, before Open returns, if the file was damaged: the
	// store then holds what could be saved of it.
	Damaged func(sqlite.Damage)
	// Standby is called once, before Open returns, if the file is there and can't
	// be written: commits then fail until it can.
	Standby func(why error)
	// Now is the time; nil is time.Now.
	Now func() time.Time
}

// Open opens the store that a URL names: "memory:", or a file of SQLite as
// "sqlite:PATH" or as PATH alone. A relative path is one below dir.
func Open(ctx context.Context, url, dir string, o Options) (engine.Store, error) {
	if url == "memory:" {
		return memory.New(), nil
	}
	path, err := filePath(url, dir)
	if err != nil {
		return nil, err
	}
	return openFile(ctx, path, o)
}

// openFile opens a file, for reading alone if it can't be written.
func openFile(ctx context.Context, path string, o Options) (engine.Store, error) {
	of := sqlite.Options{Namespace: o.Namespace, Damaged: o.Damaged, Now: o.Now}
	s, why := sqlite.Open(ctx, path, of)
	if why == nil {
		return s, nil
	}
	standby, err := sqlite.StandBy(ctx, path, of, why)
	if err != nil {
		return nil, err
	}
	if o.Standby != nil {
		o.Standby(why)
	}
	return standby, nil
}

// Copy returns a store in memory that holds what the store that a URL names
// holds now, history aside: for a dry run, beside a daemon or without one. What
// becomes of the copy changes nothing of the original.
func Copy(ctx context.Context, url, dir string, o Options) (engine.Store, error) {
	if url == "memory:" {
		return memory.New(), nil
	}
	path, err := filePath(url, dir)
	if err != nil {
		return nil, err
	}
	var rows []rules.Row
	err = sqlite.Read(ctx, path, sqlite.Options{Namespace: o.Namespace}, func(r rules.Stored) error {
		rows = append(rows, rules.Row{Kind: r.Kind, Key: r.Key, Value: json.RawMessage(r.Value)})
		return nil
	})
	if err != nil {
		return nil, err
	}
	copied := memory.New()
	return copied, copied.Commit(ctx, rows)
}

// filePath returns the file that a URL names. A URL that it refuses is not
// quoted beyond its scheme, since it may hold a password.
func filePath(url, dir string) (string, error) {
	scheme, rest, ok := strings.Cut(url, ":")
	switch {
	case url == "":
		return "", errors.New("store: the URL is empty: one of memory:, sqlite:PATH, PATH")
	case ok && (scheme == "postgres" || scheme == "postgresql"):
		return "", errors.New("store: PostgreSQL comes later: use a file, such as tocsin.db, for now")
	case ok && scheme == "sqlite":
		rest = strings.TrimPrefix(rest, "//")
	case ok && strings.HasPrefix(rest, "//"):
		return "", fmt.Errorf("store: unknown scheme %q: one of memory:, sqlite:PATH, PATH", scheme)
	default:
		rest = url
	}
	if rest == "" {
		return "", fmt.Errorf("store: %q names no file", url)
	}
	if !filepath.IsAbs(rest) {
		rest = filepath.Join(dir, rest)
	}
	return rest, nil
}
