package file_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"tocsin/rules/file"
)

const suiteHead = `# kept
rule_files: [nothing.yaml] # kept
tests:
  - name: before
    notifications: [{at: 1m, to: somebody}]
  # of the recorded
  - name: recorded # kept
    record: true
`

const suiteTail = `
  # of the last
  - name: after
    until: 5m
    nothing_sent: [{until: 1m}]
# at the end
`

// TestRecordedReadsBack: whatever is recorded is read as it was, and leaves the rest
// of the file as it is, wherever the list stands in its test.
func TestRecordedReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOfN(rapid.Custom(genNotification), 0, 4).Draw(t, "list")
		middle := rapid.SampledFrom([]string{
			"    until: 1m\n",
			"    notifications: []\n    until: 1m\n",
			"    notifications:\n      - {at: 1m}\n      # gone\n      - at: 2m\n\n    # of until\n    until: 1m\n",
			"    until: 1m\n    notifications: [{at: 1m}]",
		}).Draw(t, "middle")
		out, err := file.Record([]byte(suiteHead+middle+suiteTail), map[int][]file.NotificationCase{1: list})
		if err != nil {
			t.Fatal(err)
		}
		text := string(out)
		if !strings.HasPrefix(text, suiteHead) || !strings.HasSuffix(text, suiteTail) {
			t.Fatalf("the rest has changed:\n%s", text)
		}
		suite, problems := file.LoadSuite(file.Memory{"t.yaml": text}, "t.yaml")
		if suite == nil || len(suite.Tests) != 3 {
			t.Fatalf("%v\n%s", problems, text)
		}
		got := suite.Tests[1]
		if !got.Record || got.Until != time.Minute {
			t.Fatalf("record and until are gone:\n%s", text)
		}
		if d := cmp.Diff(list, got.Notifications, cmpopts.IgnoreTypes(file.Spot{}), cmpopts.EquateEmpty()); d != "" {
			t.Fatalf("-recorded +read:\n%s\n%s", d, text)
		}
		again, err := file.Record(out, map[int][]file.NotificationCase{1: list})
		if err != nil || string(again) != text {
			t.Fatalf("not the same again: %v\n%s", err, again)
		}
	})
}

func genNotification(t *rapid.T) file.NotificationCase {
	at := time.Duration(rapid.IntRange(0, 100_000).Draw(t, "at")) * time.Second
	c := file.NotificationCase{From: at, Until: at, Exactly: true, Listed: true}
	c.To = rapid.StringMatching(`[a-z][a-z: #'"-]{0,8}[a-z]`).Draw(t, "to")
	c.Why = rapid.SampledFrom([]string{"", "first", "resolved"}).Draw(t, "why")
	for range rapid.IntRange(1, 3).Draw(t, "alerts") {
		a := file.NotifiedAlert{Is: rapid.SampledFrom([]string{"warn", "error", "resolved"}).Draw(t, "is")}
		a.Alert = rapid.StringMatching(`[A-Za-z][A-Za-z0-9 ]{0,6}`).Draw(t, "alert")
		a.Labels = map[string]string{"l": genWord(t), "true": "yes", "n": "1"}
		a.Annotations = map[string]string{"summary": genWord(t)}
		c.Alerts = append(c.Alerts, a)
	}
	return c
}

func genWord(t *rapid.T) string {
	return rapid.OneOf(
		rapid.StringMatching(`[ -~]{0,12}`),
		rapid.SampledFrom([]string{"", "null", "~", "1e3", "a\nb", "a\n\nb\n", " x ", "ü {[#", "- a", "a: b", "'", `"`, "{{ x }}", "\t", "2026-01-01"}),
	).Draw(t, "word")
}

// FuzzSuite: no file of tests makes the reader fail, and one that is read has no
// mistakes.
func FuzzSuite(f *testing.F) {
	names, err := filepath.Glob("../../testdata/promtool/*.yaml")
	if err != nil || len(names) == 0 {
		f.Fatal("no corpus", err)
	}
	for _, name := range append(names, "../starter/tests.yaml") {
		src, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(src))
	}
	f.Add(suiteHead + suiteTail)
	f.Fuzz(func(t *testing.T, text string) {
		suite, problems := file.LoadSuite(file.Memory{"t.yaml": text}, "t.yaml")
		for _, p := range problems {
			if strings.Contains(p.Text, "mistake of tocsin's own") {
				t.Fatal(p)
			}
			if !p.Warning && suite != nil {
				t.Fatalf("%v, and it is read", p)
			}
		}
	})
}
