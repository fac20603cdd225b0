package report_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tocsin/report"
	"tocsin/rules"
)

var update = flag.Bool("update", false, "write what is rendered into testdata")

const source = "groups:\n  - name: größe\n    rules:\n      - alert: ÄÖ # here\n        expr: |\n          a\n          b\n"

func read(name string) ([]byte, error) {
	if strings.Contains(name, "missing") {
		return nil, fs.ErrNotExist
	}
	return []byte(source), nil
}

// problems are one of each kind of place: in a line behind letters of two bytes, over
// lines, without a length, of a whole file, of no file, in a file that is gone, and
// twice the same.
func problems() report.Problems {
	return report.Problems{
		Version: "1.2.3", Dir: "/srv/repo", Files: 3, Checked: 7, Read: read,
		Rules: []report.Rule{
			{Code: "T001", Name: "file", Text: "A file cannot be read.", Help: "A file cannot be read."},
			{Code: "T103", Name: "comparison", Warning: true, Text: "It compares.", Help: "It compares.\n\nFix: return the raw value."},
			{Code: "T202", Name: "clear-side", Text: "The wrong side.", Help: "The wrong side."},
		},
		Problems: []rules.Problem{
			{File: "rules/a b.yaml", Line: 4, Col: 16, Len: 4, Code: "T202", Text: `100% of "x", <y>: z`, Hint: "one\ntwo"},
			{File: "/srv/repo/rules/a b.yaml", Line: 6, Col: 11, Len: 13, Code: "T103", Text: "over lines", Warning: true},
			{File: "rules/a b.yaml", Line: 6, Col: 11, Len: 13, Code: "T103", Text: "over lines", Warning: true},
			{File: "./rules/../other.yaml", Line: 2, Col: 3, Code: "T103", Text: "without a length", Warning: true},
			{File: "other.yaml", Code: "T001", Text: "the whole file"},
			{Code: "T001", Text: "in no file"},
			{File: "missing.yaml", Line: 9, Col: 9, Len: 2, Code: "T999", Text: "of no known sort"},
			{File: "/etc/tocsin.yaml", Line: 99, Col: 1, Len: 1, Code: "T103", Text: "elsewhere, beyond the end", Warning: true},
		},
	}
}

