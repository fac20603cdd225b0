package e2e

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"tocsin/e2e/prom"
)

// A workflow is what is read of GitHub's.
type workflow struct {
	Jobs map[string]struct {
		Env   map[string]string
		Steps []struct {
			Name, Uses, Run string
			Env             map[string]string
			With            map[string]string
		}
	}
}

func TestGitHubExample(t *testing.T) {
	t.Parallel()
	var w workflow
	readYAML(t, "../docs/ci/github.yaml", &w)
	job, c, api := w.Jobs["alerts"], newChange(t), newComments(t, "github")
	depth := ""
	for _, s := range job.Steps {
		if strings.HasPrefix(s.Uses, "actions/checkout@") {
			depth = s.With["fetch-depth"]
		}
	}
	r := runner{dir: c.shallow(t, "merged", depth), env: map[string]string{}}
	files := t.TempDir()
	for name, value := range map[string]string{
		"PATH": os.Getenv("PATH"), "RUNNER_TEMP": files, "GITHUB_PATH": filepath.Join(files, "path"),
		"GITHUB_STEP_SUMMARY": filepath.Join(files, "summary"), "GITHUB_API_URL": api.url, "GITHUB_REPOSITORY": "web/alerts",
	} {
		r.env[name] = value
	}
	said := expressions{"vars.TOCSIN_URL": "file://" + binary, "vars.PROMETHEUS_URL": weekPast(t), "github.token": "secret", "github.event.pull_request.number": "7"}
	said.add(t, r.env, job.Env)
	if base := r.run(t, "git rev-parse HEAD^1"); strings.TrimSpace(base) != c.base {
		t.Errorf("the clone has %s behind its head, want the base, %s", base, c.base)
	}
	steps := 0
	for range 2 { // the second time the comment is there
		for _, s := range job.Steps {
			if s.Run == "" {
				continue
			}
			said.add(t, r.env, s.Env)
			r.run(t, s.Run)
			r.env["PATH"] = pathOf(t, r.env["GITHUB_PATH"]) + os.Getenv("PATH")
			steps++
		}
	}
	if steps < 6 {
		t.Errorf("%d steps were run", steps)
	}
	api.one(t, r.read(t, "diff.md"))
	if summary, err := os.ReadFile(r.env["GITHUB_STEP_SUMMARY"]); err != nil || !strings.Contains(string(summary), r.read(t, "diff.md")) {
		t.Errorf("the summary is %q, %v", summary, err)
	}
}

// pathOf is what a step has put before the PATH of those behind it.
func pathOf(t *testing.T, file string) (path string) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range strings.Fields(string(b)) {
		path = dir + string(os.PathListSeparator) + path
	}
	return path
}

// expressions are what stands between ${{ and }}, with what it is.
type expressions map[string]string

func (e expressions) add(t *testing.T, env, more map[string]string) {
	t.Helper()
	for name, text := range more {
		env[name] = regexp.MustCompile(`\$\{\{ (.*?) \}\}`).ReplaceAllStringFunc(text, func(s string) string {
			value, ok := e[strings.TrimSuffix(strings.TrimPrefix(s, "${{ "), " }}")]
			if !ok {
				t.Fatalf("nothing is known of %s", s)
			}
			return value
		})
	}
}

func (r runner) read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(r.dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestGitLabExample(t *testing.T) {
	t.Parallel()
	var pipeline map[string]struct {
		Variables   map[string]string
		Before      []string `yaml:"before_script"`
		Script      []string
		AfterScript []string `yaml:"after_script"`
	}
	readYAML(t, "../docs/ci/gitlab.yaml", &pipeline)
	job, c, api := pipeline["alerts"], newChange(t), newComments(t, "gitlab")
	r := runner{dir: c.shallow(t, "change", job.Variables["GIT_DEPTH"]), env: map[string]string{
		"PATH": os.Getenv("PATH"), "CI_BUILDS_DIR": t.TempDir(), "CI_API_V4_URL": api.url, "CI_PROJECT_ID": "3", "CI_MERGE_REQUEST_IID": "7",
		"CI_MERGE_REQUEST_DIFF_BASE_SHA": c.base, "TOCSIN_URL": "file://" + binary, "TOCSIN_TOKEN": "secret", "PROMETHEUS_URL": weekPast(t),
	}}
	script := append(append(job.Before, job.Script...), `git cat-file -e "$CI_MERGE_REQUEST_DIFF_BASE_SHA"`)
	for range 2 { // the second time the comment is there
		r.run(t, strings.Join(script, "\n"))
		r.run(t, strings.Join(job.AfterScript, "\n"))
	}
	api.one(t, r.read(t, "diff.md"))
	delete(r.env, "TOCSIN_TOKEN")
	r.run(t, strings.Join(job.AfterScript, "\n"))
}

// weekPast is the URL of a Prometheus that reaches back for more than a week, so that
// what it tells of one is complete.
func weekPast(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	b.WriteString("# TYPE up gauge\n")
	now := time.Now()
	for ago := 8 * 24 * time.Hour; ago >= 0; ago -= 2 * time.Minute {
		fmt.Fprintf(&b, "up 1 %d\n", now.Add(-ago).Unix())
	}
	b.WriteString("# EOF\n")
	return prom.StartPast(t, b.Bytes()).URL
}
