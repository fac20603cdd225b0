package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"tocsin/internal/gittree"
	"tocsin/rules/file"
)

// A tree is a version of the rules: a folder, or a git revision of this one.
type tree struct {
	file.Files
	name string
}

// openTree finds a tree by its name: a folder that is there, else a revision. What
// may be either is refused, for a comparison with the wrong one looks like any other.
func openTree(ctx context.Context, name string) (tree, error) {
	info, err := os.Stat(name)
	isFolder := err == nil && info.IsDir()
	if isFolder && (strings.HasPrefix(name, ".") || filepath.IsAbs(name)) {
		return tree{folder(name), name}, nil
	}
	t, err := gittree.Open(ctx, ".", name)
	switch {
	case isFolder && err == nil:
		return tree{}, usageError("%q is a folder and a git revision: write .%c%s or %s", name, filepath.Separator, name, t.Commit()[:12])
	case isFolder:
		return tree{folder(name), name}, nil
	}
	if errors.Is(err, gittree.ErrNoRevision) {
		return tree{}, usageError("%q is neither a folder nor a git revision that is here; a shallow clone may lack it: git fetch --depth=1 origin BRANCH, then name FETCH_HEAD or origin/BRANCH", name)
	}
	if err != nil {
		return tree{}, &exitError{exitUsage, fmt.Errorf("%q is no folder, and as a revision: %w", name, err)}
	}
	return tree{t, name}, nil
}

// folder is the files below a folder, by their names from it.
type folder string

// Read reads a file.
func (f folder) Read(name string) ([]byte, error) { return file.Disk{}.Read(f.join(name)) }

// Glob returns the files that match a pattern.
func (f folder) Glob(pattern string) ([]string, error) {
	all, err := file.Disk{}.Glob(f.join(pattern))
	for i, name := range all {
		if rel, err := filepath.Rel(string(f), name); err == nil && !filepath.IsAbs(pattern) {
			all[i] = rel
		}
	}
	return all, err
}

func (f folder) join(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(string(f), name)
}

// readable makes sure that a file can be read, and is one.
func readable(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return &exitError{exitUsage, err}
	}
	info, err := f.Stat()
	if err == nil && info.IsDir() {
		err = fmt.Errorf("%s is a folder: name its files, such as %s", name, filepath.Join(name, "*.yaml"))
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return &exitError{exitUsage, err}
	}
	return nil
}
