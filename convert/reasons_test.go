package convert_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"tocsin/convert"
	"tocsin/rules"
)

// group is a file with one group of rules, each in braces.
func group(keys string, all ...string) string {
	b := "groups:\n  - name: g\n"
	if keys != "" {
		b += "    " + keys + "\n"
	}
	b += "    rules:\n"
	for _, r := range all {
		b += "      - " + r + "\n"
	}
	return b
}

const (
	warning  = ", labels: {severity: warning}}"
	critical = ", labels: {severity: critical}}"
)

// TestReasons: what is kept, and the code of the reason.
func TestReasons(t *testing.T) {
	for _, c := range []struct{ why, text, code string }{
		{"a sum of comparisons", group("", "{alert: A, expr: sum(a > 5)"+warning), "no-comparison"},
		{"or", group("", "{alert: A, expr: a > 5 or b > 5"+warning), "set-operation"},
		{"equality", group("", "{alert: A, expr: a == 5"+warning), "equality"},
		{"inequality", group("", "{alert: A, expr: a != 5"+warning), "equality"},
		{"bool", group("", "{alert: A, expr: a > bool 5"+warning), "bool"},
		{"between", group("", "{alert: A, expr: a > 5 < 10"+warning), "two-bounds"},
		{"vectors", group("", "{alert: A, expr: a > on () b"+warning), "two-vectors"},
		{"the clock", group("", "{alert: A, expr: a < time()"+warning), "computed-bound"},
		{"infinity", group("", "{alert: A, expr: a < +Inf"+warning), "infinite-bound"},
		{"the bound itself, of a value that may be any", group("", "{alert: A, expr: a >= 5"+warning), "inclusive"},
		{"a comment that would go", group("", "alert: A\n        expr: |\n          a # good\n          > 5\n        labels: {severity: warning}"), "comment"},
		{"a severity that the level does not say", group("", "{alert: A, expr: a > 5, labels: {severity: page}}"), "severity"},
		{"a severity of some other kind", group("", "{alert: A, expr: a > 5, labels: {severity: info}}"), "severity"},
		{"a severity that is a template", group("", "{alert: A, expr: a > 5, labels: {severity: '{{ $labels.s }}'}}"), "severity"},
		{"a severity of the group", group("labels: {severity: warning}", "{alert: A, expr: a > 5}"), "group-severity"},
		{"and one of its own", group("labels: {severity: warning}", "{alert: A, expr: a > 5"+critical), "group-severity"},
		{"an anchor of the rule", group("", "&x {alert: A, expr: a > 5"+warning), "anchor"},
		{"an anchor of the expression", group("", "{alert: A, expr: &x a > 5"+warning), "anchor"},
		{"labels from elsewhere", group("labels: &x {a: b}", "{alert: A, expr: a > 5, labels: *x}"), "anchor"},
		{"merged keys", group("labels: &x {a: b}", "{alert: A, expr: a > 5, labels: {<<: *x, severity: warning}}"), "anchor"},
		{"both sides under one name", group("", "{alert: A, expr: a > 5"+warning, "{alert: A, expr: a < 1"+warning), "same-name"},
		{"two of one level under one name", group("", "{alert: A, expr: a > 5"+warning, "{alert: A, expr: a > 6"+warning), "same-name"},
		{"a pair with other labels and no other name", group("", "{alert: A, expr: a > 5, for: 5m"+warning, "{alert: A, expr: a > 6, for: 1m"+critical), "same-name"},
		{"the key of the comparison stands first", group("", "for: 1m\n        alert: AWarning\n        expr: a > 5\n        labels: {severity: warning}", "{alert: ACritical, expr: a > 6, for: 2m"+critical), "text"},
	} {
		result, problems := convert.Convert("r.yaml", []byte(c.text), options())
		if result == nil {
			t.Errorf("%s: %v", c.why, problems)
			continue
		}
		f := result.Findings[0]
		if f.Outcome != convert.Kept || f.Reason == nil || f.Reason.Code != c.code || f.Reason.Text == "" {
			t.Errorf("%s: %s, %+v", c.why, f.Outcome, f.Reason)
		}
		if len(result.Findings) == 1 && result.Changed() {
			t.Errorf("%s: it is changed:\n%s", c.why, result.After)
		}
	}
}

