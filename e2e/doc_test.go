package e2e

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestEachFaultIsTested compares the faults that the package's comment lists with
// the numbers in the names of tests and transcripts.
func TestEachFaultIsTested(t *testing.T) {
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	var listed []string
	for _, m := range regexp.MustCompile(`(?m)^//\t(F\d\d)  `).FindAllStringSubmatch(string(doc), -1) {
		listed = append(listed, m[1])
	}
	tested := testedFaults(t)
	for _, fault := range listed {
		if !slices.Contains(tested, fault) {
			t.Errorf("no test bears %s in its name", fault)
		}
	}
	for _, fault := range tested {
		if !slices.Contains(listed, fault) {
			t.Errorf("a test bears %s in its name, which the package's comment does not list", fault)
		}
	}
}

// testedFaults are the numbers in names of tests of the whole module.
func testedFaults(t *testing.T) (all []string) {
	t.Helper()
	inName := regexp.MustCompile(`(?m)^func Test((?:F\d\d)+)`)
	number := regexp.MustCompile(`(?i)f\d\d`)
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		names := ""
		switch {
		case strings.HasSuffix(path, "_test.go"):
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			for _, m := range inName.FindAllStringSubmatch(string(text), -1) {
				names += m[1]
			}
		case strings.HasSuffix(path, ".txtar"):
			names = regexp.MustCompile(`^(f\d\d_)*`).FindString(filepath.Base(path))
		}
		all = append(all, number.FindAllString(strings.ToUpper(names), -1)...)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(all)
	return slices.Compact(all)
}
