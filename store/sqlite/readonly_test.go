//go:build unix

package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"tocsin/e2e/eventually"
	"tocsin/store/sqlite"
)

// standBy stands by in a folder where it may not write, until it may. It prints
// the number that the store held, and the one that it holds then. Root may write
// anywhere, so it ceases to be root first.
func standBy(dir string) error {
	if os.Getuid() == 0 {
		if err := syscall.Setuid(nobody); err != nil {
			return err
		}
	}
	s, err := openStandby(dir)
	if err != nil {
		return err
	}
	n, err := lastNumber(s)
	if err != nil {
		return err
	}
	next := func() error { return s.Commit(context.Background(), numbered(n+1)) }
	if eventually.Try(1200*time.Millisecond, next) == nil {
		return errors.New("a commit went through")
	}
	if _, err := openStandby(dir); err == nil {
		return errors.New("two have the store at once")
	}
	if err := modes(dir, 0o700, 0o600); err != nil {
		return err
	}
	if err := eventually.Try(10*time.Second, next); err != nil {
		return err
	}
	if _, err := openIn(dir); err == nil {
		return errors.New("another was opened beside it")
	}
	got, err := lastNumber(s)
	fmt.Println(n, got)
	return errors.Join(err, s.Close())
}

// openStandby opens the store of a folder in a child that can't write it.
func openStandby(dir string) (*sqlite.Standby, error) {
	_, why := openIn(dir)
	if why == nil {
		return nil, errors.New("the store was opened")
	}
	o := sqlite.Options{Damaged: func(d sqlite.Damage) { fmt.Println(d) }}
	return sqlite.StandBy(context.Background(), filepath.Join(dir, "tocsin.db"), o, why)
}

// nobody is a user who is not root.
const nobody = 65534

// modes sets who may do what with a folder and the files in it, which are
// nobody's from then on.
func modes(dir string, folder, file fs.FileMode) error {
	errs := []error{os.Chmod(dir, 0o700)}
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	errs = append(errs, err)
	for _, name := range names {
		errs = append(errs, os.Chmod(name, file))
	}
	if os.Getuid() == 0 {
		for _, name := range append(names, dir) {
			errs = append(errs, os.Chown(name, nobody, nobody))
		}
	}
	return errors.Join(append(errs, os.Chmod(dir, folder))...)
}

// TestF13ReadOnlyFolder: a store that can't be written is read, and goes on as
// soon as it can be.
func TestF13ReadOnlyFolder(t *testing.T) {
	for _, c := range []struct {
		sentence string
		folder   fs.FileMode
		file     fs.FileMode
		killed   bool // who wrote it
	}{
		{"nothing new may be put beside it", 0o555, 0o600, false},
		{"it may not be written itself", 0o700, 0o400, false},
		{"nothing may be written", 0o555, 0o400, false},
		{"with the journal that a kill left", 0o555, 0o400, true},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			dir := openToAll(t)
			before := committed(t, dir, c.killed)
			if err := modes(dir, c.folder, c.file); err != nil {
				t.Fatal(err)
			}
			child := start(t, "standby", dir)
			said, _ := child.lines(1)
			if err := child.cmd.Wait(); err != nil {
				t.Fatalf("%v: %s\n%s", err, said, child.stderr)
			}
			if want := fmt.Sprint(before, before+1); said != want {
				t.Errorf("the child said %q, want %q", said, want)
			}
			s := open(t, dir)
			if got, err := lastNumber(s); got != before+1 || err != nil {
				t.Errorf("later the store holds number %d, error %v: want %d", got, err, before+1)
			}
			closed(t, s)
		})
	}
}

// TestF13NoStoreYet: where nothing was kept yet, a folder that can't be written
// is a mistake in the configuration.
func TestF13NoStoreYet(t *testing.T) {
	dir := openToAll(t)
	if err := modes(dir, 0o555, 0o600); err != nil {
		t.Fatal(err)
	}
	child := start(t, "standby", dir)
	if child.cmd.Wait() == nil {
		t.Fatal("it stands by for a store that isn't there")
	}
	wantError(t, errors.New(child.stderr.String()), filepath.Join(dir, "tocsin.db"), "permission denied")
}

// openToAll returns a folder that others can reach, which t.TempDir is not.
func openToAll(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "tocsin-readonly")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(dir, 0o700); _ = os.RemoveAll(dir) })
	return dir
}

// committed has a child commit numbers to the store of a folder, and returns the
// last. If the child is killed, its journal is left.
func committed(t *testing.T, dir string, killed bool) int {
	t.Helper()
	c := start(t, "commit", dir)
	c.lines(20)
	if err := c.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_, _ = c.lines(1 << 30)
	_ = c.cmd.Wait()
	aside := files{}
	if killed {
		aside = read(t, dir)
		aside["-shm"], _ = os.ReadFile(filepath.Join(dir, "tocsin.db-shm"))
	}
	s := open(t, dir)
	n, err := lastNumber(s)
	closed(t, s)
	for suffix, b := range aside {
		err = errors.Join(err, os.WriteFile(filepath.Join(dir, "tocsin.db"+suffix), b, 0o600))
	}
	if err != nil || (killed && len(aside["-wal"]) == 0) {
		t.Fatalf("%d bytes of journal, error %v", len(aside["-wal"]), err)
	}
	return n
}
