package check

import (
	"strings"
	"testing"
)

// What people write is cheap; what was written to take for ever is not tried.
func TestPrices(t *testing.T) {
	nested := func(n int, inner string) string {
		return strings.Repeat("{{range .Alerts}}", n) + inner + strings.Repeat("{{end}}", n)
	}
	for _, c := range []struct {
		why, body string
		files     []string
		dear      bool
	}{
		{"a list of alerts with their labels", nested(1, "{{ .Annotations.summary }}{{range .Labels.SortedPairs}}{{ .Name }}={{ .Value }}{{end}}"), nil, false},
		{"one after the other", strings.Repeat(nested(2, "{{ printf \"%s %s\" .A .B }}"), 20), nil, false},
		{"a text in a variable", `{{$x := printf "%s on %s" $labels.a $labels.b}}{{ $x | toUpper }}`, nil, false},
		{"a template of a file", `{{ template "mine" . }}`, []string{`{{ define "mine" }}{{range .Alerts}}x{{end}}{{end}}`}, false},
		{"a template of Alertmanager's", `{{ template "slack.default.text" . }}`, nil, false},
		{"replacements", `{{ $labels.path | reReplaceAll "/[0-9]+" "/:id" | reReplaceAll "a" "b" }}`, nil, false},
		{"loops in loops", nested(20, "x"), nil, true},
		{"a text that doubles", "{{$x := \"a\"}}" + strings.Repeat("{{$x = print $x $x}}", 40), nil, true},
		{"a text that doubles in loops in loops", "{{$x := \"a\"}}" + nested(3, "{{$x = print $x $x}}"), nil, true},
		{"a replacement that multiplies", "{{ $value" + strings.Repeat(` | reReplaceAll "" "aaaaaaaaaaaaaaaaaaaaaaaa"`, 30) + " }}", nil, true},
		{"a template that calls itself", `{{ define "a" }}{{ template "a" . }}{{ end }}{{ template "a" . }}`, nil, true},
		{"two that call one another, in files", `{{ template "a" . }}`, []string{`{{ define "a" }}{{ template "b" . }}{{ end }}`, `{{ define "b" }}{{ template "a" . }}{{ end }}`}, true},
		{"loops spread over templates", `{{ range .A }}{{ range .B }}{{ range .C }}{{ template "a" . }}{{ end }}{{ end }}{{ end }}`, []string{
			`{{ define "a" }}{{ range .A }}{{ range .B }}{{ template "b" . }}{{ end }}{{ end }}{{ end }}`,
			`{{ define "b" }}{{ range .A }}{{ range .B }}{{ range .C }}x{{ end }}{{ end }}{{ end }}{{ end }}`,
		}, true},
		{"what does not parse is not rendered at all", "{{ range }}", nil, false},
		{"padding", `{{ printf "%-20s %5.1f" .A .B }}`, nil, false},
		{"what is cut", strings.Repeat(`{{ printf "%s%s" (cut 4000 .Text) (cut 4000 .Text) | printf "%s" (cut 4000 .Text) }}`, 4), nil, false},
		{"padding without bounds", strings.Repeat(`{{ printf "%0999999d" 1 }}`, 2), nil, true},
		{"padding by an argument", strings.Repeat(`{{ printf "%*d" 999999 1 }}`, 2), nil, true},
		{"a doubled text that is passed on", strings.Repeat(`{{ with $x := print . . }}`, 30) + strings.Repeat("{{ end }}", 30), nil, true},
	} {
		if cost := pricesOf(c.files).of(c.body); (cost > tooDear) != c.dear {
			t.Errorf("%s: %g", c.why, cost)
		}
	}
}
