package check_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"tocsin/check"
	"tocsin/rules/file"
	"tocsin/rules/starter"
)

// The rules that everybody begins with have nothing wrong with them.
func TestStarterIsClean(t *testing.T) {
	files := file.Memory{"starter.yaml": string(starter.Rules), "tocsin.yaml": string(starter.Config)}
	for _, p := range check.Run(check.Options{Files: files, Names: []string{"tocsin.yaml"}, Today: day("2026-11-26")}).Problems {
		t.Error(p)
	}
}

// The examples of the manual have nothing wrong with them, but that some show no texts.
func TestManualIsClean(t *testing.T) {
	pages, err := filepath.Glob("../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, page := range append(pages, "../README.md") {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
			if !strings.Contains(m[1], "groups:\n") {
				continue
			}
			n++
			o := check.Options{
				Files: file.Memory{"rules.yaml": m[1]}, Names: []string{"rules.yaml"}, Today: day("2026-11-26"),
				Ignore: []file.Code{file.CodeNoSummary, file.CodeNoRunbook},
			}
			for _, p := range check.Run(o).Problems {
				t.Errorf("%s: %v in\n%s", page, p, m[1])
			}
		}
	}
	if n < 3 {
		t.Errorf("only %d examples", n)
	}
}
