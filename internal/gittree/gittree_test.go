package gittree_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"tocsin/internal/gittree"
)

// repository makes one with two commits, in which a.yaml was "one" and then "two".
func repository(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	put := func(name, text string) {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	git(t, dir, "init", "-q", "-b", "main")
	put("a.yaml", "one")
	put("rules/b.yaml", "b")
	put("rules/ü c.yaml", "c")
	put("rules/deep/d.yaml", "d")
	git(t, dir, "add", "-A")
	git(t, dir, "commit", "-q", "-m", "one")
	git(t, dir, "tag", "v1")
	put("a.yaml", "two")
	git(t, dir, "commit", "-q", "-a", "-m", "two")
	return dir
}

func git(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.Command("git", append([]string{"-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "protocol.file.allow=always"}, args...)...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git %q: %v: %s", args, err, out)
	}
}

func TestTree(t *testing.T) {
	dir := repository(t)
	tests := []struct {
		name, dir, revision, file, want string
	}{
		{"a tag", "", "v1", "a.yaml", "one"},
		{"a branch", "", "main", "a.yaml", "two"},
		{"what came before", "", "main~1", "a.yaml", "one"},
		{"a file in a folder, with letters of all kinds", "", "v1", "rules/ü c.yaml", "c"},
		{"from within a folder", "rules", "v1", "b.yaml", "b"},
		{"upwards from there", "rules", "v1", "../a.yaml", "one"},
	}
	for _, tt := range tests {
		tree, err := gittree.Open(t.Context(), filepath.Join(dir, tt.dir), tt.revision)
		if err != nil {
			t.Fatal(tt.name, err)
		}
		if got, err := tree.Read(tt.file); err != nil || string(got) != tt.want {
			t.Errorf("%s: %q, %v", tt.name, got, err)
		}
	}
}

func TestGlob(t *testing.T) {
	dir := repository(t)
	for _, tt := range []struct {
		dir, pattern string
		want         []string
	}{
		{"", "rules/*.yaml", []string{"rules/b.yaml", "rules/ü c.yaml"}},
		{"rules", "*.yaml", []string{"b.yaml", "ü c.yaml"}},
		{"rules", "../*.yaml", []string{"../a.yaml"}},
		{"", "none/*", nil},
	} {
		tree, err := gittree.Open(t.Context(), filepath.Join(dir, tt.dir), "v1")
		if err != nil {
			t.Fatal(err)
		}
		if got, err := tree.Glob(tt.pattern); err != nil || !slices.Equal(got, tt.want) {
			t.Errorf("%s in %q: %q, %v", tt.pattern, tt.dir, got, err)
		}
	}
}

// A shallow clone has one revision, and that is enough.
func TestShallow(t *testing.T) {
	dir := repository(t)
	clone := filepath.Join(t.TempDir(), "clone")
	git(t, dir, "clone", "-q", "--depth=1", "file://"+dir, clone)
	if _, err := gittree.Open(t.Context(), clone, "v1"); !errors.Is(err, gittree.ErrNoRevision) {
		t.Errorf("what the clone lacks: %v", err)
	}
	git(t, clone, "fetch", "-q", "--depth=1", "origin", "tag", "v1")
	tree, err := gittree.Open(t.Context(), clone, "v1")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := tree.Read("a.yaml"); err != nil || string(got) != "one" {
		t.Errorf("%q, %v", got, err)
	}
}

// Links lead to where they lead on disk, as long as that is in the revision.
func TestLinks(t *testing.T) {
	dir := repository(t)
	for link, target := range map[string]string{
		"links/file.yaml": "../a.yaml", "links/twice.yaml": "file.yaml", "linked": "rules", "rules/up": "..",
		"links/out.yaml": "../../../etc/passwd", "links/far.yaml": "/etc/passwd", "links/none.yaml": "nosuch", "ring": "gnir", "gnir": "ring",
	} {
		if err := os.MkdirAll(filepath.Join(dir, "links"), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	git(t, dir, "add", "-A")
	git(t, dir, "commit", "-q", "-m", "links")
	tree, err := gittree.Open(t.Context(), dir, "main")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"links/file.yaml": "two", "links/twice.yaml": "two", "linked/b.yaml": "b", "rules/up/rules/up/a.yaml": "two",
		"links/out.yaml": "", "links/far.yaml": "", "links/none.yaml": "", "ring": "", "ring/a.yaml": "", "linked": "",
	} {
		if got, err := tree.Read(name); string(got) != want || (err == nil) != (want != "") || err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	for pattern, want := range map[string][]string{
		"linked/*.yaml": {"linked/b.yaml", "linked/ü c.yaml"}, "links/*.yaml": {"links/file.yaml", "links/twice.yaml"},
		"rules/up/*.yaml": {"rules/up/a.yaml"}, "ring/*": nil, "linked": nil, "l*/b.yaml": {"linked/b.yaml"},
	} {
		if got, err := tree.Glob(pattern); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %q, %v", pattern, got, err)
		}
	}
}

// Of a submodule a revision has but a name: that is not the same as no rules.
func TestSubmodulesAreSaid(t *testing.T) {
	dir := repository(t)
	git(t, dir, "submodule", "--quiet", "add", dir, "sub")
	git(t, dir, "commit", "-q", "-m", "sub")
	tree, err := gittree.Open(t.Context(), dir, "main")
	if err != nil {
		t.Fatal(err)
	}
	const want = "sub is a submodule, whose files are not in this revision"
	for _, pattern := range []string{"sub/*.yaml", "sub/a.yaml"} {
		if _, err := tree.Glob(pattern); err == nil || err.Error() != want {
			t.Errorf("%s: %v", pattern, err)
		}
	}
	if _, err := tree.Read("sub/a.yaml"); err == nil || errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	if got, err := tree.Glob("*/b.yaml"); err != nil || !slices.Equal(got, []string{"rules/b.yaml"}) {
		t.Errorf("what else there is: %q, %v", got, err)
	}
}

func TestWhatIsNoTree(t *testing.T) {
	dir := repository(t)
	for _, revision := range []string{"nosuch", "", "--all", "v1:a.yaml", "a b"} {
		if _, err := gittree.Open(t.Context(), dir, revision); !errors.Is(err, gittree.ErrNoRevision) {
			t.Errorf("%q: %v", revision, err)
		}
	}
	if _, err := gittree.Open(t.Context(), t.TempDir(), "main"); err == nil || errors.Is(err, gittree.ErrNoRevision) {
		t.Errorf("no repository: %v", err)
	}
	tree, err := gittree.Open(t.Context(), dir, "v1")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"none.yaml", "rules", "../a.yaml", "/etc/passwd"} {
		if _, err := tree.Read(name); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
