package check_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"tocsin/check"
	"tocsin/rules"
	"tocsin/rules/file"
)

// Each code that the program names is in the manual once and whole, and nothing else is.
func TestCodesAreExplained(t *testing.T) {
	named := namedCodes(t)
	numbers, words := map[file.Code]bool{}, map[string]bool{}
	last := file.Code("")
	for _, e := range file.Codes() {
		if e.Code <= last || numbers[e.Code] || words[e.Name] || !regexp.MustCompile(`^T\d{3}$`).MatchString(string(e.Code)) ||
			!regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`).MatchString(e.Name) {
			t.Errorf("%s %q: out of order, twice or no name", e.Code, e.Name)
		}
		last, numbers[e.Code], words[e.Name] = e.Code, true, true
		if !strings.HasSuffix(e.Text, ".") || e.Fix == "" || (e.Before == "") != (e.After == "") || strings.Contains(e.Text+e.Why, "Fix:") {
			t.Errorf("%s: %+v", e.Code, e)
		}
		if !named[e.Code] {
			t.Errorf("%s is explained and never found", e.Code)
		}
	}
	for code := range named {
		if !numbers[code] {
			t.Errorf("%s is found and not explained", code)
		}
	}
}

// namedCodes are those that the source of rules/file declares.
func namedCodes(t *testing.T) map[file.Code]bool {
	t.Helper()
	src, err := os.ReadFile("../rules/file/codes.go")
	if err != nil {
		t.Fatal(err)
	}
	all := map[file.Code]bool{}
	for _, m := range regexp.MustCompile(`Code = "(T\d+)"`).FindAllStringSubmatch(string(src), -1) {
		all[file.Code(m[1])] = true
	}
	return all
}

// An example has its problem before it is mended and not after, and is what it is said
// to be: a mistake or a warning.
func TestExamplesOfCodes(t *testing.T) {
	for _, e := range file.Codes() {
		if e.Before == "" {
			continue
		}
		before, after := ofExample(e.Before), ofExample(e.After)
		if !has(before, e.Code) {
			t.Errorf("%s: before: not found in %v\n%s", e.Code, before, e.Before)
		}
		if has(after, e.Code) {
			t.Errorf("%s: after: still found in %v\n%s", e.Code, after, e.After)
		}
		for _, p := range after {
			if !p.Warning {
				t.Errorf("%s: after: %v\n%s", e.Code, p, e.After)
			}
		}
	}
}

func has(problems []rules.Problem, c file.Code) bool {
	return slices.ContainsFunc(problems, func(p rules.Problem) bool { return p.Code == string(c) })
}

func ofExample(text string) []rules.Problem {
	files, name := exampleFiles(text)
	return check.Run(check.Options{Files: files, Names: []string{name}, Today: day("2026-11-26")}).Problems
}

func day(s string) time.Time {
	at, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return at
}

const soundRule = "groups:\n  - name: example\n    rules:\n      - {alert: Down, expr: min by (job) (up), warn: {below: 1, for: 3 of 5}, annotations: {summary: down}}\n"

// exampleFiles puts an example into files: rules into a group, and what else there is
// into a config, which gets what it lacks.
func exampleFiles(text string) (file.Memory, string) {
	if strings.HasPrefix(text, "- ") || strings.HasPrefix(text, "#") {
		return file.Memory{"rules.yaml": "groups:\n  - name: example\n    rules:\n      " + strings.ReplaceAll(text, "\n", "\n      ")}, "rules.yaml"
	}
	for key, line := range map[string]string{
		"prometheus": "prometheus: http://localhost:9090\n",
		"rule_files": "rule_files: [rules.yaml]\n",
		"receivers":  "receivers: [{name: team, webhook_configs: [{url: 'http://localhost:5001/'}]}]\n",
	} {
		if !regexp.MustCompile(`(?m)^(`+key+"):").MatchString(text) && (key != "prometheus" || !strings.Contains(text, "sources:")) {
			text += line
		}
	}
	return file.Memory{"tocsin.yaml": text, "rules.yaml": soundRule}, "tocsin.yaml"
}

// Each code is produced by an example, or by an archive of this folder.
func TestCodesAreProduced(t *testing.T) {
	produced := map[file.Code]bool{
		file.CodeEnvironment: true, // rules/file tests it: check reads no environment
		file.CodeCut:         true, // messages.txtar
	}
	for _, e := range file.Codes() {
		for _, p := range ofExample(e.Before) {
			produced[file.Code(p.Code)] = true
		}
	}
	for _, p := range ofArchives(t) {
		produced[file.Code(p.Code)] = true
	}
	for _, e := range file.Codes() {
		if !produced[e.Code] && !strings.HasPrefix(string(e.Code), "T5") { // package online tests those
			t.Errorf("no test finds %s", e.Code)
		}
	}
}

func ofArchives(t *testing.T) (all []rules.Problem) {
	t.Helper()
	names, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		a, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		files := file.Memory{}
		for _, f := range a.Files {
			files[f.Name] = string(f.Data)
		}
		all = append(all, check.Run(check.Options{Files: files, Names: arguments(a), Today: day("2026-11-26")}).Problems...)
	}
	return all
}

// A code is a mistake or a warning, wherever it is found.
func TestKindsOfCodes(t *testing.T) {
	warning := map[string]bool{}
	all := ofArchives(t)
	for _, e := range file.Codes() {
		warning[string(e.Code)] = e.Warning
		all = append(all, ofExample(e.Before)...)
	}
	for _, p := range all {
		if p.Warning != warning[p.Code] {
			t.Errorf("%v: warning %t", p, p.Warning)
		}
	}
}
