package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestReadme: the rule file and the config that the README shows are accepted as
// they stand.
func TestReadme(t *testing.T) {
	t.Parallel()
	blocks := yamlBlocks(t, "../README.md")
	if len(blocks) != 2 {
		t.Fatalf("%d blocks of YAML in the README, want a rule file and a config", len(blocks))
	}
	dir := t.TempDir()
	for name, text := range map[string]string{"rules/api.yaml": blocks[0], "tocsin.yaml": blocks[1]} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range []string{"rules/api.yaml", "tocsin.yaml"} {
		cmd := exec.Command(binary, "check", file)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("tocsin check %s: %v\n%s", file, err, out)
		}
	}
}

func yamlBlocks(t *testing.T, path string) (blocks []string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for n, part := range strings.Split(string(text), "```") {
		if body, ok := strings.CutPrefix(part, "yaml\n"); ok && n%2 == 1 {
			blocks = append(blocks, body)
		}
	}
	return blocks
}
