package message_test

import (
	"strings"
	"testing"

	"tocsin/notifier/message"
	"tocsin/notifier/message/messagetest"
	"tocsin/rules"
)

// Labels of a route are templates over the group's data; they may call one another,
// and one that fails is reported and stops nothing.
func TestRouteLabels(t *testing.T) {
	for _, c := range []struct{ why, label, text, want, err string }{
		{"as it is", "web", `{{ .RouteLabels.team }} {{ routeLabels "team" }}`, "web web", ""},
		{"a template", `{{ .CommonLabels.job }}`, `{{ routeLabels "team" }}`, "api", ""},
		{"one calls another", `{{ routeLabels "b" }}!`, `{{ .RouteLabels.team }}`, "b!", ""},
		{"what the route has not is empty", "web", `[{{ routeLabels "none" }}]`, "[]", ""},
		{"one that fails is empty", `{{ template "none" }}`, `[{{ .RouteLabels.team }}]`, "[]", "label \"team\" of the route"},
		{"two that call each other end", `{{ routeLabels "team" }}`, `[{{ .RouteLabels.team }}]`, "[]", "deep"},
	} {
		r, err := message.New(messagetest.Settings())
		if err != nil {
			t.Fatal(err)
		}
		d := messagetest.Cases()[0].Delivery
		d.RouteLabels = []rules.Annotation{{Name: "b", Text: "b"}, {Name: "team", Text: c.label}}
		m, _ := r.Render(d, 0, nil)
		got, err := m.Text(c.text, nil)
		if err != nil || got != c.want {
			t.Errorf("%s: %q, %v; want %q", c.why, got, err, c.want)
		}
		if note := m.Note(""); c.err == "" != (note == "") || !strings.Contains(note, c.err) {
			t.Errorf("%s: reported %q, want %q in it", c.why, note, c.err)
		}
	}
}
