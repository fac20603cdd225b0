package convert_test

import (
	"bytes"
	"os"
	"regexp"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"tocsin/convert"
)

// What the manual shows is what happens.
func TestManual(t *testing.T) {
	text, err := os.ReadFile("../docs/convert.md")
	if err != nil {
		t.Fatal(err)
	}
	var blocks []string
	for _, m := range regexp.MustCompile("(?s)```(?:yaml|text)\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		blocks = append(blocks, m[1])
	}
	if len(blocks) != 3 {
		t.Fatalf("%d blocks", len(blocks))
	}
	result, problems := convert.Convert("node.yaml", []byte(blocks[0]), options())
	if result == nil {
		t.Fatal(problems)
	}
	var report bytes.Buffer
	if err := convert.Report(&report, "text", []convert.Result{*result}); err != nil {
		t.Fatal(err)
	}
	for i, got := range []string{string(result.After), report.String()} {
		if diff := gocmp.Diff(blocks[i+1], got); diff != "" {
			t.Errorf("(-manual +is):\n%s", diff)
		}
	}
}

// The manual has all codes of reasons.
func TestManualReasons(t *testing.T) {
	text, err := os.ReadFile("../docs/convert.md")
	if err != nil {
		t.Fatal(err)
	}
	source := ""
	for _, name := range []string{"candidate.go", "pair.go", "../rules/promql/against.go"} {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		source += string(b)
	}
	codes := regexp.MustCompile(`keep\("([a-z-]+)"|return "([a-z-]+)"`).FindAllStringSubmatch(source, -1)
	if len(codes) < 15 {
		t.Fatalf("%d codes", len(codes))
	}
	for _, m := range codes {
		code := m[1] + m[2]
		if code != "constant" && code != "unplaced" && !strings.Contains(string(text), "| `"+code+"` |") {
			t.Errorf("the manual lacks %s", code)
		}
	}
}
