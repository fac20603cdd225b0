//go:build unix

package sqlite_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"tocsin/engine"
	"tocsin/rules"
	"tocsin/store/sqlite"
)

// The test binary runs itself for what needs a process of its own: childVar
// names what the child does, and dirVar where.
const (
	childVar = "TOCSIN_STORE_CHILD"
	dirVar   = "TOCSIN_STORE_DIR"
)

func TestMain(m *testing.M) {
	children := map[string]func(dir string) error{
		"commit":  commitForEver,
		"hold":    hold,
		"full":    fillDisk,
		"noroom":  startFull,
		"standby": standBy,
	}
	if child := children[os.Getenv(childVar)]; child != nil {
		if err := child(os.Getenv(dirVar)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// A child is this test binary as another process.
type child struct {
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	out    *bufio.Scanner
	stderr *bytes.Buffer
}

func start(t *testing.T, what, dir string) *child {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := &child{cmd: exec.Command(exe), stderr: new(bytes.Buffer)}
	c.cmd.Env = append(os.Environ(), childVar+"="+what, dirVar+"="+dir)
	c.cmd.Stderr = c.stderr
	if c.stdin, err = c.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.out = bufio.NewScanner(out)
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return c
}

// lines reads up to n lines that the child prints, and returns the last.
func (c *child) lines(n int) (last string, read int) {
	for ; read < n && c.out.Scan(); read++ {
		last = c.out.Text()
	}
	return last, read
}

// openIn opens the store of a folder in a child.
func openIn(dir string) (*sqlite.Store, error) {
	return sqlite.Open(context.Background(), filepath.Join(dir, "tocsin.db"), sqlite.Options{})
}

// commitForEver commits one number after the other, each in many rows, and
// prints each when it is kept.
func commitForEver(dir string) error {
	s, err := openIn(dir)
	if err != nil {
		return err
	}
	n, err := lastNumber(s)
	for err == nil {
		n++
		if err = s.Commit(context.Background(), numbered(n)); err == nil {
			fmt.Println(n)
		}
	}
	return err
}

// numbered are the rows of a number: a fixed set of current rows that all hold
// it, one that comes and goes, and one of history.
func numbered(n int) []rules.Row {
	rows := []rules.Row{{Kind: rules.KindChange, Key: fmt.Sprintf("%08d", n), Value: n}}
	for i := range 40 {
		rows = append(rows, rules.Row{Kind: rules.KindState, Key: fmt.Sprintf("%02d", i), Value: fmt.Sprintf("%d %0400d", n, i)})
	}
	guest := rules.Row{Kind: rules.KindTold, Key: "guest", Value: n}
	if n%2 == 0 {
		guest.Value = nil
	}
	return append(rows, guest)
}

// lastNumber returns the number that a store holds, and an error if its rows are
// not those of one number.
func lastNumber(s engine.Store) (int, error) {
	ctx, n, rows, guest := context.Background(), 0, 0, 0
	err := s.Load(ctx, func(r rules.Stored) error {
		if r.Kind == rules.KindTold {
			guest++
			return nil
		}
		text, _, _ := strings.Cut(strings.Trim(string(r.Value), `"`), " ")
		v, err := strconv.Atoi(text)
		if err == nil && rows > 0 && v != n {
			err = fmt.Errorf("rows of %d and of %d: a commit is torn", n, v)
		}
		n, rows = v, rows+1
		return err
	})
	if err != nil {
		return 0, err
	}
	changes := 0
	err = s.History(ctx, rules.KindChange, "", "\xff", func(rules.Stored) error { changes++; return nil })
	if changes != n || guest != n%2 || (n > 0 && rows != 40) {
		err = fmt.Errorf("at number %d there are %d rows, %d of history and %d guests: a commit is torn", n, rows, changes, guest)
	}
	return n, err
}

func TestF04Kill(t *testing.T) {
	dir := t.TempDir()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	before := 0
	for round := range 30 {
		c := start(t, "commit", dir)
		_, read := c.lines(1 + random.IntN(20))
		spin(time.Duration(random.IntN(2_000_000))) // a commit takes less
		if err := c.cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_, rest := c.lines(1 << 30) // acknowledged before it died
		_ = c.cmd.Wait()
		if read == 0 {
			t.Fatalf("round %d: the child kept nothing: %s", round, c.stderr)
		}
		s := open(t, dir)
		got, err := lastNumber(s)
		closed(t, s)
		acknowledged := before + read + rest
		if err != nil || got < acknowledged || got > acknowledged+1 {
			t.Fatalf("round %d: the store holds number %d, error %v: want %d, or one more", round, got, err, acknowledged)
		}
		before = got
	}
}

// spin waits without sleeping: instants of far less than a millisecond count.
func spin(d time.Duration) {
	for began := time.Now(); time.Since(began) < d; { //nolint:revive // nothing to do
	}
}

// hold opens a store and holds it until its input ends.
func hold(dir string) error {
	s, err := openIn(dir)
	if err != nil {
		return err
	}
	fmt.Println("open")
	_, _ = io.ReadAll(os.Stdin)
	return s.Close()
}

func TestSecondDaemon(t *testing.T) {
	dir := t.TempDir()
	c := start(t, "hold", dir)
	if line, _ := c.lines(1); line != "open" {
		t.Fatalf("the child printed %q: %s", line, c.stderr)
	}
	link := filepath.Join(t.TempDir(), "link.db")
	if err := os.Symlink(filepath.Join(dir, "tocsin.db"), link); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{filepath.Join(dir, "tocsin.db"), link} {
		_, err := sqlite.Open(t.Context(), path, sqlite.Options{})
		wantError(t, err, filepath.Join(dir, "tocsin.db"), "in use", fmt.Sprintf("process %d", c.cmd.Process.Pid))
	}
	if err := c.stdin.Close(); err != nil {
		t.Fatal(err)
	}
	if err := c.cmd.Wait(); err != nil {
		t.Fatal(err, c.stderr)
	}
	closed(t, open(t, dir))
}

func TestSecondStoreOfOneProcess(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	_, err := sqlite.Open(t.Context(), filepath.Join(dir, "tocsin.db"), sqlite.Options{})
	wantError(t, err, "in use")
	closed(t, s)
	closed(t, open(t, dir))
}
