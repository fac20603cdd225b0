package check_test

import (
	"testing"

	"github.com/prometheus/prometheus/model/labels"

	"tocsin/check"
	"tocsin/rules"
)

func TestSeries(t *testing.T) {
	for _, c := range []struct {
		why, expr, template string
		want                labels.Labels
	}{
		{"what is selected is known", `up{job="api", zone=~"a|b"} == 0`, "", labels.FromStrings("job", "api")},
		{"an aggregation drops the rest", `sum by (route) (a{job="api"})`, "", labels.FromStrings("route", "route")},
		{"what it groups by may be selected", `sum by (job) (a{job="api"})`, "", labels.FromStrings("job", "api")},
		{"buckets become a quantile", `histogram_quantile(0.9, sum by (le, job) (a))`, "", labels.FromStrings("job", "job")},
		{
			"what templates ask for may be there", "a", `{{ $labels.pod }} {{ .Labels.zone }} {{ index $labels "node.name" }}`,
			labels.FromStrings("node.name", "node.name", "pod", "pod", "zone", "zone"),
		},
		{"an expression that does not parse returns what is asked for", "(", "{{ $labels.pod }}", labels.FromStrings("pod", "pod")},
	} {
		got := check.Series(&rules.Rule{Expr: c.expr, Annotations: []rules.Annotation{{Name: "summary", Text: c.template}}})
		if !labels.Equal(got, c.want) {
			t.Errorf("%s: %s", c.why, got)
		}
	}
}
