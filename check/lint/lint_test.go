package lint_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"tocsin/check/lint"
	"tocsin/rules"
	"tocsin/rules/file"
)

// found returns the codes, without those of missing texts, and the problems.
func found(t *testing.T, in lint.Input) (codes string, all []rules.Problem) {
	t.Helper()
	all = slices.DeleteFunc(lint.Run(in), func(p rules.Problem) bool {
		return p.Code == string(file.CodeNoSummary) || p.Code == string(file.CodeNoRunbook)
	})
	file.Sort(all)
	all = slices.Compact(all)
	var list []string
	for _, p := range all {
		if !p.Warning || p.Line == 0 || p.Col == 0 || p.Text == "" {
			t.Errorf("%+v", p)
		}
		list = append(list, p.Code)
	}
	return strings.Join(list, " "), all
}

// load reads a group of rules; each line of them is one rule.
func load(t *testing.T, lines string) []file.Written {
	t.Helper()
	text := "groups:\n- name: g\n  rules:\n  - " + strings.ReplaceAll(lines, "\n", "\n  - ") + "\n"
	alone, problems := file.LoadAlone(file.Memory{"r.yaml": text}, []string{"r.yaml"}, file.Defaults{})
	for _, p := range problems {
		if !p.Warning {
			t.Fatalf("%v in\n%s", p, text)
		}
	}
	return alone.Written
}

// A threshold rule of an expression, and a presence rule.
func threshold(expr string) string {
	return "{alert: A, expr: '" + expr + "', warn: {above: 5, clear: 4, for: 5m}}"
}

func presence(expr string) string { return "{alert: A, expr: '" + expr + "', for: 5m}" }

