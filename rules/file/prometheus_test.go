package file_test

import (
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"tocsin/rules"
	"tocsin/rules/file"
)

// Rules as people have them for Prometheus.
const prometheusRules = `
groups:
- name: node.alerts
  interval: 30s
  limit: 500
  query_offset: 10s
  labels:
    team: infra
  rules:
  - record: instance:node_cpu:ratio
    expr: 1 - avg without (cpu, mode) (rate(node_cpu_seconds_total{mode="idle"}[5m]))
  - alert: NodeFilesystemSpaceFillingUp
    annotations:
      description: Filesystem on {{ $labels.device }} at {{ $labels.instance }} has only
        {{ printf "%.2f" $value }}% available space left and is filling up.
      runbook_url: https://runbooks.example.org/node/filling-up
      summary: Filesystem is predicted to run out of space within the next 24 hours.
    expr: |
      (
        node_filesystem_avail_bytes{fstype!=""} / node_filesystem_size_bytes{fstype!=""} * 100 < 40
      and
        predict_linear(node_filesystem_avail_bytes{fstype!=""}[6h], 24*60*60) < 0
      and
        node_filesystem_readonly{fstype!=""} == 0
      )
    for: 1h
    labels:
      severity: warning
  - alert: NodeFilesystemSpaceFillingUp
    expr: node_filesystem_avail_bytes / node_filesystem_size_bytes * 100 < 20
    for: 1h
    keep_firing_for: 5m
    labels:
      severity: critical
  - alert: NodeDown
    expr: up{job="node"} == 0
    for: 0s
    labels:
      severity: '{{ if eq $labels.env "prod" }}page{{ else }}warning{{ end }}'
      where: '{{ $labels.instance | stripPort }} in {{ $externalLabels.cluster }}'
    annotations:
      others: '{{ range query "up == 0" }}{{ .Labels.instance }} {{ end }}'
- name: meta
  rules:
  - alert: Watchdog
    expr: vector(1)
    labels: {severity: none}
  - alert: JobMissing
    expr: absent(up{job="node"})
    for: 1d
    labels: {severity: page}
`

func TestPrometheusRulesUnchanged(t *testing.T) {
	all, problems := file.LoadRules(file.Memory{"p.yaml": prometheusRules}, []string{"p.yaml"}, file.Defaults{
		ExternalLabels: labels.FromStrings("cluster", "eu1"),
	})
	if failed(problems) {
		t.Fatal(problems)
	}
	byKey := map[string]*rules.Rule{}
	for _, r := range all {
		byKey[r.Key] = r
		if r.Kind != rules.PresenceRule {
			t.Errorf("%s is no presence rule", r.Key)
		}
	}
	for _, c := range []struct {
		key   string
		level rules.Level
		hold  time.Duration
		keep  time.Duration
	}{
		{`node.alerts/NodeFilesystemSpaceFillingUp{severity="warning"}`, rules.Warn, time.Hour, 0},
		{`node.alerts/NodeFilesystemSpaceFillingUp{severity="critical"}`, rules.Error, time.Hour, 5 * time.Minute},
		{"node.alerts/NodeDown", rules.Warn, 0, 0},
		{"meta/Watchdog", rules.Warn, 0, 0},
		{"meta/JobMissing", rules.Error, 24 * time.Hour, 0},
	} {
		r, ok := byKey[c.key]
		if !ok {
			t.Errorf("no rule %s among %v", c.key, keys(all))
			continue
		}
		l := r.Levels.At(c.level)
		if l == nil || l.For != c.hold || l.KeepFiringFor != c.keep || l.Threshold.Side != rules.Present {
			t.Errorf("%s: %+v", c.key, l)
		}
	}
	down := byKey["node.alerts/NodeDown"]
	if down.Interval != 30*time.Second || down.QueryOffset != 10*time.Second || down.Limit != 500 || down.PhaseKey != "node.alerts" {
		t.Errorf("what the group says is lost: %+v", down)
	}
	expand(t, down)
}

// Labels are expanded as Prometheus does it.
func expand(t *testing.T, r *rules.Rule) {
	t.Helper()
	want := map[string]string{"severity": "page", "team": "infra", "where": "host in eu1"}
	for _, l := range r.Labels {
		got := l.Text
		if l.Expand != nil {
			var err error
			if got, err = l.Expand(rules.LabelData{Series: labels.FromStrings("env", "prod", "instance", "host:9100")}); err != nil {
				t.Error(err)
			}
		}
		if got != want[l.Name] {
			t.Errorf("label %s is %q, not %q", l.Name, got, want[l.Name])
		}
		delete(want, l.Name)
	}
	if len(want) > 0 {
		t.Errorf("lacks %v", want)
	}
}

func keys(all []*rules.Rule) (out []string) {
	for _, r := range all {
		out = append(out, r.Key)
	}
	return out
}
