package message_test

import (
	"strings"
	"testing"

	"tocsin/notifier/message"
	"tocsin/notifier/message/messagetest"
)

func withFiles(t *testing.T, files ...message.File) *message.Message {
	t.Helper()
	s := messagetest.Settings()
	s.Templates = files
	r, err := message.New(s)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range messagetest.Cases() {
		if c.Name == "joined" {
			m, _ := r.Render(c.Delivery, 0, nil)
			return m
		}
	}
	t.Fatal("no such case")
	return nil
}

// Alertmanager's names and functions work, and what tocsin adds stands beside.
func TestTemplates(t *testing.T) {
	mine := message.File{Name: "/etc/tocsin/mine.tmpl", Text: `{{ define "mine" }}mine: {{ .CommonLabels.job }}{{ end }}`}
	m := withFiles(t, mine)
	for _, c := range []struct{ why, text, want string }{
		{"Alertmanager's default title", `{{ template "slack.default.title" . }}`, "[FIRING:2] ApiLatencyP95 (eu1 api-0 api web)"},
		{"the default name is ours", `{{ template "slack.default.username" . }}`, "tocsin"},
		{"a default that links", `{{ template "slack.default.titlelink" . }}`, "https://tocsin.example.org"},
		{"the user's own", `{{ template "mine" . }}`, "mine: api"},
		{"firing alerts", `{{ range .Alerts.Firing }}{{ .Labels.route }} {{ end }}`, "/pay /orders "},
		{"resolved alerts", `{{ len .Alerts.Resolved }}`, "0"},
		{"what the notification is for", `{{ .NotificationReason }}, {{ .Reason }}`, "new alerts added, new"},
		{"level and value", `{{ .Level }}{{ range .Alerts }} {{ .Level }} {{ .Value }} {{ .Threshold }} {{ .Versus }}{{ end }}`, "error error 618 ms 500 ms 618 ms > 500 ms warn 412 ms 300 ms 412 ms > 300 ms"},
		{"the number itself", `{{ (index .Alerts 0).Value.Float }}`, "0.6183"},
		{"since", `{{ (index .Alerts 0).Since }}`, "for 5m, since 14:05 UTC"},
		{"now is the delivery's", `{{ now.Format "15:04:05" }} {{ since (index .Alerts 0).StartsAt }}`, "14:10:00 5m0s"},
		{"functions", `{{ "a" | toUpper }}{{ join "," (stringSlice "x" "y") }}`, "Ax,y"},
		{"annotations", `{{ .CommonAnnotations.runbook_url }}`, "https://runbooks.example.org/api-latency"},
		{"group labels", `{{ .GroupLabels.SortedPairs }}`, "alertname=ApiLatencyP95"},
	} {
		got, err := m.Text(c.text, nil)
		if err != nil || got != c.want {
			t.Errorf("%s: %q, %v; want %q", c.why, got, err, c.want)
		}
	}
}

func TestF40HTMLIsEscaped(t *testing.T) {
	m := withFiles(t)
	m.Receiver = "<b>"
	got, err := m.HTML(`<p title="{{ .Receiver }}">{{ .Receiver }}</p>`)
	if err != nil || strings.Contains(got, "<b>") {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := m.HTML(`{{ template "email.default.html" . }}`); err != nil {
		t.Errorf("Alertmanager's mail: %v", err)
	}
}

func TestBadTemplates(t *testing.T) {
	s := messagetest.Settings()
	s.Templates = []message.File{{Name: "bad.tmpl", Text: "{{ define }}"}}
	if _, err := message.New(s); err == nil || !strings.Contains(err.Error(), "bad.tmpl") {
		t.Errorf("error %v", err)
	}
	m := withFiles(t)
	for _, text := range []string{"{{", "{{ nope }}", `{{ template "nope" . }}`, "{{ .Nope.Nope }}"} {
		if _, err := m.Text(text, nil); err == nil {
			t.Errorf("text %q: no error", text)
		}
		if _, err := m.HTML(text); err == nil {
			t.Errorf("html %q: no error", text)
		}
	}
}
