package store_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tocsin/engine"
	"tocsin/rules"
	"tocsin/store"
	"tocsin/store/sqlite"
	"tocsin/store/storetest"
)

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		sentence string
		url      string
		file     string // below dir
	}{
		{"memory leaves no file", "memory:", ""},
		{"a name is a file below the folder", "a.db", "a.db"},
		{"a URL of sqlite is one too", "sqlite:b.db", "b.db"},
		{"with slashes as well", "sqlite://c.db", "c.db"},
		{"an absolute path is taken as it is", filepath.Join(dir, "d.db"), "d.db"},
		{"and in a URL", "sqlite://" + filepath.Join(dir, "e.db"), "e.db"},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			s, err := store.Open(t.Context(), c.url, dir, store.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
			if _, err := os.Stat(filepath.Join(dir, c.file)); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestOpenRefuses(t *testing.T) {
	for _, c := range []struct {
		url  string
		says string
	}{
		{"postgres://user:hunter2@db/tocsin", "comes later"},
		{"postgresql://user:hunter2@db/tocsin", "comes later"},
		{"mysql://user:hunter2@db/tocsin", `unknown scheme "mysql"`},
		{"", "empty"},
		{"sqlite:", "names no file"},
	} {
		_, err := store.Open(t.Context(), c.url, t.TempDir(), store.Options{})
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("Open(%q): %v: want an error that says %q", c.url, err, c.says)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("Open(%q) tells the password: %v", c.url, err)
		}
	}
}

func TestOpenReportsDamage(t *testing.T) {
	dir := t.TempDir()
	for _, damage := range []bool{false, true} {
		if damage {
			if err := os.Truncate(filepath.Join(dir, "tocsin.db"), 50); err != nil {
				t.Fatal(err)
			}
		}
		reports := 0
		s, err := store.Open(t.Context(), "tocsin.db", dir, store.Options{Damaged: func(sqlite.Damage) { reports++ }})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if (reports == 1) != damage {
			t.Errorf("%d reports, damaged %v", reports, damage)
		}
	}
}

func TestCopy(t *testing.T) {
	dir := t.TempDir()
	copyOf := func() engine.Store {
		t.Helper()
		s, err := store.Copy(t.Context(), "tocsin.db", dir, store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	if got := storetest.Current(t, copyOf()); len(got) > 0 {
		t.Errorf("a copy of nothing holds %q", got)
	}
	kept, err := store.Open(t.Context(), "tocsin.db", dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	rows := []rules.Row{{Kind: rules.KindState, Key: "a\x00b", Value: map[string]int{"n": 1}}}
	if err := kept.Commit(t.Context(), rows); err != nil {
		t.Fatal(err)
	}
	want := []string{"state a\x00b {\"n\":1}"}
	beside := copyOf()
	if got := storetest.Current(t, beside); !slices.Equal(got, want) {
		t.Errorf("a copy beside the daemon holds %q, not %q", got, want)
	}
	if err := beside.Commit(t.Context(), []rules.Row{{Kind: rules.KindState, Key: "a\x00b"}}); err != nil {
		t.Fatal(err)
	}
	if got := storetest.Current(t, kept); !slices.Equal(got, want) {
		t.Errorf("what became of the copy changed the original: %q", got)
	}
	if err := kept.Close(); err != nil {
		t.Fatal(err)
	}
	if got := storetest.Current(t, copyOf()); !slices.Equal(got, want) {
		t.Errorf("a copy without a daemon holds %q, not %q", got, want)
	}
	if names, _ := filepath.Glob(filepath.Join(dir, "*")); len(names) != 2 {
		t.Errorf("the copy left files behind: %q", names)
	}
}
