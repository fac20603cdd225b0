package file_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tocsin/rules/file"
)

func put(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// Files are found against the folder of the config, wherever the daemon was
// started; a pattern without a file is told apart from a mistake.
func TestDisk(t *testing.T) {
	dir := t.TempDir()
	config := filepath.Join(dir, "tocsin.yaml")
	put(t, config, "prometheus: http://x\nrule_files: ['rules/*.yaml', 'more/*.yaml']\nreceivers: [{name: a}]\n")
	put(t, filepath.Join(dir, "rules/a.yaml"), oneRule)
	loaded, problems := file.Load(file.Options{ConfigFile: config})
	if loaded == nil || len(problems) != 1 || problems[0].Code != string(file.CodeNoMatch) || !problems[0].Warning {
		t.Fatal(problems)
	}
	if !slices.Equal(loaded.EmptyPatterns, []string{filepath.Join(dir, "more/*.yaml")}) || len(loaded.Patterns) != 2 {
		t.Errorf("%q %q", loaded.EmptyPatterns, loaded.Patterns)
	}
	if !slices.Equal(loaded.Files, []string{config, filepath.Join(dir, "rules/a.yaml")}) || loaded.Dir != dir {
		t.Errorf("%q in %q", loaded.Files, loaded.Dir)
	}
}

func TestDiskRefuses(t *testing.T) {
	dir := t.TempDir()
	if _, problems := file.Load(file.Options{ConfigFile: filepath.Join(dir, "none.yaml")}); !failed(problems) {
		t.Error("a config that is not there is no mistake")
	}
	if _, problems := file.Load(file.Options{ConfigFile: dir}); !failed(problems) {
		t.Error("a folder is a config")
	}
	large := filepath.Join(dir, "large.yaml")
	put(t, large, "# "+strings.Repeat("x", 3<<20))
	if b, err := (file.Disk{}).Read(large); err != nil || len(b) > 1<<20+1 {
		t.Errorf("%d bytes are read (%v)", len(b), err)
	}
}

// Rules of the command line take the place of those of the config.
func TestRulesOfTheCommandLine(t *testing.T) {
	files := file.Memory{
		"c.yaml": "prometheus: http://x\nrule_files: [r.yaml]\nreceivers: [{name: a}]\n",
		"r.yaml": oneRule, "other/a.yaml": strings.ReplaceAll(oneRule, "Latency", "Other"),
	}
	loaded, problems := file.Load(file.Options{Files: files, ConfigFile: "c.yaml", Rules: []string{"other/*.yaml"}})
	noProblems(t, problems)
	if got := keys(loaded.Core.Rules); !slices.Equal(got, []string{"api/Other"}) {
		t.Errorf("%q", got)
	}
	if _, problems := file.Load(file.Options{Files: files, ConfigFile: "c.yaml", Rules: []string{"gone.yaml"}}); !failed(problems) {
		t.Error("a file that is named and not there is no mistake")
	}
}

// A pattern of templates that matches nothing is no error, as in Alertmanager,
// and says nothing of rules: nothing is held for it and no reload refused. Each
// template is read once, in the order of the patterns.
func TestTemplatesFromDisk(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"tocsin.yaml": "prometheus: http://localhost:9090\nrule_files: [rules.yaml]\ntemplates: ['*.tmpl', 'b.*', 'nothing*']\n" +
			"receivers: [{name: all, webhook_configs: [{url: 'http://localhost/'}]}]\n",
		"rules.yaml": "groups: [{name: g, rules: [{alert: A, expr: up, warn: {below: 1}}]}]\n",
		"a.tmpl":     `{{ define "a" }}{{ end }}`,
		"b.tmpl":     `{{ define "b" }}{{ end }}`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	loaded, problems := file.Load(file.Options{ConfigFile: filepath.Join(dir, "tocsin.yaml")})
	if loaded == nil {
		t.Fatal(problems)
	}
	if len(loaded.EmptyPatterns) != 0 {
		t.Errorf("missing rule files %q, want none", loaded.EmptyPatterns)
	}
	var names []string
	for _, text := range loaded.Templates {
		names = append(names, filepath.Base(text.Name))
	}
	if !slices.Equal(names, []string{"a.tmpl", "b.tmpl"}) {
		t.Errorf("templates %q", names)
	}
}
