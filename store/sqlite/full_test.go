//go:build unix

package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"tocsin/rules"
	"tocsin/store/sqlite"
)

// fillDisk commits until there is no room, and again when there is. The room is
// the limit of the size of a file, which needs no privileges; SQLite takes it for
// an error of the disk, which is worse than a full one.
func fillDisk(dir string) error {
	signal.Ignore(syscall.SIGXFSZ)
	s, err := openIn(dir)
	if err != nil {
		return err
	}
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
		return err
	}
	if err := limit(syscall.Rlimit{Cur: 1 << 20, Max: before.Max}); err != nil {
		return err
	}
	kept := 0
	for ; kept < 1000; kept++ {
		if err = commitBig(s, kept); err != nil {
			break
		}
	}
	fmt.Printf("kept %d, then: %v\n", kept, err)
	if err == nil {
		return errors.New("the disk is never full")
	}
	if err := stillThere(s, kept); err != nil {
		return err
	}
	if err := limit(before); err != nil {
		return err
	}
	if err := commitBig(s, kept); err != nil {
		return fmt.Errorf("with room again: %w", err)
	}
	if err := stillThere(s, kept+1); err != nil {
		return err
	}
	return s.Close()
}

func limit(l syscall.Rlimit) error { return syscall.Setrlimit(syscall.RLIMIT_FSIZE, &l) }

func commitBig(s *sqlite.Store, n int) error {
	return s.Commit(context.Background(), []rules.Row{
		{Kind: rules.KindState, Key: fmt.Sprintf("%04d", n), Value: strings.Repeat("x", 30_000)},
		{Kind: rules.KindTold, Key: "latest", Value: n},
	})
}

// stillThere returns an error unless a store holds n big rows, and not half of
// another commit.
func stillThere(s *sqlite.Store, n int) error {
	states, latest := 0, ""
	err := s.Load(context.Background(), func(r rules.Stored) error {
		if r.Kind == rules.KindState {
			states++
		} else {
			latest = string(r.Value)
		}
		return nil
	})
	if err == nil && (states != n || latest != fmt.Sprint(n-1)) {
		err = fmt.Errorf("%d rows, the latest %s: want %d", states, latest, n)
	}
	return err
}

func TestF13FullDisk(t *testing.T) {
	dir := t.TempDir()
	c := start(t, "full", dir)
	said, _ := c.lines(1)
	if err := c.cmd.Wait(); err != nil {
		t.Fatalf("%v: %s\n%s", err, said, c.stderr)
	}
	if !strings.Contains(said, "commit to store") {
		t.Errorf("the child said %q: want an error of a commit", said)
	}
	closed(t, open(t, dir))
}

// openReadOnly opens a store in a folder where it may not write. Root may write
// anywhere, so it ceases to be root first.
func openReadOnly(dir string) error {
	if os.Getuid() == 0 {
		if err := syscall.Setuid(65534); err != nil {
			return err
		}
	}
	_, err := openIn(dir)
	return err
}

func TestF13ReadOnlyFolder(t *testing.T) {
	dir, err := os.MkdirTemp("", "tocsin-readonly") // t.TempDir is closed to others
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(dir, 0o700); _ = os.RemoveAll(dir) })
	for _, c := range []struct {
		sentence string
		store    bool // there is one already
	}{
		{"an empty folder", false},
		{"a folder with a store", true},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			if c.store {
				if err := os.Chmod(dir, 0o700); err != nil {
					t.Fatal(err)
				}
				closed(t, open(t, dir))
			}
			if err := os.Chmod(dir, 0o555); err != nil {
				t.Fatal(err)
			}
			child := start(t, "readonly", dir)
			if child.cmd.Wait() == nil {
				t.Fatal("the store was opened")
			}
			wantError(t, errors.New(child.stderr.String()), filepath.Join(dir, "tocsin.db"), "permission denied")
		})
	}
}
