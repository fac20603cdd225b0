package webhook

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/config"
	"pgregory.net/rapid"

	"tocsin/notifier"
	"tocsin/notifier/attempt"
	"tocsin/notifier/message/messagetest"
)

// incident is a payload with each kind of value.
func incident() any {
	return map[string]any{
		"title":                 "{{ .Status | toUpper }} {{ .CommonLabels.alertname }}",
		"team-{{ .Receiver }}":  "{{ .Receiver }}",
		"count":                 "{{ len .Alerts }}",
		"firing":                `{{ eq .Status "firing" }}`,
		"labels":                "{{ toJson .GroupLabels }}",
		"routes":                []any{"all", `[{{ range $i, $a := .Alerts }}{{ if $i }}, {{ end }}{{ toJson $a.Labels.route }}{{ end }}]`},
		"empty":                 "",
		"level":                 map[string]any{"now": "{{ .Level }}", "value": "{{ (index .Alerts 0).Value }}"},
		"looks like a mapping":  `{{ "summary: all is well" }}`,
		"looks like a template": "{{ `{{ .NoSuch }}` }}",
		"version":               4, "half": 0.5, "yes": true, "nothing": nil,
	}
}

// A payload is the whole body, as Alertmanager makes it.
func TestPayload(t *testing.T) {
	for _, c := range messagetest.Cases() {
		if c.Name != "first" && c.Name != "some-resolved" && c.Name != "infinite" {
			continue
		}
		raw, err := Payload(incident(), messagetest.Maker(t).Make(t.Context(), c.Delivery, 0))
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := json.Indent(&b, raw, "", "  "); err != nil {
			t.Fatal(err)
		}
		messagetest.Golden(t, *update, "payload-"+c.Name+".json", append(b.Bytes(), '\n'))
	}
}

// All of the data as JSON is what Alertmanager's is, and more.
func TestPayloadOfAllData(t *testing.T) {
	for _, c := range messagetest.Cases() {
		raw, err := Payload("{{ toJson . }}", messagetest.Maker(t).Make(t.Context(), c.Delivery, 0))
		var b Body
		if err == nil {
			err = json.Unmarshal(raw, &b)
		}
		if total := len(c.Delivery.Firing) + len(c.Delivery.Resolved); c.Name != "hostile" && (err != nil || len(b.Alerts) != total || b.Status == "") {
			t.Errorf("%s: %v, %d of %d alerts", c.Name, err, len(b.Alerts), total)
		}
	}
}

// Any delivery makes JSON.
func TestAnyPayload(t *testing.T) {
	k := messagetest.Maker(t)
	words := map[string]any{
		"{{ .CommonLabels }}": "{{ range .Alerts }}{{ .Labels }}{{ end }}", "json": "{{ toJson .Alerts }}",
		"each": []any{"{{ range .Alerts }}{{ range .Labels.Values }}{{ . }}{{ end }}{{ end }}", "{{ .Receiver }}", "{{ .GroupKey }}"},
	}
	rapid.Check(t, func(t *rapid.T) {
		raw, err := Payload(words, k.Make(context.Background(), messagetest.Deliveries().Draw(t, "delivery"), 0))
		if err == nil && !json.Valid(raw) || err != nil && !strings.Contains(err.Error(), "JSON") {
			t.Fatalf("%s: %v", raw, err)
		}
	})
}

// It is signed and named like our own, and where it fails ours is sent.
func TestPayloadIsSent(t *testing.T) {
	for _, c := range []struct {
		why     string
		payload any
		body    string
		error   string
	}{
		{"a mapping", map[string]any{"text": "{{ .Status }}"}, `{"text":"firing"}`, ""},
		{"a list", []any{"{{ .Status }}", 1}, `["firing",1]`, ""},
		{"a word", "{{ .Status }}", `"firing"`, ""},
		{"no words", map[string]any{}, `{}`, ""},
		{"a template that fails", map[string]any{"text": "{{ .NoSuch }}"}, `"version":"4"`, "webhook payload: template: "},
		{"a key that fails", map[string]any{"{{ nope }}": 1}, `"version":"4"`, `function "nope" not defined`},
		{"no JSON", map[string]any{"text": ".inf"}, `"version":"4"`, "webhook payload: not JSON"},
	} {
		r := newReceiver(t, func(http.ResponseWriter, *http.Request) {})
		end := send(t, Settings{URL: attempt.Secret{Value: config.Secret(r.URL)}, Secret: attempt.Secret{Value: "s3cret"}, Payload: c.payload})
		if end.Outcome != notifier.Delivered || !strings.Contains(end.Error, c.error) || (end.Error == "") != (c.error == "") {
			t.Errorf("%s: %+v", c.why, end)
		}
		body := r.got()[0]
		if !strings.Contains(string(body), c.body) {
			t.Errorf("%s: %s", c.why, body)
		}
		h := r.headers[0]
		if err := Verify("s3cret", h.Get(SignatureHeader), body, time.Now(), time.Minute); err != nil || h.Get("Idempotency-Key") != "id-first" {
			t.Errorf("%s: headers %v: %v", c.why, h, err)
		}
	}
}

// max_alerts holds, and without it there is a bound.
func TestPayloadOfMany(t *testing.T) {
	var d notifier.Delivery
	for _, c := range messagetest.Cases() {
		if c.Name == "many" {
			d = c.Delivery
		}
	}
	for len(d.Firing) < mostPayload+1 {
		d.Firing = append(d.Firing, d.Firing...)
	}
	d.Firing, d.Resolved = d.Firing[:mostPayload+1], nil
	for most, want := range map[int]string{0: `"5000 and 1 more"`, 10: `"10 and 4991 more"`} {
		s, err := New(Settings{Payload: "{{ len .Alerts }} and {{ .More }} more", MaxAlerts: most}, messagetest.Maker(t))
		if err != nil {
			t.Fatal(err)
		}
		if body, _, err := s.body(t.Context(), d); err != nil || string(bytes.Join(body, nil)) != want {
			t.Errorf("at most %d: %s, %v", most, body, err)
		}
	}
}
