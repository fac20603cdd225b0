package main

import (
	"net/http/httptest"
	"strings"
	"testing"

	"tocsin/notifier"
	"tocsin/notifier/message/messagetest"
	"tocsin/notifier/slack/slacktest"
)

// What Alertmanager's keys say arrives.
func TestAlertmanagersParts(t *testing.T) {
	s := slacktest.New(slacktest.Options{})
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	all := connected(t, `
route: {receiver: web}
receivers:
  - name: web
    slack_configs:
      - api_url: `+server.URL+`/services/a
        color: '#123456'
        title_link: https://example.org/title
        pretext: the pretext
        message_text: the message
        fallback: the fallback
        short_fields: true
        fields: [{title: the field, value: the value}]
        footer: the footer
        image_url: https://example.org/image
        thumb_url: https://example.org/thumb
        actions: [{type: button, text: the button, url: 'https://example.org/button', style: danger}]
    webhook_configs:
      - url: `+server.URL+`/services/b
        payload: {text: 'the body is {{ .Status }}'}
`)
	for _, sender := range all {
		if end := sender.Send(t.Context(), messagetest.Cases()[0].Delivery); end.Outcome != notifier.Delivered || end.Error != "" {
			t.Errorf("%+v, %v", end, s.Refused())
		}
	}
	got := string(s.Messages()[0].Payload)
	for _, want := range []string{
		"#123456", "https://example.org/title|", "the pretext", "the message", "the fallback", "*the field*\\nthe value", `"fields":`, "the footer",
		"https://example.org/image", "https://example.org/thumb", "the button", "https://example.org/button", `"danger"`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
	if got := string(s.Messages()[1].Payload); got != `{"text":"the body is firing"}` {
		t.Errorf("body %s", got)
	}
}
