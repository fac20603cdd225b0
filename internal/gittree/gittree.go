// Package gittree reads the files of a git revision, without a work tree of it. It
// needs nothing of the history but that one revision, so that shallow clones do.
package gittree

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// A Tree is the files of a revision. Names are relative to the folder that it was
// opened in. It belongs to one goroutine.
type Tree struct {
	dir, prefix string
	commit      string
	names       []string          // of all files of the repository, sorted
	links       map[string]string // what symbolic links stand for, from the top; empty: outside
	modules     map[string]bool   // where submodules are
}

// ErrNoRevision says that there is no such revision here.
var ErrNoRevision = errors.New("no such revision")

// Open finds a revision in the repository that a folder is in.
func Open(ctx context.Context, dir, revision string) (*Tree, error) {
	t := &Tree{dir: dir, links: map[string]string{}, modules: map[string]bool{}}
	prefix, err := t.git(ctx, "rev-parse", "--show-prefix")
	if err != nil {
		return nil, err
	}
	t.prefix = strings.TrimSpace(string(prefix))
	commit, err := t.git(ctx, "rev-parse", "--verify", "--quiet", "--end-of-options", revision+"^{commit}")
	if err != nil {
		return nil, fmt.Errorf("%w: %q", ErrNoRevision, revision)
	}
	t.commit = strings.TrimSpace(string(commit))
	list, err := t.git(ctx, "ls-tree", "-r", "-z", "--full-tree", t.commit)
	if err != nil {
		return nil, err
	}
	return t, t.take(ctx, string(list))
}

// Commit is the full name of the revision.
func (t *Tree) Commit() string { return t.commit }

// full is a name from the top of the repository.
func (t *Tree) full(name string) string { return path.Join(t.prefix, filepath.ToSlash(name)) }

// Read returns a file as it was in the revision.
func (t *Tree) Read(name string) ([]byte, error) {
	full, err := t.follow(t.full(name))
	if err == nil {
		if _, found := slices.BinarySearch(t.names, full); !found {
			err = fs.ErrNotExist
		}
	}
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	text, err := t.git(context.Background(), "cat-file", "blob", t.commit+":"+full)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return text, nil
}

func (t *Tree) relative(name string) string {
	if rel, err := filepath.Rel(filepath.FromSlash("/"+t.prefix), filepath.FromSlash("/"+name)); err == nil {
		return rel
	}
	return name
}

// git runs git and returns what it printed.
func (t *Tree) git(ctx context.Context, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir = t.dir
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		if text := strings.TrimSpace(said.String()); text != "" {
			return nil, fmt.Errorf("git %s: %s", args[0], text)
		}
		return nil, fmt.Errorf("git %s: %w", args[0], err)
	}
	return out.Bytes(), nil
}
