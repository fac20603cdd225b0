package e2e

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var mutants = flag.Int("promtool.mutants", 30, "how many mutated test files promtool and tocsin are compared on")

const promtoolCorpus = "../testdata/promtool"

// A promtool is Prometheus' own. PROMTOOL names another one than that on the PATH.
type promtool struct {
	path  string
	major int
}

func newPromtool(t *testing.T) promtool {
	t.Helper()
	path := os.Getenv("PROMTOOL")
	if path == "" {
		path = "promtool"
	}
	p, err := exec.LookPath(path)
	if err != nil {
		t.Fatalf("promtool is not installed: make tools (%v)", err)
	}
	out, err := exec.Command(p, "--version").CombinedOutput()
	if err != nil {
		t.Fatalf("promtool --version: %v", err)
	}
	m := regexp.MustCompile(`version (\d+)\.`).FindSubmatch(out)
	if m == nil {
		return promtool{p, 3} // built by hand, so of these days
	}
	major, _ := strconv.Atoi(string(m[1]))
	return promtool{p, major}
}

// verdict runs a program on a test file: true is pass. What it printed is for people.
func verdict(t *testing.T, program string, args ...string) (pass bool, said string) {
	t.Helper()
	var out bytes.Buffer
	c := exec.Command(program, args...)
	c.Stdout, c.Stderr = &out, &out
	err := c.Run()
	if c.ProcessState == nil {
		t.Fatalf("%s: %v", program, err)
	}
	switch c.ProcessState.ExitCode() {
	case 0:
		return true, out.String()
	case 1:
		return false, out.String()
	}
	t.Fatalf("%s %q: exit code %d\n%s", program, args, c.ProcessState.ExitCode(), out.String())
	return false, ""
}

// TestPromtoolCorpus runs every file of the corpus through promtool and through
// tocsin. The name of a file says what both must say of it; what is in newer/ is
// for a promtool of Prometheus 3 alone, and an older one is not asked.
func TestPromtoolCorpus(t *testing.T) {
	t.Parallel()
	p := newPromtool(t)
	files := corpus(t, "*.yaml", "newer/*.yaml")
	if len(files) < 90 {
		t.Fatalf("only %d files in %s", len(files), promtoolCorpus)
	}
	for _, name := range files {
		t.Run(name, func(t *testing.T) {
			want := strings.HasPrefix(filepath.Base(name), "pass-")
			path := filepath.Join(promtoolCorpus, name)
			if got, said := verdict(t, binary, "test", path); got != want {
				t.Errorf("tocsin: pass is %v, want %v\n%s", got, want, said)
			}
			if strings.HasPrefix(name, "newer/") && p.major < 3 {
				return
			}
			if got, said := verdict(t, p.path, "test", "rules", path); got != want {
				t.Errorf("promtool: pass is %v, want %v\n%s", got, want, said)
			}
		})
	}
}

func corpus(t *testing.T, patterns ...string) (all []string) {
	t.Helper()
	for _, pattern := range patterns {
		found, err := filepath.Glob(filepath.Join(promtoolCorpus, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range found {
			rel, _ := filepath.Rel(promtoolCorpus, f)
			all = append(all, rel)
		}
	}
	return all
}

// TestPromtoolMutants changes numbers, words and whole expectations of files that
// pass, and of their rules. Whatever that makes of them, both programs must say the
// same.
func TestPromtoolMutants(t *testing.T) {
	t.Parallel()
	p := newPromtool(t)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	files := corpus(t, "pass-*.yaml")
	if p.major < 3 { // ranges were closed on the left
		files = slices.DeleteFunc(files, func(f string) bool {
			return slices.Contains([]string{"pass-functions.yaml", "pass-chain.yaml", "pass-texts.yaml", "pass-absent.yaml"}, f)
		})
	} else {
		files = append(files, corpus(t, "newer/pass-*.yaml")...)
	}
	pass := 0
	for n := range *mutants {
		name := files[r.IntN(len(files))]
		dir, path, what := mutate(t, r, name)
		want, said := verdict(t, p.path, "test", "rules", path)
		got, own := verdict(t, binary, "test", path)
		if want {
			pass++
		}
		if got != want {
			text, _ := os.ReadFile(path)
			t.Errorf("mutant %d of %s (%s): promtool passes: %v, tocsin: %v\n%s\npromtool:\n%s\ntocsin:\n%s", n, name, what, want, got, text, said, own)
			if keep := os.Getenv("KEEP"); keep != "" {
				_ = os.CopyFS(filepath.Join(keep, fmt.Sprint(n)), os.DirFS(dir))
			}
		}
	}
	t.Logf("%d of %d mutants pass", pass, *mutants)
}

// mutate copies a file of the corpus with its rules and changes one or two places.
func mutate(t *testing.T, r *rand.Rand, name string) (dir, path, what string) {
	t.Helper()
	dir = t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(promtoolCorpus)); err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(dir, name)
	targets := []string{path, path, path}
	src, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`rules/[a-z-]+\.yaml`).FindAll(src, -1) {
		if f := filepath.Join(dir, string(m)); fileExists(f) {
			targets = append(targets, f)
		}
	}
	for range 1 + r.IntN(2) {
		what += mutateFile(t, r, targets[r.IntN(len(targets))]) + " "
	}
	return dir, path, what
}

func fileExists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

func mutateFile(t *testing.T, r *rand.Rand, path string) string {
	t.Helper()
	src, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	places := regexp.MustCompile(`\b\d+\b|\b(?:a|b|api|page|warning|critical|firing|pending|web|eu1|stale|_)\b|[<>]`).FindAllIndex(src, -1)
	if len(places) == 0 {
		return "nothing"
	}
	at := places[r.IntN(len(places))]
	was := string(src[at[0]:at[1]])
	now := other(r, was)
	out := string(src[:at[0]]) + now + string(src[at[1]:])
	if err := os.WriteFile(path, []byte(out), 0o600); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%s byte %d: %q to %q", filepath.Base(path), at[0], was, now)
}

// other is something that may stand in place of a number or a word.
func other(r *rand.Rand, was string) string {
	if n, err := strconv.Atoi(was); err == nil {
		all := []int{n + 1, max(n-1, 0), 0, 1, 2 * n, n + 2, max(n-2, 0)}
		return strconv.Itoa(min(all[r.IntN(len(all))], 500))
	}
	words := []string{"a", "b", "api", "page", "warning", "critical", "firing", "pending", "stale", "_", "5"}
	switch was {
	case "<":
		return ">"
	case ">":
		return "<"
	}
	return words[r.IntN(len(words))]
}
