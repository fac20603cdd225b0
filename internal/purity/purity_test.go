package purity

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// core are the packages that decide; none of them may act.
var core = []string{"rules", "evaluator", "notifier", "engine"}

const root = "../.."

// TestCoreReachesNoWorld looks at everything that the core is linked with, not
// only at what it names itself. (That fmt brings in os can't be helped.)
func TestCoreReachesNoWorld(t *testing.T) {
	forbidden := map[string]string{
		"net/http":     "the core talks to nobody",
		"os/exec":      "the core starts nothing",
		"database/sql": "the core keeps nothing",
		"math/rand":    "jitter and phase are hashes of names",
		"math/rand/v2": "jitter and phase are hashes of names",
	}
	for _, pkg := range core {
		for _, dep := range deps(t, pkg) {
			if why, bad := forbidden[dep]; bad {
				t.Errorf("tocsin/%s depends on %s: %s\n%s", pkg, dep, why, chain(t, pkg, dep))
			}
		}
	}
}

// TestReachIsSeen proves that the test above can fail: an adapter does reach the
// world.
func TestReachIsSeen(t *testing.T) {
	if !slices.Contains(deps(t, "evaluator/promapi"), "net/http") {
		t.Error("go list does not say that evaluator/promapi depends on net/http")
	}
	if got := chain(t, "evaluator/promapi", "net/http"); !strings.Contains(got, "tocsin/evaluator/promapi") {
		t.Errorf("the importers of net/http are %q, without evaluator/promapi", got)
	}
}

func deps(t *testing.T, pkg string) []string {
	t.Helper()
	return goList(t, "-deps", "./"+pkg)
}

// chain says which packages on the way import dep, for the reader of a failure.
func chain(t *testing.T, pkg, dep string) string {
	t.Helper()
	var users []string
	for _, line := range goList(t, "-deps", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "./"+pkg) {
		fields := strings.Fields(line)
		for _, imported := range fields[1:] {
			if imported == dep {
				users = append(users, fields[0])
			}
		}
	}
	return "imported by " + strings.Join(users, ", ")
}

func goList(t *testing.T, args ...string) []string {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list"}, args...)...)
	cmd.Dir = root
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list %s: %v", strings.Join(args, " "), err)
	}
	return strings.Split(strings.TrimSpace(string(out)), "\n")
}

// TestCoreHasNoConcurrency: one goroutine steps the core, and nothing in it
// starts another or waits for one.
func TestCoreHasNoConcurrency(t *testing.T) {
	for _, pkg := range core {
		files, err := filepath.Glob(filepath.Join(root, pkg, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("no files in %s: %v", pkg, err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, found := range concurrency(t, file, src) {
				t.Error(found)
			}
		}
	}
}

// TestConcurrencyIsSeen proves that the test above can fail.
func TestConcurrencyIsSeen(t *testing.T) {
	cases := map[string]string{
		"a goroutine":            "func f() { go f() }",
		"a channel type":         "func f(c chan int) {}",
		"a send":                 "func f() { c <- 1 }",
		"a receive":              "func f() { <-c }",
		"a select":               "func f() { select {} }",
		"a channel that is made": "func f() { _ = make(chan int) }",
	}
	for name, body := range cases {
		if len(concurrency(t, "x.go", []byte("package x\n"+body))) == 0 {
			t.Errorf("%s is not seen: %s", name, body)
		}
	}
	if found := concurrency(t, "x.go", []byte("package x\nfunc f() { a := -1; _ = &a }")); len(found) > 0 {
		t.Errorf("a harmless function is taken for concurrent: %v", found)
	}
}

func concurrency(t *testing.T, name string, src []byte) []string {
	t.Helper()
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, name, src, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	ast.Inspect(file, func(n ast.Node) bool {
		if what := concurrent(n); what != "" {
			found = append(found, set.Position(n.Pos()).String()+": "+what+" in the core, which one goroutine steps")
		}
		return true
	})
	return found
}

func concurrent(n ast.Node) string {
	switch n := n.(type) {
	case *ast.GoStmt:
		return "a go statement"
	case *ast.SelectStmt:
		return "a select"
	case *ast.SendStmt:
		return "a send on a channel"
	case *ast.ChanType:
		return "a channel"
	case *ast.UnaryExpr:
		if n.Op == token.ARROW {
			return "a receive from a channel"
		}
	}
	return ""
}
