package check_test

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"tocsin/check"
	"tocsin/rules/file"
)

// manyRules are ten files of a thousand rules each under a config, of four sorts that
// people write: an error ratio, a quantile, a gauge, and a rule of Prometheus'.
func manyRules() (file.Memory, []string) {
	files := file.Memory{"tocsin.yaml": "prometheus: http://localhost:9090\nrule_files: ['r*.yaml']\nroute:\n  receiver: all\n  routes: [{receiver: all, matchers: ['team=\"web\"']}]\n" +
		"receivers: [{name: all, slack_configs: [{api_url: 'http://localhost/', channel: '#a', title: '{{ .CommonLabels.alertname }}'}]}]\n"}
	for i := range 10 {
		var b strings.Builder
		fmt.Fprintf(&b, "groups:\n")
		for j := range 250 {
			n := i*250 + j
			fmt.Fprintf(&b, `- name: g%[1]d
  labels: {team: web}
  rules:
  - alert: ErrorRatio%[1]d
    expr: |
      sum by (job, route) (rate(http_requests_total{job="j%[1]d", code=~"5.."}[5m]))
        / sum by (job, route) (rate(http_requests_total{job="j%[1]d"}[5m]))
    unit: ratio
    warn: {above: 1%%, clear: 0.5%%, for: 2m}
    error: {above: 5%%, clear: 2%%, for: 3 of 5}
    annotations: {summary: '{{ $value | humanizePercentage }} of {{ $labels.route }} of {{ $labels.job }} fail', runbook_url: 'https://runbooks/%[1]d'}
  - alert: Slow%[1]d
    expr: histogram_quantile(0.95, sum by (job, le) (rate(http_request_duration_seconds_bucket{job="j%[1]d"}[5m])))
    unit: seconds
    warn: {above: 300ms, clear: 250ms, for: 3 of 5}
    annotations: {summary: 'p95 of {{ $labels.job }} is {{ $value | humanizeDuration }}'}
  - alert: Memory%[1]d
    expr: max by (job, instance) (process_resident_memory_bytes{job="j%[1]d"})
    unit: bytes
    warn: {above: 1GiB, clear: 900MiB, for: 5m}
    annotations: {summary: '{{ $labels.instance }} uses {{ $value | humanize1024 }}B'}
  - alert: Down%[1]d
    expr: up{job="j%[1]d"} == 0
    for: 5m
    labels: {severity: critical}
    annotations: {summary: '{{ $labels.instance }} is down', runbook_url: 'https://runbooks/down'}
`, n)
		}
		files[fmt.Sprintf("r%d.yaml", i)] = b.String()
	}
	return files, []string{"tocsin.yaml"}
}

// What tocsin check does of ten thousand rules: read, validate, lint, try the templates,
// and print. The budget is 2 s; parsing alone is BenchmarkParse.
func BenchmarkCheck(b *testing.B) {
	files, names := manyRules()
	b.ReportAllocs()
	for b.Loop() {
		r := check.Run(check.Options{Files: files, Names: names, Today: day("2026-11-26")})
		if len(r.Rules) != 10_000 || len(r.Problems) > 0 {
			b.Fatal(len(r.Rules), r.Problems)
		}
		if err := check.Render(io.Discard, r.Problems, files.Read, false); err != nil {
			b.Fatal(err)
		}
	}
}

// The same rules with everything wrong that a linter can find in them: one problem each.
func BenchmarkCheckProblems(b *testing.B) {
	files, names := manyRules()
	for name, text := range files {
		files[name] = strings.ReplaceAll(strings.ReplaceAll(text, "by (job, instance)", "by (job)"), "by (job, route)", "by (job)")
	}
	b.ReportAllocs()
	for b.Loop() {
		r := check.Run(check.Options{Files: files, Names: names, Today: day("2026-11-26")})
		if len(r.Problems) < 5000 {
			b.Fatal(len(r.Problems))
		}
		if err := check.Render(io.Discard, r.Problems, files.Read, false); err != nil {
			b.Fatal(err)
		}
	}
}

// Reading the same YAML without a look at it, to compare with.
func BenchmarkParse(b *testing.B) {
	files, _ := manyRules()
	delete(files, "tocsin.yaml")
	for name, text := range files {
		files[name] = strings.Replace(text, "groups:", "others:", 1)
	}
	b.ReportAllocs()
	for b.Loop() {
		for name := range files {
			if src, _ := files.Read(name); !file.IsOther(src) {
				b.Fatal(name)
			}
		}
	}
}
