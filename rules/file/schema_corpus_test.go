package file

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"gopkg.in/yaml.v3"
)

// A sample is a text that somebody wrote as a file of a kind.
type sample struct{ from, kind, text string }

// corpus finds all YAML of the repository: what the manual shows, what the starter
// holds, what transcripts and scripts hold, and what stands in the tests here.
func corpus(t testing.TB) (all []sample) {
	t.Helper()
	add := func(from, text string) {
		if kind := kindOfText(text); kind != "" {
			all = append(all, sample{from, kind, text})
		}
	}
	for _, name := range globs(t, "../../docs/*.md", "../../README.md") {
		for _, m := range regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(read(t, name), -1) {
			add(name, m[1])
		}
	}
	for _, name := range globs(t, "../starter/*.yaml", "../../testdata/promtool/*.y*ml", "../../testdata/promtool/*/*.y*ml", "../../demo/*.yaml", "../../docs/ci/*.yaml") {
		add(name, read(t, name))
	}
	for _, name := range globs(t, "../../testdata/*/*.txtar", "../../*/testdata/*.txtar", "../../*/*/testdata/*.txtar") {
		for _, f := range txtar.Parse([]byte(read(t, name))).Files {
			add(name+":"+f.Name, string(f.Data))
		}
	}
	for _, name := range globs(t, "*_test.go", "../../*/*_test.go", "../../*/*/*_test.go", "../../demo/*.go", "../../cmd/tocsin/*.go") {
		for i, text := range literals(t, name) {
			add(name+":"+strconv.Itoa(i), text)
		}
	}
	return all
}

func globs(t testing.TB, patterns ...string) (all []string) {
	t.Helper()
	for _, p := range patterns {
		names, err := filepath.Glob(p)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, names...)
	}
	return all
}

func read(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// literals are the texts of several lines in a Go file.
func literals(t testing.TB, name string) (all []string) {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(f, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			if s, err := strconv.Unquote(lit.Value); err == nil && strings.Contains(s, "\n") {
				all = append(all, s)
			}
		}
		return true
	})
	return all
}

// kindOfText tells rule files and configs apart, and both from anything else.
func kindOfText(text string) string {
	var n yaml.Node
	if err := yaml.Unmarshal([]byte(text), &n); err != nil || len(n.Content) == 0 || n.Content[0].Kind != yaml.MappingNode {
		return ""
	}
	if !strings.Contains(text, "tests:") && IsConfig([]byte(text)) {
		return "config"
	}
	for i, key := range n.Content[0].Content {
		switch {
		case i%2 != 0:
		case key.Value == "groups":
			return "rules"
		case key.Value == "tests":
			return "tests"
		}
	}
	return ""
}
