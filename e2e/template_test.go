package e2e

import (
	"fmt"
	"strings"
	"testing"

	"tocsin/e2e/eventually"
)

// TestF11TemplatesFail: templates of an annotation, of Slack and of a mail that
// fail as they run cost none of the facts, and are reported.
func TestF11TemplatesFail(t *testing.T) {
	t.Parallel()
	w, people := newWorld(t), newPeople(t)
	w.set(`load{i="a"}`, 75)
	fails := `{{ (index .Alerts 99).Labels.nothing }}`
	yaml := strings.NewReplacer(
		"channel: '#hook'", "channel: '#hook', title: '"+fails+"', text: '"+fails+"'",
		"channel: '#bot'", "channel: '#bot', title: '"+fails+"', text: '"+fails+"'",
		"require_tls: false", "require_tls: false, html: '"+fails+"', text: '"+fails+"', headers: {Subject: '"+fails+"'}",
	).Replace(people.yaml)
	rules := strings.Replace(loadRules(70, 90), "{{ $value }}", `{{ reReplaceAll "(" "x" "y" }}`, 1)
	d := w.home(t, setup{receivers: yaml}, rules).Start()
	w.expect(t, 0, "HighLoad a warn")
	for where, text := range people.told(t, 1) {
		for _, want := range []string{"HighLoad", "75", "70", "WARN"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s does not say %q:\n%s", where, want, text)
			}
		}
	}
	eventually.Nil(t, patience, func() error {
		for _, want := range []string{"missing closing )", "out of range"} {
			if !strings.Contains(d.Output(), want) {
				return fmt.Errorf("the log does not say %q:\n%s", want, d.Output())
			}
		}
		return nil
	})
}
