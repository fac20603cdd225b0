package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/diff"

	"tocsin/convert"
)

// put brings what became of the files to where it is asked for.
func (c convertCommand) put(w process, results []convert.Result) error {
	switch {
	case c.Write:
		return writeAll(results, func(r convert.Result) (string, bool) { return r.Name, r.Changed() })
	case c.Output != "":
		return c.export(results)
	case c.Diff || len(results) > 1 && !c.Check:
		for _, r := range results {
			if _, err := w.out.Write(difference(r)); err != nil {
				return err
			}
		}
	case !c.Check:
		_, err := w.out.Write(results[0].After)
		return err
	}
	return nil
}

// difference is what patch -p1 and git apply read.
func difference(r convert.Result) []byte {
	name := strings.TrimPrefix(filepath.ToSlash(r.Name), "/")
	return diff.Diff("a/"+name, r.Before, "b/"+name, r.After)
}

// export writes all files to a folder.
func (c convertCommand) export(results []convert.Result) error {
	from := map[string]string{}
	for _, r := range results {
		base := filepath.Base(r.Name)
		if other, ok := from[base]; ok {
			return usageError("--output: %s and %s would both be %s", other, r.Name, filepath.Join(c.Output, base))
		}
		from[base] = r.Name
	}
	if err := os.MkdirAll(c.Output, 0o755); err != nil { //nolint:gosec // rules are for others to read
		return &exitError{exitUsage, fmt.Errorf("--output: %w", err)}
	}
	return writeAll(results, func(r convert.Result) (string, bool) {
		return filepath.Join(c.Output, filepath.Base(r.Name)), true
	})
}

// writeAll writes files, each whole or not at all.
func writeAll(results []convert.Result, where func(convert.Result) (string, bool)) error {
	for _, r := range results {
		name, changed := where(r)
		if !changed {
			continue
		}
		if err := replaceFile(name, r.After); err != nil {
			return &exitError{exitUsage, err}
		}
	}
	return nil
}

// replaceFile writes a file beside its place and moves it there. It keeps the
// permissions of the one that is there, and what a link leads to is replaced
// rather than the link.
func replaceFile(name string, text []byte) (err error) {
	if target, err := filepath.EvalSymlinks(name); err == nil {
		name = target
	}
	mode := fs.FileMode(0o644)
	if info, err := os.Stat(name); err == nil {
		mode = info.Mode().Perm()
	}
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	_, err = f.Write(text)
	if err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}