// What is found in rules alone, and as much what is not.
func TestRules(t *testing.T) {
	for _, c := range []struct{ why, rules, want string }{
		{"a sound rule", threshold("sum by (job) (rate(errors_total[5m]))"), ""},

		// T106
		{"a label that a sum drops", "{alert: A, expr: sum by (job) (load), warn: above 5, annotations: {a: '{{ $labels.instance }}'}}", "T106"},
		{"a label that a sum keeps", "{alert: A, expr: sum by (job) (load), warn: above 5, annotations: {a: '{{ $labels.job }}'}}", ""},
		{"without an aggregation any label may be there", "{alert: A, expr: load, warn: above 5, annotations: {a: '{{ $labels.anything }}'}}", ""},
		{"a label that is dropped by name", "{alert: A, expr: sum without (pod) (load), warn: above 5, annotations: {a: '{{ $labels.pod }} {{ $labels.job }}'}}", "T106"},
		{"said once for a text", "{alert: A, expr: sum(load), warn: above 5, annotations: {a: '{{ $labels.x }} {{ $labels.x }} {{ .Labels.x }}'}}", "T106"},
		{"in each text", "{alert: A, expr: sum(load), warn: above 5, annotations: {a: '{{ $labels.x }}', b: '{{ $labels.x }}'}}", "T106 T106"},
		{"by index", "{alert: A, expr: sum(load), warn: above 5, annotations: {a: '{{ index $labels \"x\" }}'}}", "T106"},
		{"in a label", "{alert: A, expr: sum(load), warn: above 5, labels: {x: '{{ $labels.x }}'}}", "T106"},
		{"one that is asked for may be missing", "{alert: A, expr: sum(load), warn: above 5, annotations: {a: '{{ if $labels.x }}on {{ $labels.x }}{{ end }}{{ with $labels.y }}{{ . }}{{ end }}'}}", ""},
		{"labels of another query are none of its own", "{alert: A, expr: sum(load), warn: above 5, annotations: {a: '{{ range query \"up\" }}{{ .Labels.instance }}{{ end }}'}}", ""},
		{"external labels are others", "{alert: A, expr: sum(load), warn: above 5, annotations: {a: '{{ $externalLabels.cluster }}'}}", ""},
		{"an override of what is not there", "{alert: A, expr: sum by (job) (load), warn: above 5, overrides: [{match: '{route=\"/a\"}', warn: above 7}]}", "T106"},
		{"an override of what is there", "{alert: A, expr: sum by (job) (load), warn: above 5, overrides: [{match: '{job=\"a\"}', warn: above 7}]}", ""},
		{"an override for what lacks the label", "{alert: A, expr: sum by (job) (load), warn: above 5, overrides: [{match: '{route=\"\"}', warn: above 7}]}", ""},

		// T107
		{"count is never 0", presence("count(up == 1) == 0"), "T107"},
		{"nor below 1", presence("count by (job) (up) < 1"), "T107"},
		{"a count of 0 by or", presence("(count(up == 1) or vector(0)) == 0"), ""},
		{"a sum may be 0", presence("sum(up) == 0"), ""},
		{"a rate is never negative", presence("rate(a_total[5m]) < 0"), "T107"},
		{"a number on the left", presence("0 > rate(a_total[5m])"), "T107"},
		{"a difference of rates may be", presence("rate(a_total[5m]) - rate(b_total[5m]) < 0"), ""},
		{"absent is 1", presence("absent(up) > 1"), "T107"},
		{"absent is 1, as is asked", presence("absent(up) == 1"), ""},
		{"hours have an end", presence("hour() > 23"), "T107"},
		{"an hour", presence("hour() > 22 and on () up == 0"), ""},
		{"a gauge may be anything", presence("load < 0"), ""},
		{"a level below all values", "{alert: A, expr: count(up), warn: {below: 1}}", "T107"},
		{"a level that is reached", "{alert: A, expr: count(up), warn: {below: 3}}", ""},
		{"a level above all values", "{alert: A, expr: 'absent(up)', warn: {above: 1, for: 5m}}", "T107"},
		{"outside on both sides", "{alert: A, expr: hour(), warn: {outside: [0, 23]}}", "T107"},
		{"outside on one side", "{alert: A, expr: hour(), warn: {outside: [0, 22]}}", ""},

		// T108
		{"sides of different labels", threshold("sum by (a) (x) / sum by (b) (y)"), "T108"},
		{"one side without any", threshold("sum by (a) (x) / sum(y)"), "T108"},
		{"the same labels", threshold("sum by (a, b) (x) / sum by (b, a) (y)"), ""},
		{"made to match", threshold("sum by (a) (x) / on () group_left () sum(y)"), ""},
		{"on what one side lacks", threshold("sum by (a) (x) / on (a) sum by (b) (y)"), "T108"},
		{"what differs is ignored", threshold("sum by (a, b) (x) / ignoring (b) sum by (a) (y)"), ""},
		{"what is not aggregated may match", threshold("sum by (a) (x) / y"), ""},
		{"or matches nothing", threshold("sum by (a) (x) or sum by (b) (y)"), ""},
		{"unless", presence("sum by (a) (x) > 5 unless sum by (b) (y) > 1"), "T108"},

		// T109, T110, T111
		{"a rate of memory", threshold("rate(process_resident_memory_bytes[5m])"), "T109"},
		{"a rate of a recorded rate", threshold("rate(job:errors:rate5m[5m])"), "T109"},
		{"a rate of a ratio", threshold("increase(disk_used_ratio[5m])"), "T109"},
		{"deriv is for gauges", threshold("deriv(process_resident_memory_bytes[5m])"), ""},
		{"a rate of what may be either", threshold("rate(node_network_receive_bytes[5m])"), ""},
		{"a rate of bytes that are counted", threshold("rate(node_memory_swapped_bytes_total[5m])"), ""},
		{"a counter against a number", presence("errors_total > 100"), "T110"},
		{"the sum of counters", presence("sum by (job) (errors_total) >= 1"), "T110"},
		{"a counter against a threshold", threshold("errors_total"), "T110"},
		{"that a counter counts at all", presence("errors_total > 0"), ""},
		{"a counter against its past", presence("errors_total > errors_total offset 1h"), ""},
		{"a ratio of counters", threshold("errors_total / requests_total"), ""},
		{"how many counters there are", threshold("count(errors_total)"), ""},
		{"a counter below a bound", "{alert: A, expr: errors_total, warn: {below: 5, for: 5m}}", ""},
		{"a rate of a sum", threshold("rate(sum(errors_total)[5m:1m])"), "T111"},
		{"a rate of a sum of rates is odd, and no restart", threshold("deriv(sum(rate(errors_total[5m]))[30m:1m])"), ""},

		// T112
		{"a range of less than two scrapes", threshold("rate(a_total[45s])"), "T112"},
		{"a range of two scrapes", threshold("rate(a_total[1m])"), ""},
		{"averages need no two", threshold("avg_over_time(load[10s])"), ""},

		// T113
		{"topk", presence("topk(3, load) > 5"), "T113"},
		{"topk below a sum", presence("sum(topk(3, load)) > 5"), ""},
		{"topk that lends a label", presence("load * on (pod) group_left (node) topk by (pod) (1, info) > 5"), ""},
		{"topk that narrows down", presence("load > 5 and topk(3, load)"), ""},

		// T114
		{"absent at once", "{alert: A, expr: absent(up)}", "T114"},
		{"absent or down at once", "{alert: A, expr: 'absent(up) or up == 0'}", "T114"},
		{"absent for a while", presence("absent(up)"), ""},
		{"absent by votes", "{alert: A, expr: absent(up), for: 3 of 5}", ""},
		{"absent over a range waits by itself", "{alert: A, expr: 'absent_over_time(up[10m])'}", ""},
		{"where something is absent", "{alert: A, expr: 'up == 0 unless on () absent(a)'}", ""},

		// T115, T116
		{"the same condition twice", "{alert: A, expr: up == 0, for: 5m}\n{alert: B, expr: 'up  ==  0', for: 5m}", "T115"},
		{"another for", "{alert: A, expr: up == 0, for: 5m}\n{alert: B, expr: up == 0, for: 6m}", ""},
		{"another level", "{alert: A, expr: up == 0, for: 5m, labels: {severity: critical}}\n{alert: B, expr: up == 0, for: 5m}", ""},
		{"other overrides", "{alert: A, expr: a, warn: above 5}\n{alert: B, expr: a, warn: above 5, overrides: [{match: 'a=\"b\"', warn: above 6}]}", ""},
		{"one name, one set of labels", "{alert: A, expr: up == 0, for: 5m}\n{alert: A, expr: load > 5, for: 5m}", "T116"},
		{"one name, other labels", "{alert: A, expr: up == 0, for: 5m, labels: {a: b}}\n{alert: A, expr: load > 5, for: 5m}", ""},
		{"one name, other severities", "{alert: A, expr: load > 9, for: 5m, labels: {severity: critical}}\n{alert: A, expr: load > 5, for: 5m, labels: {severity: warning}}", ""},
		{"one name for other jobs", "{alert: A, expr: 'up{job=\"a\"} == 0', for: 5m}\n{alert: A, expr: 'up{job=\"b\"} == 0', for: 6m}", ""},
		{"one name, grouped otherwise", "{alert: A, expr: sum by (a) (x) > 5, for: 5m}\n{alert: A, expr: sum by (b) (x) > 5, for: 5m}", ""},
		{"one name, another schedule", "{alert: A, expr: a, warn: above 5, schedule: '0 8 * * *'}\n{alert: A, expr: a, warn: above 6, schedule: '0 20 * * *'}", ""},

		// T223
		{"seconds said to be a ratio", "{alert: A, expr: latency_seconds, unit: ratio, warn: {above: 0.5}}", "T223"},
		{"seconds", "{alert: A, expr: latency_seconds, unit: seconds, warn: {above: 0.5}}", ""},
		{"a quantile of seconds", "{alert: A, expr: 'histogram_quantile(0.9, sum by (le) (rate(a_seconds_bucket[5m])))', unit: bytes, warn: {above: 1, for: 5m}}", "T223"},
		{"seconds a second are a ratio", "{alert: A, expr: 'rate(cpu_seconds_total[5m])', unit: ratio, warn: {above: 0.5, for: 5m}}", ""},
		{"the mean of a histogram", "{alert: A, expr: 'rate(a_seconds_sum[5m]) / rate(a_seconds_count[5m])', unit: seconds, warn: {above: 0.5, for: 5m}}", ""},
		{"a ratio said to be percent", "{alert: A, expr: 'rate(errors_total[5m]) / rate(requests_total[5m])', unit: percent, warn: {above: 5, for: 5m}}", "T223"},
		{"percent", "{alert: A, expr: '100 * rate(errors_total[5m]) / rate(requests_total[5m])', unit: percent, warn: {above: 5, for: 5m}}", ""},
		{"percent of what is left", "{alert: A, expr: '100 - 100 * (a_bytes / b_bytes)', unit: percent, warn: {above: 5, for: 5m}}", ""},
		{"percent said to be a ratio", "{alert: A, expr: '100 * a_bytes / b_bytes', unit: ratio, warn: {above: 0.5, for: 5m}}", "T223"},
		{"milliseconds said to be seconds", "{alert: A, expr: latency_seconds * 1000, unit: seconds, warn: {above: 5, for: 5m}}", "T223"},
		{"requests a second", "{alert: A, expr: 'rate(http_requests_total[5m])', unit: per_second, warn: {above: 5, for: 5m}}", ""},
		{"requests a second said to be a ratio", "{alert: A, expr: 'rate(http_requests_total[5m])', unit: ratio, warn: {above: 0.5, for: 5m}}", "T223"},
		{"bytes a second", "{alert: A, expr: 'rate(sent_bytes_total[5m])', unit: bytes, warn: {above: 5, for: 5m}}", ""},
		{"an age", "{alert: A, expr: time() - last_run_timestamp_seconds, unit: seconds, warn: {above: 5, for: 5m}}", ""},
		{"a ratio with 0 where there is nothing", "{alert: A, expr: '(sum(rate(errors_total[5m])) or 0 * sum(rate(requests_total[5m]))) / sum(rate(requests_total[5m]))', unit: ratio, warn: {above: 0.5, for: 5m}}", ""},
		{"a word of one's own", "{alert: A, expr: latency_seconds, unit: beats, warn: {above: 0.5}}", ""},
		{"a name that says nothing", "{alert: A, expr: load, unit: ratio, warn: {above: 0.5}}", ""},
		{"seconds by something unknown", "{alert: A, expr: latency_seconds / load, unit: ratio, warn: {above: 0.5}}", ""},

		// T224, T225
		{"a for within the interval", "{alert: A, expr: load, warn: {above: 5, for: 30s}}", "T224"},
		{"the one of the rule counts for both levels, and is said once", "{alert: A, expr: load, for: 30s, warn: {above: 5}, error: {above: 7}}", "T224"},
		{"a keep_firing_for within the interval", "{alert: A, expr: load, warn: {above: 5, keep_firing_for: 30s}}", "T224"},
		{"a for of one and a half", "{alert: A, expr: load, warn: {above: 5, for: 90s}}", "T225"},
		{"a for that adds little", "{alert: A, expr: load, warn: {above: 5, for: 10m30s}}", ""},
		{"a for of the interval", "{alert: A, expr: load, warn: {above: 5, for: 1m}}", ""},
		{"a for within a schedule", "{alert: A, expr: load, schedule: '@daily', warn: {above: 5, for: 5m}}", "T224"},
		{"a for of one and a half of a schedule", "{alert: A, expr: load, schedule: '@daily', warn: {above: 5, for: 36h}}", ""},
		{"of an override", "{alert: A, expr: load, warn: {above: 5}, overrides: [{match: 'a=\"b\"', warn: {above: 6, for: 10s}}]}", "T224"},

		// T226
		{"a rate without a gap", "{alert: A, expr: 'rate(a_total[5m])', warn: above 5}", "T226"},
		{"with a gap", "{alert: A, expr: 'rate(a_total[5m])', warn: {above: 5, clear: 4}}", ""},
		{"with a for", "{alert: A, expr: 'rate(a_total[5m])', warn: {above: 5, for: 5m}}", ""},
		{"by votes", "{alert: A, expr: 'rate(a_total[5m])', warn: {above: 5, for: 3 of 5}}", ""},
		{"one vote is none", "{alert: A, expr: 'rate(a_total[5m])', warn: {above: 5, for: 1 of 5}}", "T226"},
		{"kept", "{alert: A, expr: 'rate(a_total[5m])', keep_firing_for: 5m, warn: {above: 5}}", ""},
		{"that is 0 or not", "{alert: A, expr: 'rate(a_total[5m])', warn: above 0}", ""},
		{"a gauge moves now and then", "{alert: A, expr: load, warn: above 5}", ""},
		{"a gauge whose flapping is not told apart", "{alert: A, expr: load, flap: off, warn: above 5}", "T226"},
		{"a count whose flapping is not told apart", "{alert: A, expr: count(load), flap: off, warn: above 5}", ""},
		{"a day's rate is calm", "{alert: A, expr: 'rate(a_total[1d])', warn: above 5}", ""},
		{"a rule of Prometheus'", "{alert: A, expr: 'rate(a_total[5m]) > 5'}", "T226"},
		{"a rule of Prometheus' that waits", presence("rate(a_total[5m]) > 5"), ""},
		{"a count in a while", "{alert: A, expr: 'increase(a_total[5m]) > 5'}", ""},
		{"said once for both levels", "{alert: A, expr: 'rate(a_total[5m])', warn: above 5, error: above 7}", "T226"},
	} {
		if got, all := found(t, lint.Input{Rules: load(t, c.rules)}); got != c.want {
			t.Errorf("%s: %s\nfound %q, want %q: %v", c.why, c.rules, got, c.want, all)
		}
	}
}

