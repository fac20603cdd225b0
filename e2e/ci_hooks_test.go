package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The hooks are run by pre-commit itself, with the program that is installed.
func TestPreCommit(t *testing.T) {
	t.Parallel()
	var hooks []struct{ ID, Entry, Language string }
	readYAML(t, "../.pre-commit-hooks.yaml", &hooks)
	text, err := os.ReadFile("../.pre-commit-hooks.yaml")
	if err != nil {
		t.Fatal(err)
	}
	from := change{origin: t.TempDir()} // where hooks come from
	from.git(t, "init", "-q")
	from.write(t, ".pre-commit-hooks.yaml", string(text))
	from.commit(t, "hooks")

	c := newChange(t)
	config := "repos:\n  - repo: file://" + from.origin + "\n    rev: " + from.git(t, "rev-parse", "HEAD") + "\n    hooks:\n"
	for _, h := range hooks {
		if h.Language == "system" {
			config += "      - id: " + h.ID + "\n"
		}
	}
	c.write(t, ".pre-commit-config.yaml", config)
	c.commit(t, "hooks")
	home := t.TempDir()
	run := func(args ...string) (string, error) {
		cmd := exec.Command("pre-commit", args...)
		cmd.Dir = c.origin
		cmd.Env = append(os.Environ(), "PRE_COMMIT_HOME="+home, "PATH="+filepath.Dir(binary)+string(os.PathListSeparator)+os.Getenv("PATH"))
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	if out, err := run("run", "--all-files"); err != nil || !strings.Contains(out, "Passed") {
		t.Errorf("%v\n%s", err, out)
	}
	c.write(t, "rules/api.yaml", strings.ReplaceAll(apiRules("70"), "warn:", "wran:"))
	out, err := run("run", "--all-files")
	if err == nil || !strings.Contains(out, "rules/api.yaml:7:9: error: unknown key \"wran\"") {
		t.Errorf("%v\n%s", err, out)
	}
	here, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"validate-manifest", filepath.Join(here, ".pre-commit-hooks.yaml")}, {"validate-config", filepath.Join(here, "docs/ci/pre-commit.yaml")},
	} {
		if out, err := run(args...); err != nil {
			t.Errorf("pre-commit %s: %v\n%s", args, err, out)
		}
	}
}

// The hooks that the example names are there.
func TestPreCommitExample(t *testing.T) {
	t.Parallel()
	var hooks []struct{ ID string }
	readYAML(t, "../.pre-commit-hooks.yaml", &hooks)
	var config struct {
		Repos []struct{ Hooks []struct{ ID string } }
	}
	readYAML(t, "../docs/ci/pre-commit.yaml", &config)
	known := map[string]bool{}
	for _, h := range hooks {
		known[h.ID] = true
	}
	if len(config.Repos) != 1 || len(config.Repos[0].Hooks) == 0 {
		t.Fatalf("%+v", config)
	}
	for _, h := range config.Repos[0].Hooks {
		if !known[h.ID] {
			t.Errorf("there is no hook %s", h.ID)
		}
	}
}
