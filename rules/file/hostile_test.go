package file_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"tocsin/rules"
	"tocsin/rules/file"
)

// A bomb of aliases: 10 to the power of n.
func bomb(n int) string {
	var b strings.Builder
	b.WriteString("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n")
	for i := 1; i <= n; i++ {
		fmt.Fprintf(&b, "a%d: &a%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 10), ", "))
	}
	fmt.Fprintf(&b, "groups: *a%d\nreceivers: *a%d\n", n, n)
	return b.String()
}

// many repeats a line with two numbers that grow, the second ahead of the first.
func many(n int, line string, ahead int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, line, i, i+ahead)
	}
	return b.String()
}

func rule(expr string) string {
	return "groups: [{name: a, rules: [{alert: x, expr: '" + expr + "'}]}]"
}

// What a stranger may hand in costs little, and is an error in words.
func TestF40Hostile(t *testing.T) {
	for name, text := range map[string]string{
		"an alias bomb":               bomb(12),
		"a merge bomb":                "a: &a {x: 1}\nb: &b {<<: [" + strings.TrimSuffix(strings.Repeat("*a, ", 5000), ", ") + "]}\ngroups: [{<<: *b}]\n",
		"deep lists":                  "groups: " + strings.Repeat("[", 9000) + strings.Repeat("]", 9000),
		"deep mappings":               "groups: " + strings.Repeat("{a: ", 9000) + "1" + strings.Repeat("}", 9000),
		"deeper than the parser":      strings.Repeat("[", 100_000),
		"ten thousand equal keys":     "groups: []\n" + strings.Repeat("a: 1\n", 10_000),
		"a list that holds itself":    "groups: &a [*a]",
		"a mapping that is its key":   "? &a {*a : 1}\n: 1",
		"too large":                   "groups: []\n# " + strings.Repeat("x", 1<<20),
		"binary":                      "\x7fELF\x00\x01\x02",
		"not UTF-8":                   "groups: [\xff\xfe]",
		"a lone quote":                `groups: "`,
		"deep parentheses":            rule(strings.Repeat("(", 100_000) + "1" + strings.Repeat(")", 100_000)),
		"a long chain of operators":   rule(strings.Repeat("1+", 100_000) + "1"),
		"a deep template":             "groups: [{name: a, rules: [{alert: x, expr: up > 0, labels: {a: '{{" + strings.Repeat("(", 100_000) + "'}}]}]",
		"wide white space":            "groups: [{name: a, rules: [{alert: x, expr: \"" + strings.Repeat(" ", 500_000) + "(\"}]}]",
		"a schedule that panics":      "groups: [{name: a, schedule: TZ=UTC, rules: [{alert: x, expr: up > 0}]}]",
		"a tag of some other system":  "groups: !!python/object:os.system [x]",
		"a key that is a list":        "? [a, b]\n: 1",
		"a long circle of fallbacks":  "receivers:\n" + many(12_000, "- {name: r%d, fallback: r%d}\n", 1) + "- {name: r12000, fallback: r0}\n",
		"many unknown fallbacks":      "receivers:\n" + many(12_000, "- {name: r%d, fallback: x%d}\n", 0),
		"labels for many routes":      "receivers: [{name: a}]\nroute:\n  receiver: a\n  labels: {" + many(10_000, "l%d: v%d, ", 0) + "}\n  routes:\n" + many(20_000, "  - {labels: {a%d: b%d}}\n", 0),
		"escalations for many routes": "receivers: [{name: a}]\nroute:\n  receiver: a\n  escalate: [" + many(10_000, "{after: 1m, to: r%d%d}, ", 0) + "]\n  routes:\n" + many(20_000, "  - {group_by: [a%d, b%d]}\n", 0),
		"many unknown times":          "receivers: [{name: a}]\ntime_intervals:\n" + many(10_000, "- {name: t%d%d}\n", 0) + "route:\n  receiver: a\n  routes:\n" + many(10_000, "  - {mute_time_intervals: [u%d, u%d]}\n", 0),
		"a number of 900 digits":      "groups: [{name: a, limit: " + strings.Repeat("9", 900) + "}]",
	} {
		t.Run(name, func(t *testing.T) {
			begin := time.Now()
			for what, load := range loaders(text) {
				problems := load()
				if !failed(problems) {
					t.Errorf("%s: no complaint: %v", what, problems)
				}
			}
			if took := time.Since(begin); took > 10*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}

func loaders(text string) map[string]func() []rules.Problem {
	files := file.Memory{"a.yaml": text}
	return map[string]func() []rules.Problem{
		"rule file": func() []rules.Problem {
			_, problems := file.LoadRules(files, []string{"a.yaml"}, file.Defaults{})
			return problems
		},
		"config": func() []rules.Problem {
			_, problems := file.Load(file.Options{Files: files, ConfigFile: "a.yaml"})
			return problems
		},
	}
}

func failed(problems []rules.Problem) bool {
	for _, p := range problems {
		if !p.Warning {
			return true
		}
	}
	return false
}

// Nothing that is written in a file makes the reader panic, and each problem has
// a place in the file and a code.
func FuzzLoad(f *testing.F) {
	f.Add([]byte(wholeConfig))
	f.Add([]byte(oneRule))
	f.Add([]byte(prometheusRules))
	f.Add([]byte("groups: [{name: a, rules: [{alert: x, expr: up, warn: 'outside 1 to 2', error: off}]}]"))
	f.Add([]byte("sources: {a: {url: 'http://x', http_config: {tls_config: {min_version: TLS13}}}}"))
	f.Add([]byte("<<: {a: 1}\n? x\n: y"))
	f.Add([]byte(cared))
	f.Add([]byte(muteConfig("[{times: [{start_time: '22:00', end_time: '06:00'}], weekdays: ['monday:friday'], days_of_month: ['-3:-1'], months: [6], years: [2030], location: Local}, {times: []}]")))
	f.Add([]byte("route: {receiver: a, labels: {b: '{{ .X }}'}, escalate: [{after: 1m, to: a, level: warn}], routes: [{match_re: {a: }, escalate: off, repeat_backoff: yes}]}"))
	f.Add([]byte("inhibit_rules: [{name: a, source_match: {b: }, target_match_re: {c: d|e}, equal: [f]}, {}, ~]\nheartbeat: {url: 'http://x', every: 5s}\nretention: 1d"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) > 4096 {
			return
		}
		for what, load := range loaders(string(text)) {
			for _, p := range load() {
				if p.Code == "" || p.Text == "" || strings.Contains(p.Text, "tocsin's own") {
					t.Fatalf("%s: %+v", what, p)
				}
				if p.Line < 0 || p.Line > bytes.Count(text, []byte("\n"))+1 || p.Line > 0 && p.Col < 1 {
					t.Fatalf("%s: out of the file: %+v", what, p)
				}
			}
		}
	})
}
