package unittest_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"tocsin/rules/file"
	"tocsin/unittest"
)

// TestManual: the tests that the manual shows pass, and say what it shows.
func TestManual(t *testing.T) {
	src, err := os.ReadFile("../docs/test.md")
	if err != nil {
		t.Fatal(err)
	}
	manual := string(src)
	files := file.Memory{}
	for _, m := range regexp.MustCompile("(?s)```yaml\n# (\\S+)\n(.*?)```").FindAllStringSubmatch(manual, -1) {
		files[m[1]] = m[2]
	}
	ran := 0
	for name := range files {
		if !strings.HasSuffix(name, ".test.yaml") {
			continue
		}
		ran++
		r := unittest.Run(t.Context(), name, unittest.Options{Files: files})
		if r.Failed() {
			t.Errorf("%s", say(t, r, false))
		}
		if name == "levels.test.yaml" && !strings.Contains(manual, say(t, r, true)[strings.Index(say(t, r, true), "rules.yaml:"):]) {
			t.Errorf("the manual does not show\n%s", say(t, r, true))
		}
	}
	if ran != 3 {
		t.Errorf("%d test files in the manual", ran)
	}
}
