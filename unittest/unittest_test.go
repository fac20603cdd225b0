package unittest_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tocsin/rules/file"
	"tocsin/unittest"
)

// TestStarter runs the tests that come with the starter rules.
func TestStarter(t *testing.T) {
	r := unittest.Run(t.Context(), "../rules/starter/tests.yaml", unittest.Options{Files: file.Disk{}})
	if r.Failed() || len(r.Tests) == 0 {
		t.Errorf("%s", say(t, r, false))
	}
}

// TestRecorded: what --update writes passes, and writing it again changes nothing.
func TestRecorded(t *testing.T) {
	files := file.Memory{"rules.yaml": latency, "test.yaml": `rule_files: [rules.yaml]
tests:
  - name: "odd: signs # and 'quotes'"
    interval: 1m
    until: 1h
    record: true # that
    input_series:
      - {series: 'latency{route="/a b", who="it''s: #1"}', values: '0.1x3 0.6x20 0.1x40'}
`}
	r := unittest.Run(t.Context(), "test.yaml", unittest.Options{Files: files, Update: true})
	if r.Recorded == nil || r.Messages != 2 {
		t.Fatalf("recorded %d messages\n%s", r.Messages, say(t, r, false))
	}
	files["test.yaml"] = string(r.Recorded)
	if again := unittest.Run(t.Context(), "test.yaml", unittest.Options{Files: files}); again.Failed() {
		t.Errorf("what was recorded does not pass:\n%s\n%s", r.Recorded, say(t, again, false))
	}
	again := unittest.Run(t.Context(), "test.yaml", unittest.Options{Files: files, Update: true})
	if again.Recorded != nil {
		t.Errorf("recorded again:\n%s\nfirst:\n%s", again.Recorded, r.Recorded)
	}
}

const latency = `groups:
  - name: api
    interval: 15s
    rules:
      - alert: Latency
        expr: latency
        error: {above: 500ms, clear: 400ms, for: 1m}
        annotations: {summary: '{{ $labels.who }} says "{{ $value }}"'}
        unit: seconds
`

// many is a test file with so many tests of one rule.
func many(n int) string {
	var b strings.Builder
	b.WriteString("rule_files: [rules.yaml]\nevaluation_interval: 1m\ntests:\n")
	for i := range n {
		fmt.Fprintf(&b, `  - name: test %d
    interval: 1m
    input_series:
      - {series: 'up{job="api", instance="%d"}', values: '1x4 0x10'}
      - {series: 'up{job="db", instance="%d"}', values: '1x14'}
    alert_rule_test:
      - {eval_time: 9m, alertname: Down}
      - eval_time: 10m
        alertname: Down
        exp_alerts:
          - exp_labels: {job: api, instance: %d, severity: page}
            exp_annotations: {summary: '%d of api is down'}
    promql_expr_test:
      - {expr: 'job:up:sum{job="db"}', eval_time: 5m, exp_samples: [{labels: 'job:up:sum{job="db"}', value: 1}]}
`, i, i, i, i, i)
	}
	return b.String()
}

const down = `groups:
  - name: down
    rules:
      - record: job:up:sum
        expr: sum by (job) (up)
      - alert: Down
        expr: up == 0
        for: 5m
        labels: {severity: page}
        annotations: {summary: '{{ $labels.instance }} of {{ $labels.job }} is down'}
`

// BenchmarkUnitTests runs a thousand tests of one file; where promtool is installed,
// it says how many times as long that takes.
func BenchmarkUnitTests(b *testing.B) {
	files := file.Memory{"rules.yaml": down, "test.yaml": many(1000)}
	for b.Loop() {
		r := unittest.Run(b.Context(), "test.yaml", unittest.Options{Files: files})
		if r.Failed() || len(r.Tests) != 1000 {
			b.Fatal("a test failed")
		}
	}
	own := b.Elapsed() / time.Duration(b.N)
	b.ReportMetric(float64(own.Milliseconds())/1000, "s/1000tests")
	if other := promtoolTakes(b, files); other > 0 {
		b.ReportMetric(float64(other)/float64(own), "times-promtool")
	}
}

// promtoolTakes is how long promtool takes for the same files; 0 if there is none.
func promtoolTakes(b *testing.B, files file.Memory) time.Duration {
	b.Helper()
	path, err := exec.LookPath("promtool")
	if err != nil {
		return 0
	}
	dir := b.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	began := time.Now()
	if out, err := exec.Command(path, "test", "rules", filepath.Join(dir, "test.yaml")).CombinedOutput(); err != nil {
		b.Fatalf("promtool: %v\n%s", err, out)
	}
	return time.Since(began)
}

// BenchmarkLives lives through a hundred tests as the daemon.
func BenchmarkLives(b *testing.B) {
	var t strings.Builder
	t.WriteString("rule_files: [rules.yaml]\ntests:\n")
	for i := range 100 {
		fmt.Fprintf(&t, `  - name: life %d
    interval: 1m
    input_series: [{series: 'latency{who="a", route="%d"}', values: '0.1x3 0.6x20 0.1x40'}]
    expect: [{at: 10m, alert: Latency, is: error}]
    notifications:
      - {from: 4m, until: 8m, why: first, alerts: [{alert: Latency, is: error}]}
      - {from: 20m, until: 40m, why: resolved}
`, i, i)
	}
	files := file.Memory{"rules.yaml": latency, "test.yaml": t.String()}
	for b.Loop() {
		if r := unittest.Run(b.Context(), "test.yaml", unittest.Options{Files: files}); r.Failed() {
			var out bytes.Buffer
			_ = (&unittest.Text{Out: &out}).File(r)
			b.Fatal(out.String())
		}
	}
}

// TestColour: a difference is red and green on a terminal, and plain elsewhere; what a
// file says of itself moves no cursor.
func TestColour(t *testing.T) {
	files := file.Memory{"rules.yaml": down, "test.yaml": `rule_files: [rules.yaml]
tests:
  - name: "a\x1b[2J"
    interval: 1m
    input_series: [{series: 'up{job="a", instance="\x1b[2J"}', values: 0x9}]
    alert_rule_test:
      - eval_time: 6m
        alertname: Down
        exp_alerts: [{exp_labels: {job: b, severity: page}}]
`}
	r := unittest.Run(t.Context(), "test.yaml", unittest.Options{Files: files})
	for _, color := range []bool{true, false} {
		var out bytes.Buffer
		if err := (&unittest.Text{Out: &out, Color: color}).File(r); err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(out.String(), "\x1b[31m-   label job: \"b\"\x1b[0m"); got != color {
			t.Errorf("colour %v: %q", color, out.String())
		}
		if strings.Contains(out.String(), "\x1b[2J") {
			t.Errorf("the screen is cleared: %q", out.String())
		}
	}
}
