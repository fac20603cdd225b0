package file_test

import (
	"strings"
	"testing"

	"tocsin/rules/file"
)

// Uses of labels are found where they stand, and only those of the series.
func TestLabelUses(t *testing.T) {
	for _, c := range []struct{ why, text, want string }{
		{"by variable and by field", "a {{ $labels.x }} {{ .Labels.y }}", "$labels.x .Labels.y"},
		{"in a pipe, in braces, as an argument", `{{ $labels.x | toUpper }}{{ printf "%s" ($labels.y) }}{{ reReplaceAll "a" "b" $labels.z }}`, "$labels.x $labels.y $labels.z"},
		{"by index, and white space", `{{- index $labels "x-y" -}}`, `index $labels "x-y"`},
		{"behind letters of two bytes and line ends", "äö\n {{ $labels.x }}", "$labels.x"},
		{"the whole map is no label", "{{ $labels }}{{ range $k, $v := $labels }}{{ $k }}{{ end }}", ""},
		{"what is asked for first", "{{ if $labels.x }}{{ $labels.x }}{{ else }}{{ $labels.y }}{{ end }}", "$labels.y"},
		{"of the answer to a query", `{{ range query "up" }}{{ .Labels.x }}{{ $labels.y }}{{ end }}`, "$labels.y"},
		{"of nothing where with found nothing", "{{ with $value }}{{ .Labels.x }}{{ else }}{{ .Labels.y }}{{ end }}", ".Labels.y"},
		{"no template", "$labels.x", ""},
		{"what does not parse", "{{ $labels.x", ""},
	} {
		var got []string
		for _, u := range file.LabelUses(c.text) {
			got = append(got, c.text[u.From:u.To])
			if !strings.Contains(c.text[u.From:u.To], u.Name) {
				t.Errorf("%s: %q at %q", c.why, u.Name, c.text[u.From:u.To])
			}
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s: %q, want %q", c.why, s, c.want)
		}
	}
}

// Nothing panics, and uses lie in the text.
func FuzzLabelUses(f *testing.F) {
	for _, s := range []string{"{{ $labels.x }}", `{{ index $labels "x" }}`, "{{ with .Labels.a }}{{ .Labels.b }}{{ end }}", "{{ (.Labels).x }}", "{{ $labels.a.b }}", `{{ define "x" }}{{ $labels.a }}{{ end }}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, u := range file.LabelUses(text) {
			if u.From < 0 || u.To > len(text) || u.From >= u.To {
				t.Fatalf("%q: %+v", text, u)
			}
		}
	})
}
