package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// The examples of docs/ci are run here as their hosts would run them: in a shallow
// clone of a change, with the variables that a host sets, against its API.

// A change is a repository of rules with a change on a branch, and the change
// merged into main.
type change struct{ origin, base string }

func newChange(t *testing.T) change {
	t.Helper()
	c := change{origin: t.TempDir()}
	c.git(t, "init", "-q", "-b", "main")
	c.write(t, "tocsin.yaml", "prometheus: ${NOBODY_EXPANDS_THIS}\nrule_files: [rules/*.yaml]\nreceivers:\n  - name: web\n    webhook_configs: [{url: 'http://127.0.0.1:1/'}]\n")
	c.write(t, "rules/api.yaml", apiRules("70"))
	c.write(t, "tests/api.yaml", apiTests)
	c.commit(t, "rules")
	c.base = c.git(t, "rev-parse", "HEAD")
	c.git(t, "checkout", "-q", "-b", "change")
	c.write(t, "rules/api.yaml", apiRules("60"))
	c.commit(t, "earlier")
	c.git(t, "checkout", "-q", "-b", "merged", "main")
	c.git(t, "merge", "-q", "--no-ff", "-m", "merge", "change")
	return c
}

func apiRules(warn string) string {
	return "groups:\n  - name: api\n    interval: 1m\n    rules:\n      - alert: HighLoad\n        expr: load\n" +
		"        warn: {above: " + warn + ", for: 2m}\n" +
		"        annotations: {summary: 'load is {{ $value }}', runbook_url: 'https://runbooks.example.org/load'}\n"
}

const apiTests = `rule_files: [../rules/api.yaml]
evaluation_interval: 1m
tests:
  - interval: 1m
    input_series: [{series: 'load{i="a"}', values: '80x10'}]
    promql_expr_test: [{expr: load, eval_time: 5m, exp_samples: [{labels: 'load{i="a"}', value: 80}]}]
`

func (c change) write(t *testing.T, name, text string) {
	t.Helper()
	name = filepath.Join(c.origin, name)
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (c change) commit(t *testing.T, message string) {
	t.Helper()
	c.git(t, "add", "-A")
	c.git(t, "commit", "-q", "-m", message)
}

func (c change) git(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", append([]string{"-C", c.origin, "-c", "user.name=somebody", "-c", "user.email=somebody@example.org"}, args...)...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %s: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// shallow clones a branch as a host does.
func (c change) shallow(t *testing.T, branch, depth string) (dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "clone")
	out, err := exec.Command("git", "clone", "-q", "--depth", depth, "--branch", branch, "file://"+c.origin, dir).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return dir
}

// A runner runs shell scripts as a host's runner does.
type runner struct {
	dir string
	env map[string]string
}

// run runs a script that must succeed.
func (r runner) run(t *testing.T, script string) string {
	t.Helper()
	cmd := exec.Command("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script)
	cmd.Dir = r.dir
	for name, value := range r.env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v:\n%s\n%s", err, script, out)
	}
	return string(out)
}

func readYAML(t *testing.T, name string, into any) {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}
