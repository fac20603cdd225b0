//go:build unix

package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"tocsin/rules/file"
)

// TestPipes: what is piped in under a name, as by <(…) of a shell, can be read once,
// and pipes in folders are nobody's rules.
func TestPipes(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "p.yaml")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := on(t, nil, "check", dir); code != exitUsage || !strings.Contains(stderr, "no rules and no config") {
		t.Errorf("a folder with a pipe: code %d, %s", code, stderr)
	}
	n := remembered{piping{pipe: "groups:\n- name: a\n  rules:\n  - {alert: A, expr: 'a >'}\n"}, map[string][]byte{}}
	for range 2 {
		if src, err := n.Read(pipe); err != nil || len(src) == 0 {
			t.Errorf("%q, %v", src, err)
		}
	}
}

// A piping file is empty once it has been read.
type piping map[string]string

func (p piping) Read(name string) ([]byte, error) {
	text, ok := p[name]
	if !ok {
		return nil, os.ErrNotExist
	}
	p[name] = ""
	return []byte(text), nil
}

func (piping) Glob(string) ([]string, error) { return nil, nil }

// TestRulesOfTree: where a tree has no config, YAML that is for others is none of its
// rules.
func TestRulesOfTree(t *testing.T) {
	files := file.Memory{
		"rules/a.yaml": "groups: []\n", "b.yml": "groups: []\n", "broken.yaml": "groups: [\n",
		"compose.yaml": "services: {}\n", "values.yaml": "global: {}\nreplicas: 1\n", "a_test.yaml": "tests: []\n",
	}
	_, names, err := diffCommand{}.files(tree{files, "x"})
	slices.Sort(names)
	if want := []string{"b.yml", "broken.yaml", "rules/a.yaml"}; err != nil || !slices.Equal(names, want) {
		t.Errorf("%q, %v", names, err)
	}
}