func rendered(t *testing.T, p report.Problems, format string) string {
	t.Helper()
	var out bytes.Buffer
	if err := p.Write(&out, format); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestGolden(t *testing.T) {
	for _, format := range report.ProblemFormats() {
		name := filepath.Join("testdata", "problems."+format)
		got := rendered(t, problems(), format)
		if *update {
			if err := os.WriteFile(name, []byte(got), 0o600); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("%s: want - got +\n%s", format, diff)
		}
	}
}

// Without a problem each form is still whole.
func TestNothing(t *testing.T) {
	for _, format := range report.ProblemFormats() {
		got := rendered(t, report.Problems{}, format)
		if strings.Contains(got, "null") || format != "github" && !json.Valid([]byte(got)) || format == "github" && got != "" {
			t.Errorf("%s: %s", format, got)
		}
	}
}

func TestUnknownFormat(t *testing.T) {
	if err := problems().Write(&bytes.Buffer{}, "tap"); err == nil {
		t.Error("a format that is none is written")
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestWriteFails(t *testing.T) {
	for _, format := range report.ProblemFormats() {
		if err := problems().Write(full{}, format); err == nil {
			t.Errorf("%s: a disk that is full goes unnoticed", format)
		}
	}
}

// GitHub shows ten of a kind: mistakes come first, and how many are left is said.
func TestGitHubLimit(t *testing.T) {
	var p report.Problems
	for i := range 30 {
		p.Problems = append(p.Problems, rules.Problem{File: "a", Line: i + 1, Col: 1, Code: "T1", Text: "w", Warning: i%3 > 0})
	}
	got := rendered(t, p, "github")
	if strings.Count(got, "::error ") != 10 || strings.Count(got, "::warning ") != 10 || !strings.Contains(got, "::notice title=tocsin check::10 more") {
		t.Error(got)
	}
	if strings.LastIndex(got, "::error") > strings.Index(got, "::warning") {
		t.Error("a warning stands before a mistake")
	}
}

// Fingerprints are unique, and are the same when lines move.
func TestFingerprints(t *testing.T) {
	marks := func(p report.Problems) (all []string) {
		var list []struct{ Fingerprint string }
		if err := json.Unmarshal([]byte(rendered(t, p, "gitlab")), &list); err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for _, x := range list {
			if seen[x.Fingerprint] {
				t.Errorf("twice: %s", x.Fingerprint)
			}
			seen[x.Fingerprint] = true
			all = append(all, x.Fingerprint)
		}
		return all
	}
	moved := problems()
	for i := range moved.Problems {
		if moved.Problems[i].Line > 0 {
			moved.Problems[i].Line += 100
		}
	}
	if diff := cmp.Diff(marks(problems()), marks(moved)); diff != "" {
		t.Error(diff)
	}
}

// The SARIF has what its schema demands: the version, a driver with a name, results
// with a message, a level and a rule that is there, regions that begin at 1 and end
// behind their beginning, and URIs without anything that has to be escaped.
func TestSARIF(t *testing.T) {
	var log struct {
		Schema  string `json:"$schema"`
		Version string
		Runs    []struct {
			ColumnKind string
			Tool       struct {
				Driver struct {
					Name  string
					Rules []struct {
						ID                     string
						ShortDescription, Help struct{ Text string }
						DefaultConfiguration   struct{ Level string }
					}
				}
			}
			Results []struct {
				RuleID    string
				RuleIndex *int
				Level     string
				Message   struct{ Text string }
				Locations []struct {
					PhysicalLocation struct {
						ArtifactLocation struct{ URI string }
						Region           *struct{ StartLine, StartColumn, EndLine, EndColumn int }
					}
				}
				PartialFingerprints map[string]string
			}
		}
	}
	if err := json.Unmarshal([]byte(rendered(t, problems(), "sarif")), &log); err != nil {
		t.Fatal(err)
	}
	if log.Version != "2.1.0" || !strings.HasPrefix(log.Schema, "https://") || len(log.Runs) != 1 {
		t.Fatalf("%+v", log)
	}
	run := log.Runs[0]
	if run.Tool.Driver.Name != "tocsin" || run.ColumnKind != "unicodeCodePoints" || len(run.Results) != len(problems().Problems) {
		t.Errorf("%+v", run.Tool)
	}
	ids := map[string]bool{}
	for _, r := range run.Tool.Driver.Rules {
		if ids[r.ID] || r.ShortDescription.Text == "" || r.Help.Text == "" || r.DefaultConfiguration.Level != "error" && r.DefaultConfiguration.Level != "warning" {
			t.Errorf("%+v", r)
		}
		ids[r.ID] = true
	}
	for _, r := range run.Results {
		if r.Message.Text == "" || r.Level != "error" && r.Level != "warning" || len(r.PartialFingerprints) == 0 || len(r.Locations) > 1 {
			t.Errorf("%+v", r)
		}
		if r.RuleIndex != nil && run.Tool.Driver.Rules[*r.RuleIndex].ID != r.RuleID || r.RuleIndex == nil && ids[r.RuleID] {
			t.Errorf("%s: not its rule", r.RuleID)
		}
		for _, l := range r.Locations {
			if u := l.PhysicalLocation.ArtifactLocation.URI; u == "" || strings.ContainsAny(u, ` \<>`) || strings.HasPrefix(u, "/") || strings.HasPrefix(u, "./") {
				t.Errorf("URI %q", u)
			}
			g := l.PhysicalLocation.Region
			if g != nil && (g.StartLine < 1 || g.StartColumn < 1 || g.EndLine != 0 && (g.EndLine < g.StartLine || g.EndLine == g.StartLine && g.EndColumn <= g.StartColumn)) {
				t.Errorf("region %+v", *g)
			}
		}
	}
}

// Columns count code points, whatever they are in bytes; a text of lines ends in the
// line where it ends.
func TestColumns(t *testing.T) {
	for _, c := range []struct {
		why            string
		line, col, len int
		want           string
	}{
		{"plain letters", 1, 1, 6, "1:1-1:7"},
		{"behind letters of two bytes", 2, 15, 2, "2:14-2:15"},
		{"letters of two bytes", 4, 16, 4, "4:16-4:18"},
		{"over a line end", 6, 11, 13, "6:11-7:12"},
		{"beyond the end of the file", 7, 11, 99, "7:11-8:1"},
		{"up to the line end", 6, 11, 1, "6:11-6:12"},
	} {
		p := report.Problems{Read: read, Problems: []rules.Problem{{File: "a", Line: c.line, Col: c.col, Len: c.len, Code: "T1", Text: "t"}}}
		var out struct {
			Problems []struct{ Line, Column, EndLine, EndColumn int }
		}
		if err := json.Unmarshal([]byte(rendered(t, p, "json")), &out); err != nil {
			t.Fatal(err)
		}
		g := out.Problems[0]
		if got := fmt.Sprintf("%d:%d-%d:%d", g.Line, g.Column, g.EndLine, g.EndColumn); got != c.want {
			t.Errorf("%s: %s, want %s", c.why, got, c.want)
		}
	}
}

// What could not be looked at is said, and never passed off as clean.
func TestIncomplete(t *testing.T) {
	for format, want := range map[string]string{
		"json":   `"incomplete": [` + "\n    \"source a is down: 100%\"",
		"sarif":  `"executionSuccessful": false`,
		"github": "::notice title=tocsin check is incomplete::source a is down: 100%25\n",
	} {
		p := report.Problems{Incomplete: []string{"source a is down: 100%", "another"}}
		if got := rendered(t, p, format); !strings.Contains(got, want) {
			t.Errorf("%s: %s", format, got)
		}
		if got := rendered(t, report.Problems{}, format); strings.Contains(got, want) || strings.Contains(got, "complete") {
			t.Errorf("%s of all: %s", format, got)
		}
	}
}
