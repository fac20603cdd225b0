package check_test

import (
	"bytes"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"tocsin/check"
	"tocsin/rules/file"
)

var update = flag.Bool("update", false, "write what is rendered into testdata")

// Each archive holds files and, as `want`, what check prints of them. The first
// file is named on the command line, and those on the line that begins with
// "check" in its comment if there is one.
func TestGolden(t *testing.T) {
	names, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatalf("no archives: %v", err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) { golden(t, name) })
	}
}

func golden(t *testing.T, name string) {
	archive, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	files := file.Memory{}
	var want []byte
	for _, f := range archive.Files {
		if f.Name == "want" {
			want = f.Data
			continue
		}
		files[f.Name] = string(f.Data)
	}
	got := rendered(t, files, archive)
	if *update {
		write(t, name, archive, got)
		return
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("want - got +\n%s", diff)
	}
}

func arguments(a *txtar.Archive) []string {
	for line := range strings.SplitSeq(string(a.Comment), "\n") {
		if rest, ok := strings.CutPrefix(line, "check "); ok {
			return strings.Fields(rest)
		}
	}
	return []string{a.Files[0].Name}
}

// rendered checks the files. What most of them lack, as their subject is another, is
// told only where the comment says "all warnings".
func rendered(t *testing.T, files file.Memory, archive *txtar.Archive) string {
	t.Helper()
	o := check.Options{Files: files, Names: arguments(archive), Today: time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC)}
	if !strings.Contains(string(archive.Comment), "all warnings") {
		o.Ignore = []file.Code{file.CodeNoSummary, file.CodeNoRunbook}
	}
	r := check.Run(o)
	var out bytes.Buffer
	if err := check.Render(&out, r.Problems, files.Read, false); err != nil {
		t.Fatal(err)
	}
	out.WriteString(r.Summary() + "\n")
	return out.String()
}

func write(t *testing.T, name string, a *txtar.Archive, got string) {
	t.Helper()
	kept := a.Files[:0]
	for _, f := range a.Files {
		if f.Name != "want" {
			kept = append(kept, f)
		}
	}
	a.Files = append(kept, txtar.File{Name: "want", Data: []byte(got)})
	if err := os.WriteFile(name, txtar.Format(a), fs.FileMode(0o644)); err != nil {
		t.Fatal(err)
	}
}
