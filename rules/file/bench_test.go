package file_test

import (
	"fmt"
	"strings"
	"testing"

	"tocsin/rules/file"
)

// Ten files of a thousand rules each.
func BenchmarkLoadRules(b *testing.B) {
	files := file.Memory{}
	var names []string
	for i := range 10 {
		var text strings.Builder
		fmt.Fprintf(&text, "groups:\n- name: g%d\n  rules:\n", i)
		for j := range 1000 {
			fmt.Fprintf(&text, "  - alert: A%d\n    expr: sum by (job) (rate(http_requests_total{job=\"j%d\"}[5m]))\n    unit: ratio\n    warn: {above: 70%%, clear: 60%%, for: 2m}\n    error: {above: 90%%, for: 3 of 5}\n    annotations: {summary: '{{ $labels.job }} is {{ $value }}'}\n", j, j)
		}
		name := fmt.Sprintf("r%d.yaml", i)
		files[name], names = text.String(), append(names, name)
	}
	b.ReportAllocs()
	for b.Loop() {
		rs, problems := file.LoadRules(files, names, file.Defaults{})
		if len(rs) != 10_000 || len(problems) > 0 {
			b.Fatal(len(rs), problems)
		}
	}
}
