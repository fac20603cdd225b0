package sqlite_test

import (
	"bytes"
	"database/sql"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tocsin/rules"
	"tocsin/store/sqlite"
	"tocsin/store/storetest"
)

// run executes SQL in a file that no store has open.
func run(t *testing.T, path, text string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(text); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestRefused(t *testing.T) {
	for _, c := range []struct {
		sentence string
		make     func(t *testing.T, path string)
		words    []string
	}{
		{"a text file is not a store", func(t *testing.T, path string) {
			if err := os.WriteFile(path, []byte(strings.Repeat("root:x:0:0\n", 2000)), 0o600); err != nil {
				t.Fatal(err)
			}
		}, []string{"not a store"}},
		{"a short text file is not a store", func(t *testing.T, path string) {
			if err := os.WriteFile(path, []byte("Some notes"), 0o600); err != nil {
				t.Fatal(err)
			}
		}, []string{"not a store"}},
		{"a database of another program is not a store", func(t *testing.T, path string) {
			run(t, path, "CREATE TABLE bookmarks (url TEXT); INSERT INTO bookmarks VALUES ('x')")
		}, []string{"not a store"}},
		{"a database of another program with pages like ours is not a store", func(t *testing.T, path string) {
			run(t, path, "PRAGMA page_size = 8192; CREATE TABLE bookmarks (url TEXT PRIMARY KEY) WITHOUT ROWID; INSERT INTO bookmarks VALUES ('x')")
		}, []string{"not a store"}},
		{"a store of a newer version is refused", func(t *testing.T, path string) {
			closed(t, open(t, filepath.Dir(path)))
			sqlite.AsVersion(t, path, 99)
		}, []string{"newer tocsin", "99"}},
		{"a folder is not a store", func(t *testing.T, path string) {
			if err := os.Mkdir(path, 0o700); err != nil {
				t.Fatal(err)
			}
		}, []string{"not a regular file"}},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "tocsin.db")
			c.make(t, path)
			before, _ := os.ReadFile(path)
			_, err := sqlite.Open(t.Context(), path, sqlite.Options{})
			wantError(t, err, append(c.words, path)...)
			if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
				t.Error("the file was changed")
			}
			wantNames(t, dir, "tocsin.db", "tocsin.db.lock")
		})
	}
}

// wantNames compares what is in a folder.
func wantNames(t *testing.T, dir string, names ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if !slices.Equal(got, names) {
		t.Errorf("the folder holds %q: want %q", got, names)
	}
}

func TestNoFolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "nowhere", "tocsin.db")
	_, err := sqlite.Open(t.Context(), path, sqlite.Options{})
	wantError(t, err, filepath.Dir(path), "no such file")
}

func TestEmptyFileOfSomeoneElse(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "tocsin.db"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	closed(t, open(t, dir)) // which reports no damage
}

func TestNothingIsLeftBeside(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	fill(t, s)
	closed(t, s)
	wantNames(t, dir, "tocsin.db", "tocsin.db.lock")
}

func TestPathsOfAnyKind(t *testing.T) {
	for _, name := range []string{"a b", "a?b=c", "a#b", "a%20b", "ä&ö", "file:x", "semi;colon", "'quote'"} {
		dir := filepath.Join(t.TempDir(), name)
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			s := open(t, dir)
			commit(t, s, rules.Row{Kind: rules.KindState, Key: "a", Value: 1})
			closed(t, s)
		}
		wantNames(t, dir, "tocsin.db", "tocsin.db.lock")
	}
}

func TestRelativePath(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	s, err := sqlite.Open(t.Context(), "x.db", sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	closed(t, s)
	wantNames(t, dir, "x.db", "x.db.lock")
}

func TestNamespacesAreApart(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "tocsin.db")
	for _, namespace := range []string{"", "team", "other"} {
		s, err := sqlite.Open(t.Context(), path, sqlite.Options{Namespace: namespace})
		if err != nil {
			t.Fatal(err)
		}
		if got := contents(t, s); len(got) > 0 {
			t.Errorf("namespace %q sees %q", namespace, got)
		}
		commit(t, s, rules.Row{Kind: rules.KindState, Key: "a", Value: namespace},
			rules.Row{Kind: rules.KindChange, Key: "a", Value: namespace})
		closed(t, s)
	}
	s := open(t, dir)
	if err := s.Prune(t.Context(), rules.KindChange, "\xff"); err != nil {
		t.Fatal(err)
	}
	if got := storetest.Current(t, s); !slices.Equal(got, []string{`state a ""`}) {
		t.Errorf("the default namespace holds %q", got)
	}
	closed(t, s)
	s, err := sqlite.Open(t.Context(), path, sqlite.Options{Namespace: "team"})
	if err != nil {
		t.Fatal(err)
	}
	if got := contents(t, s); !slices.Equal(got, []string{`state a "team"`, `change a "team"`}) {
		t.Errorf("namespace team holds %q", got)
	}
	closed(t, s)
}

// A crash may fall between any two steps of putting a salvaged file in the place
// of a damaged one.
func TestCrashWhileSettingAside(t *testing.T) {
	good, all := filled(t)
	damaged, _ := journaled(t)
	damaged[""] = []byte("SQLite")
	for _, c := range []struct {
		sentence string
		files    files
	}{
		{"before anything was moved", files{"": damaged[""], "-wal": damaged["-wal"], ".salvaged": good[""]}},
		{"after the damaged file was moved", files{"-wal": damaged["-wal"], ".salvaged": good[""]}},
		{"after its journal was moved too", files{".salvaged": good[""]}},
		{"while the new file was being written", files{"": good[""], ".salvaging": damaged[""]}},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			dir := c.files.write(t)
			s := open(t, dir)
			if got := contents(t, s); !slices.Equal(got, all) {
				t.Errorf("%d rows: want the %d that were salvaged", len(got), len(all))
			}
			closed(t, s)
			names, _ := filepath.Glob(filepath.Join(dir, "tocsin.db.salvaged*"))
			if len(names) > 0 {
				t.Errorf("left behind: %q", names)
			}
		})
	}
}

func TestDamageTwice(t *testing.T) {
	f, all := filled(t)
	dir := f.write(t)
	path := filepath.Join(dir, "tocsin.db")
	var reports []sqlite.Damage
	for _, size := range []int64{100_000, 30_000} {
		if err := os.Truncate(path, size); err != nil {
			t.Fatal(err)
		}
		s, err := sqlite.Open(t.Context(), path, sqlite.Options{
			Damaged: func(d sqlite.Damage) { reports = append(reports, d) },
			Now:     func() time.Time { return time.Unix(1, 0) },
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := len(contents(t, s)); got == 0 || got >= len(all) {
			t.Errorf("%d rows are left", got)
		}
		closed(t, s)
	}
	if len(reports) != 2 || reports[0].Aside == reports[1].Aside {
		t.Fatalf("reports: %v: want two, with two files", reports)
	}
	for _, part := range []string{path, "kept", "lost", reports[1].Aside, reports[1].Cause} {
		if !strings.Contains(reports[1].String(), part) {
			t.Errorf("the report %q lacks %q", reports[1], part)
		}
	}
}

// wantError fails the test unless the error says all of the words.
func wantError(t *testing.T, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error: want one that says %q", words)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("error %q: want it to say %q", err, w)
		}
	}
}