// How often targets are scraped decides whether a range is long enough.
func TestScrapeInterval(t *testing.T) {
	for _, c := range []struct {
		why    string
		scrape time.Duration
		window string
		want   string
	}{
		{"unknown: half a minute at most", 0, "1m", ""},
		{"one sample in a minute", time.Minute, "1m", "T112"},
		{"two", time.Minute, "2m", ""},
		{"many", 5 * time.Second, "10s", ""},
	} {
		in := lint.Input{Rules: load(t, threshold("rate(a_total["+c.window+"])")), ScrapeInterval: c.scrape}
		if got, _ := found(t, in); got != c.want {
			t.Errorf("%s: %q", c.why, got)
		}
	}
}

// A rule that no route catches is found only where that is certain.
func TestRoutes(t *testing.T) {
	for _, c := range []struct{ why, config, rule, want string }{
		{"no label that the route asks for", "", "{alert: A, expr: sum(load), warn: above 5}", "T426"},
		{"the series may have it", "", "{alert: A, expr: load, warn: above 5}", ""},
		{"the rule has it", "", "{alert: A, expr: sum(load), warn: above 5, labels: {team: web}}", ""},
		{"the rule has another", "", "{alert: A, expr: load, warn: above 5, labels: {team: db}}", "T426"},
		{"the rule takes it away", "", "{alert: A, expr: load, warn: above 5, labels: {team: ''}}", "T426"},
		{"a template may make it", "", "{alert: A, expr: sum by (x) (load), warn: above 5, labels: {team: '{{ $labels.x }}'}}", ""},
		{"it is external", "external_labels: {team: web}\n", "{alert: A, expr: sum(load), warn: above 5}", ""},
		{"external labels fill gaps alone", "external_labels: {team: web}\n", "{alert: A, expr: load, warn: above 5, labels: {team: db}}", "T426"},
		{"relabelling may add it", "alert_relabel_configs: [{target_label: team, replacement: web}]\n", "{alert: A, expr: sum(load), warn: above 5}", ""},
		{"the name is known", "", "{alert: ByName, expr: sum(load), warn: above 5}", ""},
		{"one level is caught", "", "{alert: A, expr: sum(load), warn: above 5, error: above 7, labels: {team: night}}", "T426"},
		{"the severity of a rule of Prometheus'", "", "{alert: A, expr: sum(load) > 5, for: 5m, labels: {team: night, severity: page}}", "T426"},
		{"its severity is the one that is asked", "", "{alert: A, expr: sum(load) > 5, for: 5m, labels: {team: night, severity: critical}}", ""},
		{"without a severity it has that of its level", "", "{alert: A, expr: sum(load) > 5, for: 5m, labels: {team: night}}", "T426"},
		{"a route to nobody is meant", "", "{alert: A, expr: sum(load), warn: above 5, labels: {team: none}}", ""},
	} {
		config := c.config + `
prometheus: http://localhost:9090
rule_files: [r.yaml]
route:
  receiver: nobody
  routes:
    - {receiver: web, matchers: ['team="web"']}
    - {receiver: web, matchers: ['alertname=~"By.*"']}
    - {receiver: web, matchers: ['team="night"', 'severity="critical"']}
    - {receiver: nobody, matchers: ['team="none"']}
receivers:
  - name: nobody
  - name: web
    webhook_configs: [{url: 'http://localhost:5001/'}]
`
		if got := ofConfig(t, config, c.rule); got != c.want {
			t.Errorf("%s: %q, want %q", c.why, got, c.want)
		}
		if got := ofConfig(t, strings.ReplaceAll(config, "  receiver: nobody", "  receiver: web"), c.rule); got != "" {
			t.Errorf("%s: %q though the first route tells somebody", c.why, got)
		}
	}
}

