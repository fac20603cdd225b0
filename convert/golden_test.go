package convert_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"tocsin/convert"
	"tocsin/rules"
	"tocsin/rules/file"
)

var update = flag.Bool("update", false, "write what comes out into testdata")

// TestGolden converts files as people have them. Beside each lie what comes out of
// it and the report.
func TestGolden(t *testing.T) {
	names, err := filepath.Glob("testdata/*.yaml")
	if err != nil || len(names) < 2 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		base := filepath.Base(name)
		result, problems := convert.Convert(base, src, options())
		if result == nil {
			t.Fatal(problems)
		}
		golden(t, name+".out", result.After)
		var report bytes.Buffer
		if err := convert.Report(&report, "text", []convert.Result{*result}); err != nil {
			t.Fatal(err)
		}
		golden(t, name+".report", report.Bytes())
		again(t, base, result.After)
		clean(t, base, result.After)
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

// again converts what was converted: nothing more comes of it, with and without
// comments.
func again(t *testing.T, name string, text []byte) {
	t.Helper()
	for _, comment := range []bool{false, true} {
		o := options()
		o.Comment = comment
		once, _ := convert.Convert(name, text, o)
		twice, _ := convert.Convert(name, once.After, o)
		if !comment && once.Changed() || twice.Changed() {
			t.Errorf("%s, comments %t: converted twice it is another: %s", name, comment, gocmp.Diff(string(once.Before), string(twice.After)))
		}
	}
}

// clean loads what was converted: it is as well as what people write by hand.
func clean(t *testing.T, name string, text []byte) {
	t.Helper()
	_, problems := file.LoadRules(file.Memory{name: string(text)}, []string{name}, file.Defaults{})
	for _, p := range problems {
		if p.Code != string(file.CodeRecording) && p.Code != string(file.CodeAlways) {
			t.Errorf("%v", p)
		}
	}
}

// TestLinesThatStay: what isn't part of a change is there as it was, to the byte,
// whatever the line ends and whether the last one is there.
func TestLinesThatStay(t *testing.T) {
	src, err := os.ReadFile("testdata/node.yaml")
	if err != nil {
		t.Fatal(err)
	}
	plain, _ := convert.Convert("r.yaml", src, options())
	for _, c := range []struct {
		why      string
		from, to func(string) string
	}{
		{"line ends of another system", crlf, func(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") }},
		{"no last line end", trimLast, func(s string) string { return s + "\n" }},
		{"a byte order mark", func(s string) string { return "\ufeff" + s }, func(s string) string { return strings.TrimPrefix(s, "\ufeff") }},
	} {
		result, problems := convert.Convert("r.yaml", []byte(c.from(string(src))), options())
		if result == nil {
			t.Errorf("%s: %v", c.why, problems)
			continue
		}
		if diff := gocmp.Diff(string(plain.After), c.to(string(result.After))); diff != "" {
			t.Errorf("%s: %s", c.why, diff)
		}
	}
}

func crlf(s string) string     { return strings.ReplaceAll(s, "\n", "\r\n") }
func trimLast(s string) string { return strings.TrimSuffix(s, "\n") }

// A file with mistakes is not converted, and says all of them.
func TestMistakes(t *testing.T) {
	result, problems := convert.Convert("r.yaml", []byte("groups:\n  - name: g\n    rules:\n      - alert: A\n        expr: a >\n      - alert: B\n        exp: b > 1\n"), options())
	if result != nil || len(problems) < 2 || problems[0].Line != 5 || problems[1].Line < 6 {
		t.Errorf("%v %v", result, problems)
	}
	result, problems = convert.Convert("r.yaml", nil, options())
	if result == nil || result.Changed() || len(problems) > 0 {
		t.Errorf("an empty file: %v %v", result, problems)
	}
}

var _ = rules.OK
