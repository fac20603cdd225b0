package file_test

import (
	"slices"
	"strings"
	"testing"

	"tocsin/rules"
	"tocsin/rules/file"
)

func load(t *testing.T, files file.Memory) []*rules.Rule {
	t.Helper()
	var names []string
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	all, problems := file.LoadRules(files, names, file.Defaults{})
	if failed(problems) {
		t.Fatal(problems)
	}
	return all
}

func TestKeys(t *testing.T) {
	const (
		down   = "{alert: Down, expr: up == 0}"
		gone   = "{alert: Down, expr: up == 2}"
		page   = "{alert: Down, expr: up == 0, labels: {severity: page}}"
		named  = "{alert: Down, id: my.down, expr: up == 0}"
		slash  = "{alert: a/b, expr: up == 0}"
		groupG = "groups: [{name: g, rules: [RULES]}]"
		groupH = "groups: [{name: h, rules: [RULES]}]"
	)
	with := func(group string, rs ...string) string {
		return strings.Replace(group, "RULES", strings.Join(rs, ", "), 1)
	}
	for _, c := range []struct {
		why   string
		files file.Memory
		want  []string
	}{
		{"group and alert", file.Memory{"a": with(groupG, down)}, []string{"g/Down"}},
		{"the file does not count", file.Memory{"b": with(groupG, down)}, []string{"g/Down"}},
		{"an id stands for all", file.Memory{"a": with(groupG, named)}, []string{"my.down"}},
		{"equal names are told apart by labels", file.Memory{"a": with(groupG, down, page)}, []string{"g/Down", `g/Down{severity="page"}`}},
		{"equal labels by expressions", file.Memory{"a": with(groupG, down, gone)}, []string{"g/Down#01b4e555", "g/Down#57efeed3"}},
		{"equal expressions by order", file.Memory{"a": with(groupG, down, down)}, []string{"g/Down#57efeed3#1", "g/Down#57efeed3#2"}},
		{"a group in two files bears the file", file.Memory{"x/a": with(groupG, down), "b": with(groupG, down)}, []string{"b:g/Down", "x%2Fa:g/Down"}},
		{"two groups share nothing", file.Memory{"a": with(groupG, down), "b": with(groupH, down)}, []string{"g/Down", "h/Down"}},
		{"signs of keys are kept out of names", file.Memory{"a": with(groupG, slash)}, []string{"g/a%2Fb"}},
	} {
		if got := keys(load(t, c.files)); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, not %q", c.why, got, c.want)
		}
	}
}

// The revision changes with what evaluation depends on, and with nothing else.
func TestRevision(t *testing.T) {
	const base = "{alert: A, expr: a, warn: {above: 5, for: 1m}, labels: {team: x}, annotations: {summary: y}}"
	rev := func(old, now string) string {
		text := "groups: [{name: g, rules: [" + strings.Replace(base, old, now, 1) + "]}]"
		return load(t, file.Memory{"a": text})[0].Revision
	}
	same := rev("", "")
	for _, c := range []struct {
		why, old, now string
		changes       bool
	}{
		{"a text for people", "summary: y", "summary: z", false},
		{"another way to write one bound", "above: 5", "above: 5.0", false},
		{"a bound", "above: 5", "above: 6", true},
		{"a debounce", "for: 1m", "for: 1 of 2", true},
		{"an expression", "expr: a", "expr: b", true},
		{"a label", "team: x", "team: y", true},
		{"a flap", "alert: A", "alert: A, flap: off", true},
		{"an override", "alert: A", "alert: A, overrides: [{match: a=b, warn: {above: 7}}]", true},
		{"a limit", "alert: A", "alert: A, limit: 5", true},
	} {
		if got := rev(c.old, c.now) != same; got != c.changes {
			t.Errorf("%s: changed is %v", c.why, got)
		}
	}
}