// TestApart: which pairs stay two rules, and why.
func TestApart(t *testing.T) {
	w := func(more string) string { return "{alert: AWarning, expr: a > 5" + more + warning }
	e := func(more string) string { return "{alert: ACritical, expr: a > 6" + more + critical }
	for _, c := range []struct{ why, text, note string }{
		{"ids", group("", w(", id: w"), e("")), "has an id"},
		{"anchors in what would go", group("", w(""), e(", annotations: &x {a: b}")), "YAML anchor"},
		{"limits", group("limit: 5", w(""), e("")), "limit"},
		{"units", group("", w(", unit: seconds"), e("")), "unit"},
		{"flaps", group("", w(", flap: off"), e("")), "flap"},
		{"annotations", group("", w(", annotations: {summary: a}"), e(", annotations: {summary: b}")), "annotations differ (summary)"},
		{"no annotations", group("", w(""), e(", annotations: {summary: b}")), "annotations differ (summary)"},
		{"labels", group("", w(""), "{alert: ACritical, expr: a > 6, labels: {severity: critical, team: b}}"), "labels differ"},
		{
			"the value in a label", group("", "{alert: AWarning, expr: a > 5, labels: {severity: warning, v: '{{ $value }}'}}",
				"{alert: ACritical, expr: a > 6, labels: {severity: critical, v: '{{ $value }}'}}"), "a label holds the value",
		},
		{"one bound", group("", w(""), "{alert: ACritical, expr: a > 5"+critical), "does not lie beyond"},
		{"the wrong order", group("", w(""), "{alert: ACritical, expr: a > 4"+critical), "does not lie beyond"},
		{"a list in brackets", "groups: [{name: g, rules: [" + w("") + ", " + e("") + "]}]", "lines of their own"},
		{"a name that is taken", group("", w(""), e(""), "{alert: A, expr: b == 5}"), "A is the name of another rule"},
		{"three of them", group("", w(""), e(""), "{alert: ACrit, expr: a > 7"+critical), "several rules"},
	} {
		result, problems := convert.Convert("r.yaml", []byte(c.text), options())
		if result == nil {
			t.Errorf("%s: %v", c.why, problems)
			continue
		}
		f := result.Findings[0]
		if f.Outcome != convert.Converted || !strings.Contains(strings.Join(f.Notes, "; "), c.note) {
			t.Errorf("%s: %s, %q", c.why, f.Outcome, f.Notes)
		}
	}
}

// TestNotAPair: rules that are about different things are not even looked at as a
// pair.
func TestNotAPair(t *testing.T) {
	for _, c := range []struct{ why, text string }{
		{"other expressions", group("", "{alert: AWarning, expr: a > 5"+warning, "{alert: ACritical, expr: b > 6"+critical)},
		{"other sides", group("", "{alert: AWarning, expr: a > 5"+warning, "{alert: ACritical, expr: a < 1"+critical)},
		{"other names", group("", "{alert: AWarning, expr: a > 5"+warning, "{alert: BCritical, expr: a > 6"+critical)},
		{"a word that is none", group("", "{alert: Forewarning, expr: a > 5"+warning, "{alert: ForeCritical, expr: a > 6"+critical)},
		{"other groups", group("", "{alert: AWarning, expr: a > 5"+warning) + strings.TrimPrefix(strings.Replace(group("", "{alert: ACritical, expr: a > 6"+critical), "name: g", "name: h", 1), "groups:\n")},
	} {
		result, problems := convert.Convert("r.yaml", []byte(c.text), options())
		if result == nil {
			t.Errorf("%s: %v", c.why, problems)
			continue
		}
		for _, f := range result.Findings {
			if f.Outcome != convert.Converted || len(f.Notes) > 0 {
				t.Errorf("%s: %s is %s, %q", c.why, f.Alert, f.Outcome, f.Notes)
			}
		}
	}
}

// TestPairNames: how names of a pair may differ, and what the one rule is called.
func TestPairNames(t *testing.T) {
	for _, c := range []struct{ warn, error, one string }{
		{"A", "A", "A"},
		{"HighCPUWarning", "HighCPUCritical", "HighCPU"},
		{"HighCPUWarn", "HighCPUPage", "HighCPU"},
		{"high_cpu_warning", "high_cpu_critical", "high_cpu"},
		{"HIGH-WARNING", "HIGH-ERR", "HIGH"},
		{"High", "HighCritical", "High"},
		{"HighWarning", "High", "High"},
		{"Warning", "Critical", ""},
	} {
		for _, swap := range []bool{false, true} {
			all := []string{
				fmt.Sprintf("{alert: %s, expr: a > 5%s", c.warn, warning),
				fmt.Sprintf("{alert: %s, expr: a > 6%s", c.error, critical),
			}
			if swap {
				slices.Reverse(all)
			}
			result, problems := convert.Convert("r.yaml", []byte(group("", all...)), options())
			if result == nil {
				t.Fatal(problems)
			}
			f := result.Findings[0]
			switch {
			case c.one == "" && f.Outcome == convert.Converted:
			case f.Outcome != convert.Merged || f.Becomes != c.one:
				t.Errorf("%s and %s, swapped %t: %s, %q", c.warn, c.error, swap, f.Outcome, f.Becomes)
			case !strings.Contains(string(result.After), "alert: "+c.one+", expr: a, warn: {above: 5}, error: {above: 6}, absent: clear, no_data: clear}"):
				t.Errorf("%s and %s, swapped %t:\n%s", c.warn, c.error, swap, result.After)
			}
		}
	}
}

