package sqlite_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"tocsin/rules"
	"tocsin/store/sqlite"
	"tocsin/store/storetest"
)

// A sentry stands by for a file as if it could not be written, and notes what is
// said of damage.
type sentry struct {
	*sqlite.Standby
	said []sqlite.Damage
	now  time.Time
}

func newSentry(t *testing.T, dir string) *sentry {
	t.Helper()
	s := &sentry{now: time.Now()}
	o := sqlite.Options{Now: func() time.Time { return s.now }, Damaged: func(d sqlite.Damage) { s.said = append(s.said, d) }}
	var err error
	if s.Standby, err = sqlite.StandBy(t.Context(), filepath.Join(dir, "tocsin.db"), o, syscall.EROFS); err != nil {
		t.Fatal(err)
	}
	return s
}

// relieve commits a row as soon as the file is tried again, and returns what the
// store then holds, as another start finds it.
func (s *sentry) relieve(t *testing.T, dir string) []string {
	t.Helper()
	after := []rules.Row{{Kind: rules.KindState, Key: "after", Value: 1}}
	wantError(t, s.Commit(t.Context(), after), "read-only file system")
	s.now = s.now.Add(time.Second)
	if err := s.Commit(t.Context(), after); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	opened := open(t, dir)
	defer closed(t, opened)
	return storetest.Current(t, opened)
}

func current(all []string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(l string) bool { return strings.HasPrefix(l, rules.KindChange+" ") })
}

// TestStandby: what is loaded from a file that can't be written is what is in it
// once it can be, but for what came since.
func TestStandby(t *testing.T) {
	whole, wholeRows := filled(t)
	killed, killedRows := journaled(t)
	flip := func(f files, suffix string) files {
		f = f.clone()
		f[suffix][len(f[suffix])/2] ^= 0x10
		return f
	}
	for _, c := range []struct {
		sentence string
		files    files
		rows     []string
		least    int // rows that are loaded
		damaged  bool
	}{
		{"a file", whole, wholeRows, 500, false},
		{"with a journal", killed, killedRows, 500, false},
		{"a damaged file gives what can be proved right", flip(whole, ""), wholeRows, 500 - mostOnPage, true},
		{"and so does a damaged journal", flip(killed, "-wal"), killedRows, 500 - mostOnPage, true},
		{"a file that is cut", files{"": whole[""][:len(whole[""])/2]}, wholeRows, 1, true},
		{"a file that is empty", files{"": nil}, nil, 0, true},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			dir := c.files.write(t)
			synctest.Test(t, func(t *testing.T) {
				s := newSentry(t, dir)
				loaded, was := storetest.Current(t, s), asSet(c.rows)
				for _, line := range loaded {
					if !was[line] {
						t.Fatalf("a row that was never there: %.80q", line)
					}
				}
				if !c.damaged {
					if !slices.Equal(loaded, current(c.rows)) {
						t.Errorf("loaded %d rows of %d", len(loaded), len(current(c.rows)))
					}
					if got := storetest.History(t, s, rules.KindChange, "", "\xff"); len(got) != 600 {
						t.Errorf("the history has %d rows", len(got))
					}
				}
				if len(loaded) < c.least || (len(s.said) == 1) != c.damaged {
					t.Errorf("loaded %d rows, want %d or more; said %v", len(loaded), c.least, s.said)
				}
				if now := read(t, dir); !bytes.Equal(now[""], c.files[""]) || !bytes.Equal(now["-wal"], c.files["-wal"]) {
					t.Error("the file was changed")
				}
				got := s.relieve(t, dir)
				if want := append([]string{"state after 1"}, loaded...); !slices.Equal(got, want) {
					t.Errorf("the store then holds %d rows, not the %d that were loaded and the new one", len(got), len(loaded))
				}
				if c.damaged && (len(s.said) != 2 || s.said[0].Aside != "" || s.said[1].Aside == "" || s.said[0].Kept != s.said[1].Kept) {
					t.Errorf("said of the damage: %v", s.said)
				}
			})
		})
	}
}

// TestStandbyOfUnreadableFile: what could not be read at the start does not come
// back among what began without it; it is set aside.
func TestStandbyOfUnreadableFile(t *testing.T) {
	f, _ := filled(t)
	dir := f.write(t)
	if err := os.Mkdir(filepath.Join(dir, "tocsin.db-wal"), 0o700); err != nil { // a journal that can't be read
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		s := newSentry(t, dir)
		if got := storetest.Current(t, s); len(got) > 0 || len(s.said) != 1 {
			t.Errorf("loaded %d rows and said %v", len(got), s.said)
		}
		if got := s.relieve(t, dir); !slices.Equal(got, []string{"state after 1"}) {
			t.Errorf("the store then holds %.80q", got)
		}
	})
	if aside, _ := filepath.Glob(filepath.Join(dir, "tocsin.db.damaged-*Z")); len(aside) != 1 {
		t.Errorf("set aside were %q", aside)
	}
}

func TestStandbyRefuses(t *testing.T) {
	for _, c := range []struct {
		sentence string
		make     func(t *testing.T, dir, path string)
		why      error
		words    []string
	}{
		{"no file", func(*testing.T, string, string) {}, syscall.EROFS, []string{"read-only"}},
		{"another reason", func(t *testing.T, dir, _ string) { closed(t, open(t, dir)) }, errors.New("some mistake"), []string{"some mistake"}},
		{"a store that is in use", func(t *testing.T, dir, _ string) {
			s := open(t, dir)
			t.Cleanup(func() { closed(t, s) })
		}, syscall.EROFS, []string{"in use", "process"}},
		{"a file of someone else's", func(t *testing.T, _, path string) {
			if err := os.WriteFile(path, []byte(strings.Repeat("root:x:0:0\n", 2000)), 0o600); err != nil {
				t.Fatal(err)
			}
		}, syscall.EROFS, []string{"not a store"}},
		{"a store of a newer version", func(t *testing.T, dir, path string) {
			closed(t, open(t, dir))
			sqlite.AsVersion(t, path, 99)
		}, syscall.EROFS, []string{"newer tocsin", "99"}},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "tocsin.db")
			c.make(t, dir, path)
			_, err := sqlite.StandBy(t.Context(), path, sqlite.Options{}, c.why)
			wantError(t, err, c.words...)
		})
	}
}

func TestStandbyIsClosed(t *testing.T) {
	dir := t.TempDir()
	closed(t, open(t, dir))
	s := newSentry(t, dir)
	for range 2 {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	wantError(t, s.Commit(t.Context(), []rules.Row{{Kind: rules.KindState, Key: "a", Value: 1}}), "closed")
	closed(t, open(t, dir)) // the lock is free
}
