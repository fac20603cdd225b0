//go:build unix

package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"tocsin/e2e/eventually"
	"tocsin/engine"
	"tocsin/rules"
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

func commitBig(s engine.Store, n int) error {
	return s.Commit(context.Background(), []rules.Row{
		{Kind: rules.KindState, Key: fmt.Sprintf("%04d", n), Value: strings.Repeat("x", 30_000)},
		{Kind: rules.KindTold, Key: "latest", Value: n},
	})
}

// stillThere returns an error unless a store holds n big rows, and not half of
// another commit.
func stillThere(s engine.Store, n int) error {
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

// startFull stands by on a disk that is full at the start, until there is room.
func startFull(dir string) error {
	signal.Ignore(syscall.SIGXFSZ)
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
		return err
	}
	s, err := openIn(dir)
	if err != nil {
		return err
	}
	if err := errors.Join(commitBig(s, 0), s.Close(), limit(syscall.Rlimit{Cur: 1, Max: before.Max})); err != nil {
		return err
	}
	full, err := openStandby(dir)
	if err != nil {
		return err
	}
	next := func() error { return commitBig(full, 1) }
	if eventually.Try(1200*time.Millisecond, next) == nil {
		return errors.New("a commit went through")
	}
	err = errors.Join(stillThere(full, 1), limit(before), eventually.Try(10*time.Second, next))
	return errors.Join(err, stillThere(full, 2), full.Close())
}

func TestF13FullAtStart(t *testing.T) {
	dir := t.TempDir()
	c := start(t, "noroom", dir)
	if said, n := c.lines(1); n > 0 {
		t.Errorf("the child said %q", said)
	}
	if err := c.cmd.Wait(); err != nil {
		t.Fatalf("%v: %s", err, c.stderr)
	}
	s := open(t, dir)
	if err := stillThere(s, 2); err != nil {
		t.Error(err)
	}
	closed(t, s)
}
