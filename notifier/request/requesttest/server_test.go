package requesttest_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"tocsin/notifier/request/requesttest"
)

// post sends a body and returns what the service says.
func post(t *testing.T, method, address, body string, header ...string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	for n := 0; n+1 < len(header); n += 2 {
		req.Header.Set(header[n], header[n+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

// What a service documents as wrong its server refuses, in the service's words.
func TestRefusals(t *testing.T) {
	long := strings.Repeat("x", 5000)
	genie := []string{"Authorization", "GenieKey " + requesttest.GenieKey}
	bot := "/bot" + requesttest.Token + "/sendMessage"
	key := `"routing_key":"` + requesttest.RoutingKey + `","dedup_key":"d","event_action":`
	for _, c := range []struct {
		service, why, method, path, body string
		status                           int
		want                             string
		header                           []string
	}{
		{"pagerduty", "a trigger", "POST", "/v2/enqueue", `{` + key + `"trigger","payload":{"summary":"s","source":"o","severity":"info"}}`, 202, `"dedup_key":"d"`, nil},
		{"pagerduty", "no payload", "POST", "/v2/enqueue", `{` + key + `"trigger"}`, 400, "payload", nil},
		{"pagerduty", "a severity of its own", "POST", "/v2/enqueue", `{` + key + `"trigger","payload":{"summary":"s","source":"o","severity":"warn"}}`, 400, "severity", nil},
		{"pagerduty", "a long summary", "POST", "/v2/enqueue", `{` + key + `"trigger","payload":{"summary":"` + long + `","source":"o","severity":"info"}}`, 400, "summary has 5000", nil},
		{"pagerduty", "an unknown field", "POST", "/v2/enqueue", `{` + key + `"resolve","x":1}`, 400, "unknown field", nil},
		{"pagerduty", "another key", "POST", "/v2/enqueue", `{"routing_key":"x","dedup_key":"d","event_action":"resolve"}`, 400, "routing_key", nil},
		{"pagerduty", "too large", "POST", "/v2/enqueue", `{` + key + `"trigger","payload":{"summary":"s","source":"o","severity":"info","custom_details":"` + strings.Repeat("x", 512_000) + `"}}`, 400, "512 kB", nil},
		{"pagerduty", "a link that is none", "POST", "/v2/enqueue", `{` + key + `"resolve","links":[{"href":"x"}]}`, 400, "link", nil},
		{"pagerduty-v1", "another key", "POST", "/generic/2010-04-15/create_event.json", `{"service_key":"x"}`, 400, "service_key", nil},
		{"opsgenie", "an alert", "POST", "/v2/alerts", `{"alias":"a","message":"m","priority":"P1"}`, 202, "Request will be processed", genie},
		{"opsgenie", "no key", "POST", "/v2/alerts", `{}`, 401, "authenticate", nil},
		{"opsgenie", "a long message", "POST", "/v2/alerts", `{"alias":"a","message":"` + long + `","priority":"P1"}`, 422, "message has", genie},
		{"opsgenie", "a tag too many", "POST", "/v2/alerts", `{"alias":"a","message":"m","priority":"P1","tags":["` + strings.Repeat(`a","`, 20) + `b"]}`, 422, "too many", genie},
		{"opsgenie", "a responder of no type", "POST", "/v2/alerts", `{"alias":"a","message":"m","priority":"P1","responders":[{"name":"a"}]}`, 422, "responder type", genie},
		{"opsgenie", "details beyond bounds", "POST", "/v2/alerts", `{"alias":"a","message":"m","priority":"P1","details":{"a":"` + long + long + `"}}`, 422, "details", genie},
		{"opsgenie", "an id that is no alias", "POST", "/v2/alerts/a/close", `{}`, 422, "no such alert", genie},
		{"opsgenie", "a message is put", "POST", "/v2/alerts/a/message?identifierType=alias", `{"message":"m"}`, 422, "method", genie},
		{"discord", "a message", "POST", "/api/webhooks/1/very-secret", `{"content":"c","allowed_mentions":{"parse":[]}}`, 204, "", nil},
		{"discord", "mentions", "POST", "/api/webhooks/1/very-secret", `{"content":"c"}`, 400, "mentions", nil},
		{"discord", "nothing", "POST", "/api/webhooks/1/very-secret", `{"allowed_mentions":{"parse":[]}}`, 400, "nothing", nil},
		{"discord", "a long embed", "POST", "/api/webhooks/1/very-secret", `{"allowed_mentions":{"parse":[]},"embeds":[{"description":"` + long + `"}]}`, 400, "BASE_TYPE_BAD_LENGTH", nil},
		{"telegram", "a message", "POST", bot, `{"chat_id":1,"parse_mode":"HTML","text":"<b>a</b> &lt;"}`, 200, `"ok":true`, nil},
		{"telegram", "another token", "POST", "/bot1/sendMessage", `{}`, 404, "Not Found", nil},
		{"telegram", "a tag that is none", "POST", bot, `{"chat_id":1,"parse_mode":"HTML","text":"<script>"}`, 400, "can't parse entities", nil},
		{"telegram", "a tag without an end", "POST", bot, `{"chat_id":1,"parse_mode":"HTML","text":"<b>a"}`, 400, "can't parse entities", nil},
		{"telegram", "a lone &", "POST", bot, `{"chat_id":1,"parse_mode":"HTML","text":"a & b"}`, 400, "can't parse entities", nil},
		{"telegram", "a dot in MarkdownV2", "POST", bot, `{"chat_id":1,"parse_mode":"MarkdownV2","text":"a."}`, 400, "reserved", nil},
		{"telegram", "too long", "POST", bot, `{"chat_id":1,"text":"` + long + `"}`, 400, "too long", nil},
		{"telegram", "no chat", "POST", bot, `{"text":"a"}`, 400, "chat not found", nil},
		{"msteams", "a colour that is none", "POST", "/", `{"@context":"http://schema.org/extensions","@type":"MessageCard","summary":"s","text":"t","themeColor":"red"}`, 400, "themeColor", nil},
		{"msteams", "too large", "POST", "/", `{"@context":"http://schema.org/extensions","@type":"MessageCard","summary":"s","text":"` + strings.Repeat("é", 16_000) + `","themeColor":"000000"}`, 413, "Large", nil},
		{"msteamsv2", "no card", "POST", "/", `{"type":"message","attachments":[]}`, 400, "attachment", nil},
		{"msteamsv2", "an old card", "POST", "/", `{"type":"message","attachments":[{"contentType":"application/vnd.microsoft.card.adaptive","contentUrl":null,"content":{"type":"AdaptiveCard","version":"1.0","fallbackText":"f","body":[{"type":"Image"}]}}]}`, 400, "version", nil},
		{"ntfy", "no token", "POST", "/", `{}`, 403, "forbidden", nil},
		{"ntfy", "no priority", "POST", "/", `{"topic":"t","title":"t"}`, 400, "priority", []string{"Authorization", "Bearer tk_secret"}},
		{"mattermost", "nothing", "POST", "/hooks/very-secret", `{}`, 400, "app_error", nil},
		{"alertmanager", "no labels", "POST", "/api/v2/alerts", `[{"startsAt":"2026-01-01T00:00:00Z","endsAt":"2026-01-01T00:00:00Z"}]`, 400, "label pair", nil},
		{"alertmanager", "an empty label", "POST", "/api/v2/alerts", `[{"labels":{"a":""},"startsAt":"2026-01-01T00:00:00Z","endsAt":"2026-01-01T00:00:00Z"}]`, 400, "invalid label", nil},
		{"alertmanager", "an end before the start", "POST", "/api/v2/alerts", `[{"labels":{"a":"b"},"startsAt":"2026-01-02T00:00:00Z","endsAt":"2026-01-01T00:00:00Z"}]`, 400, "start time", nil},
		{"alertmanager", "a time that is none", "POST", "/api/v2/alerts", `[{"labels":{"a":"b"},"startsAt":"yesterday"}]`, 400, "yesterday", nil},
	} {
		t.Run(c.service+": "+c.why, func(t *testing.T) {
			server := requesttest.New(t, c.service)
			status, body := post(t, c.method, server.URL+c.path, c.body, c.header...)
			if status != c.status || !strings.Contains(body, c.want) {
				t.Errorf("%d %s", status, body)
			}
			if got := server.Got(); len(got) != 1 || got[0].Status != status || string(got[0].Body) != c.body {
				t.Errorf("kept %d requests", len(got))
			}
		})
	}
}

// A service fails as it is told to, once.
func TestFail(t *testing.T) {
	server := requesttest.New(t, "any")
	server.Fail(requesttest.Limited("3", "later"))
	for _, want := range []int{429, 200} {
		if status, _ := post(t, "POST", server.URL, "{}"); status != want {
			t.Errorf("%d, not %d", status, want)
		}
	}
}
