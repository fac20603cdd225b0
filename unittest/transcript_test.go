package unittest_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"tocsin/rules/file"
	"tocsin/unittest"
)

var update = flag.Bool("update", false, "write the transcripts anew")

// TestTranscripts runs the test file of each archive and compares all that it says:
// verdicts, differences, facts and each transition.
func TestTranscripts(t *testing.T) {
	names, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatal("no transcripts", err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) { transcript(t, name) })
	}
}

func transcript(t *testing.T, name string) {
	archive, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	files := file.Memory{}
	for _, f := range archive.Files {
		files[f.Name] = string(f.Data)
	}
	flags := string(archive.Comment)
	o := unittest.Options{Files: files, Trace: strings.Contains(flags, "--trace"), Update: strings.Contains(flags, "--update")}
	if m := regexp.MustCompile(`--run (\S+)`).FindStringSubmatch(flags); m != nil {
		o.Run = regexp.MustCompile(m[1])
	}
	got := say(t, unittest.Run(t.Context(), "test.yaml", o), strings.Contains(flags, "--coverage"))
	n := slices.IndexFunc(archive.Files, func(f txtar.File) bool { return f.Name == "out" })
	if n < 0 {
		archive.Files = append(archive.Files, txtar.File{Name: "out"})
		n = len(archive.Files) - 1
	}
	if *update {
		archive.Files[n].Data = []byte(got)
		if err := os.WriteFile(name, txtar.Format(archive), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if d := cmp.Diff(string(archive.Files[n].Data), got); d != "" {
		t.Errorf("-want +got (go test ./unittest -update):\n%s", d)
	}
}

// say is all that a result says, as text.
func say(t *testing.T, r *unittest.Result, coverage bool) string {
	t.Helper()
	var out bytes.Buffer
	for _, p := range r.Problems {
		if !p.Warning {
			fmt.Fprintf(&out, "%v\n", p)
		}
		if p.Hint != "" && !p.Warning {
			fmt.Fprintf(&out, "  hint: %s\n", p.Hint)
		}
	}
	x := unittest.Text{Out: &out, Verbose: true}
	if err := x.File(r); err != nil {
		t.Fatal(err)
	}
	if coverage {
		if err := x.Uncovered(r.Coverage); err != nil {
			t.Fatal(err)
		}
	}
	if r.Recorded != nil {
		fmt.Fprintf(&out, "recorded:\n%s", r.Recorded)
	}
	return out.String()
}