// TestPairsByLabels: of several rules of a name those with the same labels are pairs, and
// the first time finds all of them.
func TestPairsByLabels(t *testing.T) {
	rule := func(bound int, labels string) string {
		return fmt.Sprintf("{alert: A, expr: a > %d, labels: {%s}}", bound, labels)
	}
	for _, c := range []struct {
		why  string
		all  []string
		want []convert.Outcome
	}{
		{"two teams", []string{
			rule(5, "severity: warning, team: a"), rule(7, "severity: warning, team: b"),
			rule(8, "severity: critical, team: b"), rule(6, "severity: critical, team: a"),
		}, []convert.Outcome{convert.Merged, convert.Merged, convert.Absorbed, convert.Absorbed}},
		{"one without a partner", []string{
			rule(5, "severity: warning"), rule(7, "severity: warning, team: b"), rule(8, "severity: critical"),
		}, []convert.Outcome{convert.Merged, convert.Converted, convert.Absorbed}},
		{"one without a partner, before the others", []string{
			rule(7, "severity: warning, team: b"), rule(5, "severity: warning"), rule(8, "severity: critical"),
		}, []convert.Outcome{convert.Converted, convert.Merged, convert.Absorbed}},
	} {
		result, problems := convert.Convert("r.yaml", []byte(group("", c.all...)), options())
		if result == nil {
			t.Fatal(problems)
		}
		for i, f := range result.Findings {
			if f.Outcome != c.want[i] {
				t.Errorf("%s: rule %d: %s, want %s", c.why, i, f.Outcome, c.want[i])
			}
		}
		if again, _ := convert.Convert("r.yaml", result.After, options()); again.Changed() {
			t.Errorf("%s: once more it becomes\n%s", c.why, again.After)
		}
	}
}

// TestSeverityLabels: the words of the config tell the levels.
func TestSeverityLabels(t *testing.T) {
	o := options()
	o.Severity = rules.SeverityLabels{Warn: "ticket", Error: "page"}
	text := group("", "{alert: A, expr: a > 5, labels: {severity: ticket}}", "{alert: A, expr: a > 6, labels: {severity: page}}", "{alert: B, expr: b > 5"+warning)
	result, _ := convert.Convert("r.yaml", []byte(text), o)
	if result.Findings[0].Outcome != convert.Merged || result.Findings[2].Outcome != convert.Kept {
		t.Errorf("%+v", result.Findings)
	}
}

// FuzzConvert: whatever the text, what comes out is read as what was meant (the
// package file sees to it), again is no change, and a file with nothing to convert
// stays as it is.
func FuzzConvert(f *testing.F) {
	f.Add(group("", "{alert: AWarning, expr: a > 5"+warning, "{alert: ACritical, expr: a > 6"+critical))
	f.Add(group("", "alert: A\n        expr: |\n          5 <\n            a\n        labels:\n          severity: warning # x\n\n      # y\n      - alert: A\n        expr: 6 < a\n        for: 5m\n        labels: {severity: critical}"))
	f.Add(group("", "alert: A\n        expr: >-\n          a\n          > 5\n\n"))
	f.Add("groups: [{name: g, rules: [{alert: A, expr: '5 < {x=\"y\"}'}]}]")
	f.Add("\"groups\":\n- name: 'g'\n  rules:\n  -\n    expr: 5 < {__name__=\"y\"}\n    alert: \"A\"\n")
	f.Add("groups:\r\n- name: g\r\n  rules:\r\n  - expr: \"5 < \\\r\n      a\"\r\n    alert: A")
	f.Fuzz(func(t *testing.T, text string) {
		for _, comment := range []bool{false, true} {
			o := options()
			o.Comment = comment
			once, _ := convert.Convert("r.yaml", []byte(text), o)
			if once == nil {
				continue
			}
			changes := slices.ContainsFunc(once.Findings, func(f convert.Finding) bool {
				return f.Outcome == convert.Converted || f.Outcome == convert.Merged
			})
			if !comment && changes != once.Changed() {
				t.Fatalf("%q: changed %t, and %+v", text, once.Changed(), once.Findings)
			}
			twice, problems := convert.Convert("r.yaml", once.After, o)
			if twice == nil {
				t.Fatalf("%q\nbecomes\n%q\n%v", text, once.After, problems)
			}
			if twice.Changed() {
				t.Fatalf("%q\nbecomes\n%q\nand then\n%q", text, once.After, twice.After)
			}
		}
	})
}