func ofConfig(t *testing.T, config, rule string) string {
	t.Helper()
	loaded, problems := file.Load(file.Options{ConfigFile: "c.yaml", Files: file.Memory{
		"c.yaml": config, "r.yaml": "groups:\n- name: g\n  rules:\n  - " + rule + "\n",
	}})
	if loaded == nil {
		t.Fatal(problems)
	}
	got, _ := found(t, lint.Input{Rules: loaded.Written, Config: loaded.Core})
	return got
}

// Texts are missed one by one, and once where a file has none of them at all.
func TestTexts(t *testing.T) {
	with := "annotations: {summary: s, runbook_url: r}}"
	for _, c := range []struct{ why, rules, want string }{
		{"both", "{alert: A, expr: a, error: above 5, " + with, ""},
		{"neither", "{alert: A, expr: a, error: above 5}", "T324 T325"},
		{"a rule that only warns needs no runbook", "{alert: A, expr: a, warn: above 5}", "T324"},
		{"a description will do", "{alert: A, expr: a, warn: above 5, annotations: {description: d}}", ""},
		{"an empty one will not", "{alert: A, expr: a, warn: above 5, annotations: {summary: ''}}", "T324"},
		{"a runbook in a label", "{alert: A, expr: a, error: above 5, labels: {runbook: r}, annotations: {summary: s}}", ""},
		{"three without", "{alert: A, expr: a, warn: above 5}\n{alert: B, expr: b, warn: above 5}\n{alert: C, expr: c, warn: above 5}", "T324"},
		{"two of three without", "{alert: A, expr: a, warn: above 5}\n{alert: B, expr: b, warn: above 5}\n{alert: C, expr: c, warn: above 5, " + with, "T324 T324"},
	} {
		all := lint.Run(lint.Input{Rules: load(t, c.rules)})
		file.Sort(all)
		var got []string
		for _, p := range all {
			got = append(got, p.Code)
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s: %q, want %q", c.why, s, c.want)
		}
	}
}

