package promql_test

import (
	"slices"
	"testing"

	"tocsin/rules/promql"
)

func TestGrouping(t *testing.T) {
	for _, c := range []struct {
		why, expr string
		names     []string
		grouped   bool
	}{
		{"without an aggregation all labels stay", "up == 0", nil, false},
		{"by names what stays", "sum by (job, route) (rate(a[5m]))", []string{"job", "route"}, true},
		{"the outermost counts", "max by (job) (sum by (job, route) (a))", []string{"job"}, true},
		{"below a function too", "histogram_quantile(0.9, sum by (le) (a))", []string{"le"}, true},
		{"nothing stays of a sum", "sum(a)", nil, true},
		{"without says what goes", "sum without (pod) (a)", nil, false},
	} {
		e, errs := promql.Parse(c.expr)
		if len(errs) > 0 {
			t.Fatal(errs)
		}
		if names, grouped := e.Grouping(); !slices.Equal(names, c.names) || grouped != c.grouped {
			t.Errorf("%s: %v %t", c.why, names, grouped)
		}
	}
}