// Warnings point at what they mean.
func TestPlaces(t *testing.T) {
	const text = `groups:
- name: g
  interval: 20s
  rules:
  - alert: A
    expr: |
      sum by (job) (
        rate(a_total[10s])
      )
    unit: seconds
    warn: {above: 5, for: 30s}
    annotations:
      summary: |
        of {{ $labels.job }}
        on {{ $labels.instance }}
`
	alone, problems := file.LoadAlone(file.Memory{"r.yaml": text}, []string{"r.yaml"}, file.Defaults{})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	_, all := found(t, lint.Input{Rules: alone.Written})
	lines := strings.Split(text, "\n")
	var got []string
	for _, p := range all {
		line := lines[p.Line-1]
		got = append(got, p.Code+" "+line[p.Col-1:min(p.Col-1+p.Len, len(line))])
	}
	want := []string{"T112 rate(a_total[10s])", "T225 30s", "T106 $labels.instance"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// Files that no config names may be for different places; those of a config run together.
func TestTwinsOfFiles(t *testing.T) {
	group := "groups:\n- name: g\n  rules:\n  - {alert: A, expr: up == 0, for: 5m}\n"
	files := file.Memory{
		"c.yaml": "prometheus: http://localhost:9090\nrule_files: ['*/r.yaml']\nreceivers: [{name: a}]\n", "x/r.yaml": group, "y/r.yaml": group,
	}
	alone, _ := file.LoadAlone(files, []string{"x/r.yaml", "y/r.yaml"}, file.Defaults{})
	if got, _ := found(t, lint.Input{Rules: alone.Written}); got != "" {
		t.Errorf("without a config: %q", got)
	}
	loaded, problems := file.Load(file.Options{ConfigFile: "c.yaml", Files: files})
	if loaded == nil {
		t.Fatal(problems)
	}
	_, all := found(t, lint.Input{Rules: loaded.Written})
	if len(all) != 0 {
		t.Error(all)
	}
	l := lint.Input{Rules: loaded.Written, Config: loaded.Core}
	if _, all := found(t, l); !slices.ContainsFunc(all, func(p rules.Problem) bool {
		return p.Code == "T115" && p.File == "y/r.yaml" && strings.Contains(p.Hint, "x/r.yaml:4")
	}) {
		t.Errorf("with a config: %v", all)
	}
}

// What is too large to look at is passed over, in little time.
func TestLargeExpressions(t *testing.T) {
	large := "sum(load)" + strings.Repeat(" + sum(load)", 500)
	if got, _ := found(t, lint.Input{Rules: load(t, "{alert: A, expr: '"+large+"', warn: above 5, annotations: {a: '{{ $labels.x }}'}}")}); got != "" {
		t.Error(got)
	}
}

// TestNeverReachedHint speaks of no_data where there is nothing to count, and only there.
func TestNeverReachedHint(t *testing.T) {
	for _, c := range []struct {
		rule string
		hint bool
	}{
		{"{alert: A, expr: count(up), warn: {below: 1}}", true},
		{"{alert: A, expr: 'clamp_max(load, 100)', warn: {above: 100, for: 5m}}", false},
	} {
		_, all := found(t, lint.Input{Rules: load(t, c.rule)})
		if len(all) != 1 || (all[0].Hint != "") != c.hint {
			t.Errorf("%s: %v", c.rule, all)
		}
	}
}

// TestLostOnOneLine: the part that loses a label is shown on one line, however it is
// written.
func TestLostOnOneLine(t *testing.T) {
	_, all := found(t, lint.Input{Rules: load(t, `{alert: A, expr: "sum by (job) (\n  load\n) > 5", for: 5m, annotations: {a: '{{ $labels.x }}'}}`)})
	if len(all) != 1 || all[0].Hint != "it is lost in sum by (job) ( load )" {
		t.Errorf("%v", all)
	}
}
