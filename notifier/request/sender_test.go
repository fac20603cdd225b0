package request_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/config"
	"pgregory.net/rapid"

	"tocsin/notifier"
	"tocsin/notifier/attempt"
	"tocsin/notifier/message/messagetest"
	"tocsin/notifier/request"
	"tocsin/notifier/request/requesttest"
)

var update = flag.Bool("update", false, "write the golden files")

func secret(s string) attempt.Secret { return attempt.Secret{Value: config.Secret(s)} }

// settings are those with which a service is reached at an address.
func settings(service, address string) request.Settings {
	s := request.Settings{Service: service, URL: secret(address), Secrets: map[string]attempt.Secret{}, Values: map[string]any{}}
	switch service {
	case "pagerduty":
		s.URL = secret(address + "/v2/enqueue")
		s.Secrets["routing_key"] = secret(requesttest.RoutingKey)
	case "pagerduty-v1":
		s.URL = secret(address + "/generic/2010-04-15/create_event.json")
		s.Secrets["service_key"] = secret(requesttest.RoutingKey)
	case "opsgenie":
		s.URL = secret(address + "/")
		s.Secrets["api_key"] = secret(requesttest.GenieKey)
	case "msteams", "msteamsv2":
		s.URL = secret(address + "/very-secret")
	case "telegram":
		s.Secrets["bot_token"] = secret(requesttest.Token)
		s.Values["chat_id"] = "-1001234567890"
	case "discord":
		s.URL = secret(address + "/api/webhooks/1/very-secret")
	}
	return s
}

func services() []string {
	return []string{"pagerduty", "pagerduty-v1", "opsgenie", "msteams", "msteamsv2", "telegram", "discord"}
}

// values are all settings of a service, with templates as Alertmanager's
// documents show them.
func values(service string) map[string]any {
	title := `{{ .Status | toUpper }} {{ .GroupLabels.alertname }}`
	list := `{{ range .Alerts }}{{ .Labels.route }}: {{ .Annotations.summary }}
{{ end }}`
	switch service {
	case "pagerduty":
		return map[string]any{
			"description": title, "client": "{{ template \"pagerduty.default.client\" . }}", "client_url": "https://c.example.org",
			"severity": `{{ if eq .Level "error" }}critical{{ else }}info{{ end }}`, "source": "{{ .CommonLabels.instance }}",
			"class": "c", "component": "{{ .CommonLabels.job }}", "group": "g",
			"details": map[string]any{"firing": "{{ .Alerts.Firing | toJson }}", "more": map[string]any{"n": "{{ .Alerts | len }}", "list": []any{"{{ .Receiver }}", true}}},
			"images":  []any{map[string]any{"src": "https://i.example.org/a.png", "alt": "{{ .Status }}"}, map[string]any{"src": "{{ .CommonAnnotations.none }}"}},
			"links":   []any{map[string]any{"href": "https://l.example.org", "text": "{{ .Status }}"}, map[string]any{"href": "{{ .CommonAnnotations.none }}"}},
		}
	case "pagerduty-v1":
		return map[string]any{"description": title, "client": "c", "client_url": "https://c.example.org", "details": map[string]any{"a": "{{ .Status }}"}}
	case "opsgenie":
		return map[string]any{
			"message": title, "description": list, "source": "s", "entity": "{{ .CommonLabels.job }}", "note": "n",
			"priority": `{{ if eq .CommonLabels.severity "critical" }}P2{{ else }}P4{{ end }}`, "tags": "a, {{ .CommonLabels.team }},", "actions": "x,y",
			"details": map[string]any{"who": "{{ .Receiver }}"}, "update_alerts": true,
			"responders": []any{
				map[string]any{"name": "{{ .CommonLabels.team }},db", "type": "teams"},
				map[string]any{"username": "boss@example.org", "type": "user"},
				map[string]any{"name": "{{ .CommonLabels.none }}", "type": "team"},
			},
		}
	case "msteams":
		return map[string]any{"title": title, "summary": title, "text": list}
	case "msteamsv2":
		return map[string]any{"title": title, "text": list}
	case "telegram":
		return map[string]any{"chat_id": "42", "message_thread_id": "7", "disable_notifications": true, "message": "<b>" + title + "</b>\n" + list}
	}
	return map[string]any{"content": "**news**", "title": title, "message": list, "username": "tocsin", "avatar_url": "https://a.example.org/a.png"}
}

func send(t *testing.T, s request.Settings, d notifier.Delivery) notifier.Settled {
	t.Helper()
	sender, err := request.New(s, messagetest.Maker(t))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	return sender.Send(ctx, d)
}

// delivered fails the test unless all requests were taken.
func delivered(t *testing.T, s *requesttest.Server, end notifier.Settled) {
	t.Helper()
	if end.Outcome != notifier.Delivered || len(s.Got()) == 0 {
		t.Errorf("%v: %s, after %d requests", end.Outcome, end.Error, len(s.Got()))
	}
	for _, g := range s.Got() {
		if g.Status >= 300 {
			t.Errorf("%s %s was refused: %.500s", g.Method, g.Path, g.Body)
		}
	}
}

// written shows requests as they came.
func written(t *testing.T, all []requesttest.Got) []byte {
	t.Helper()
	var b bytes.Buffer
	for _, g := range all {
		fmt.Fprintf(&b, "%s %s\n", g.Method, g.Path)
		for _, name := range []string{"Authorization", "Content-Type", "Idempotency-Key", "Title"} {
			if v := g.Header.Get(name); v != "" {
				fmt.Fprintf(&b, "%s: %s\n", name, v)
			}
		}
		b.WriteByte('\n')
		if json.Indent(&b, g.Body, "", "  ") != nil {
			b.Write(g.Body)
		}
		b.WriteString("\n\n")
	}
	return b.Bytes()
}

// The deliveries that show each action and each form of a text.
func shown() []messagetest.Case {
	all := []string{"first", "first-error", "joined", "lowered", "reminder", "resolved", "some-resolved", "no-data", "hostile"}
	return slices.DeleteFunc(messagetest.Cases(), func(c messagetest.Case) bool { return !slices.Contains(all, c.Name) })
}

// Each service takes every kind of message, in our words and in the user's.
func TestRequests(t *testing.T) {
	for _, service := range services() {
		for _, c := range messagetest.Cases() {
			t.Run(service+"/"+c.Name, func(t *testing.T) {
				for _, own := range []bool{false, true} {
					server := requesttest.New(t, service)
					s := settings(service, server.URL)
					name := filepath.Join(service, c.Name+".txt")
					if own {
						s.Values, name = values(service), filepath.Join(service, "own-"+c.Name+".txt")
					}
					end := send(t, s, c.Delivery)
					delivered(t, server, end)
					if c.Name != "hostile" && end.Error != "" {
						t.Errorf("error %q", end.Error)
					}
					if keep := slices.ContainsFunc(shown(), func(x messagetest.Case) bool { return x.Name == c.Name }); keep && (!own || c.Name == "joined" || c.Name == "resolved") {
						messagetest.Golden(t, *update, name, written(t, server.Got()))
					}
				}
			})
		}
	}
}

// Whatever is delivered, each service takes it.
func TestAnyDelivery(t *testing.T) {
	k := messagetest.Maker(t)
	senders := map[string]*request.Sender{}
	for _, service := range services() {
		for _, own := range []bool{false, true} {
			s := settings(service, requesttest.New(t, service).URL)
			if own {
				s.Values = values(service)
			}
			sender, err := request.New(s, k)
			if err != nil {
				t.Fatal(err)
			}
			senders[fmt.Sprint(service, own)] = sender
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		d := messagetest.Deliveries().Draw(t, "delivery")
		own := rapid.Bool().Draw(t, "own")
		for _, service := range services() {
			if end := senders[fmt.Sprint(service, own)].Send(context.Background(), d); end.Outcome != notifier.Delivered {
				t.Fatalf("%s: %v: %s", service, end.Outcome, end.Error)
			}
		}
	})
}

// The same episode of a group is the same incident, the next one another.
func TestKey(t *testing.T) {
	g := notifier.Group{Key: `{}:{alertname="A"}`, Episode: "e1"}
	one := request.Key(notifier.Delivery{Group: g})
	g.Episode = "e2"
	two := request.Key(notifier.Delivery{Group: g})
	g.Episode, g.Key = "e1", g.Key+"x"
	if three := request.Key(notifier.Delivery{Group: g}); one == two || one == three || len(one) != 64 {
		t.Errorf("%s %s %s", one, two, three)
	}
	for _, service := range []string{"pagerduty", "opsgenie"} {
		server := requesttest.New(t, service)
		for _, c := range messagetest.Cases() {
			if c.Name == "first" || c.Name == "raised" || c.Name == "resolved" {
				send(t, settings(service, server.URL), c.Delivery)
			}
		}
		key := request.Key(messagetest.Cases()[0].Delivery)
		for _, g := range server.Got() {
			if !strings.Contains(g.Path+string(g.Body), key) {
				t.Errorf("%s: another key in %s %s", service, g.Path, g.Body)
			}
		}
	}
}

func TestActions(t *testing.T) {
	want := map[string]request.Action{
		"first": request.Raise, "raised": request.Raise, "joined": request.Raise, "new-flapping": request.Raise, "many": request.Raise,
		"lowered": request.Update, "some-resolved": request.Update, "reminder": request.Update, "flapping": request.Update,
		"resolved": request.Resolve, "lowered-away": request.Resolve, "source-back": request.Resolve,
	}
	for _, c := range messagetest.Cases() {
		if w, ok := want[c.Name]; ok && request.ActionOf(c.Delivery) != w {
			t.Errorf("%s is %v, not %v", c.Name, request.ActionOf(c.Delivery), w)
		}
	}
}

// What a service says of a failure decides what becomes of the delivery.
func TestOutcomes(t *testing.T) {
	for _, c := range []struct {
		service, why string
		fault        http.HandlerFunc
		want         notifier.Outcome
		after        time.Duration
		error        string
	}{
		{"pagerduty", "too many events", requesttest.Limited("30", ""), notifier.Refused, 30 * time.Second, "429"},
		{"pagerduty", "its own trouble", requesttest.Status(500, ""), notifier.Refused, 0, "500"},
		{"pagerduty", "an invalid event", requesttest.Status(400, `{"status":"invalid event","message":"Event object is invalid","errors":["x"]}`), notifier.Rejected, 0, "Event object is invalid"},
		{"pagerduty-v1", "403 is its word for too many", requesttest.Status(403, ""), notifier.Refused, 0, "403"},
		{"opsgenie", "too many requests", requesttest.Limited("", `{"message":"You are making too many requests!","took":0.004,"requestId":"1"}`), notifier.Refused, 0, "too many requests"},
		{"opsgenie", "a wrong key", requesttest.Status(401, `{"message":"Could not authenticate"}`), notifier.Rejected, 0, "Could not authenticate"},
		{"msteams", "200, and it failed", requesttest.Status(200, "Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429 with ContextId tcid=0"), notifier.Refused, 0, "429"},
		{"msteams", "200, and it never will", requesttest.Status(200, "Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 410"), notifier.Rejected, 0, "410"},
		{"msteamsv2", "too many", requesttest.Limited("7", ""), notifier.Refused, 7 * time.Second, "429"},
		{"telegram", "the time is in the body", requesttest.Limited("", `{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 35","parameters":{"retry_after":35}}`), notifier.Refused, 35 * time.Second, "Too Many Requests"},
		{"telegram", "no such chat", requesttest.Status(400, `{"ok":false,"error_code":400,"description":"Bad Request: chat not found"}`), notifier.Rejected, 0, "chat not found"},
		{"telegram", "a lost token, quoted", requesttest.Status(401, `{"ok":false,"description":"Unauthorized `+requesttest.Token+`"}`), notifier.Rejected, 0, "Unauthorized"},
		{"discord", "the time is in the body, in parts of a second", requesttest.Limited("", `{"message":"You are being rate limited.","retry_after":0.65,"global":false}`), notifier.Refused, 650 * time.Millisecond, "rate limited"},
		{"discord", "header and body: the longer", requesttest.Limited("2", `{"message":"You are being rate limited.","retry_after":1.2}`), notifier.Refused, 2 * time.Second, "rate limited"},
		{"discord", "a year is an hour", requesttest.Limited("", `{"retry_after":31536000}`), notifier.Refused, time.Hour, "429"},
		{"discord", "nonsense", requesttest.Limited("", `{"retry_after":"soon"}`), notifier.Refused, 0, "429"},
		{"discord", "the webhook is gone", requesttest.Status(404, `{"message":"Unknown Webhook","code":10015}`), notifier.Rejected, 0, "Unknown Webhook"},
		{"discord", "cut after the body: nobody knows", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, notifier.Unknown, 0, "EOF"},
	} {
		t.Run(c.service+": "+c.why, func(t *testing.T) {
			server := requesttest.New(t, c.service)
			server.Fail(c.fault)
			end := send(t, settings(c.service, server.URL), messagetest.Cases()[0].Delivery)
			if end.Outcome != c.want || end.RetryAfter != c.after || !strings.Contains(end.Error, c.error) || !strings.HasPrefix(end.Error, c.service) {
				t.Errorf("%v, retry after %v, %q", end.Outcome, end.RetryAfter, end.Error)
			}
			secretless(t, end)
			if n := len(server.Got()); n != 1 {
				t.Errorf("%d requests", n)
			}
		})
	}
}

func secretless(t *testing.T, end notifier.Settled) {
	t.Helper()
	for _, s := range []string{"very-secret", requesttest.Token, requesttest.RoutingKey, requesttest.GenieKey} {
		if strings.Contains(end.Error, s) {
			t.Errorf("a secret is in %q", end.Error)
		}
	}
}

// Who hangs is left at the deadline, and who can't be reached took nothing. The
// address is in no error.
func TestNoAnswer(t *testing.T) {
	for _, service := range services() {
		t.Run(service, func(t *testing.T) {
			t.Parallel() // each waits for its deadline
			server := requesttest.New(t, service)
			server.Fail(requesttest.Hang)
			sender, err := request.New(settings(service, server.URL), messagetest.Maker(t))
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			end := sender.Send(ctx, messagetest.Cases()[0].Delivery)
			if end.Outcome != notifier.Unknown {
				t.Errorf("it hangs: %+v", end)
			}
			secretless(t, end)
			server.Close()
			if end = sender.Send(t.Context(), messagetest.Cases()[0].Delivery); end.Outcome != notifier.Refused || end.Error == "" {
				t.Errorf("it is away: %+v", end)
			}
			secretless(t, end)
		})
	}
}

// Of several calls the first tells the news: if it was taken, people were told.
func TestSeveralCalls(t *testing.T) {
	ok := requesttest.Status(202, "")
	for _, c := range []struct {
		why    string
		faults []http.HandlerFunc
		want   notifier.Outcome
		n      int
	}{
		{"all are taken", nil, notifier.Delivered, 4},
		{"the first is not", []http.HandlerFunc{requesttest.Status(503, "")}, notifier.Refused, 1},
		{"the second is for later: all are made again", []http.HandlerFunc{ok, requesttest.Limited("5", "")}, notifier.Unknown, 2},
		{"the second never will be: it was told all the same", []http.HandlerFunc{ok, requesttest.Status(404, "")}, notifier.Delivered, 2},
	} {
		server := requesttest.New(t, "opsgenie")
		for _, f := range c.faults {
			server.Fail(f)
		}
		s := settings("opsgenie", server.URL)
		s.Values["update_alerts"] = true
		end := send(t, s, messagetest.Cases()[0].Delivery)
		if end.Outcome != c.want || len(server.Got()) != c.n || (end.Error == "") != (c.faults == nil) {
			t.Errorf("%s: %+v after %d", c.why, end, len(server.Got()))
		}
	}
}

// A text of the config that fails is an error of the report; our own words go.
func TestFailingTemplate(t *testing.T) {
	server := requesttest.New(t, "discord")
	s := settings("discord", server.URL)
	s.Values["message"] = `{{ .Nothing }}`
	end := send(t, s, messagetest.Cases()[0].Delivery)
	delivered(t, server, end)
	if !strings.Contains(end.Error, "message: template") || !strings.Contains(string(server.Got()[0].Body), "p95 of") {
		t.Errorf("%q %s", end.Error, server.Got()[0].Body)
	}
}

// What is longer than a service takes is cut, and too many alerts are counted.
func TestTooLong(t *testing.T) {
	for service, names := range map[string][]string{
		"pagerduty": {"description"}, "opsgenie": {"message", "description", "note", "entity", "source"}, "msteams": {"title", "summary", "text"},
		"msteamsv2": {"title", "text"}, "telegram": {"message"}, "discord": {"content", "title", "message"},
	} {
		for _, c := range messagetest.Cases() {
			if c.Name != "many" && c.Name != "hostile" {
				continue
			}
			list := `{{ range .Alerts }}{{ .Labels | toJson }}{{ end }} lorem & "ipsum" `
			long := strings.Repeat(list, 20)
			if c.Name == "hostile" { // has a label of a megabyte
				long = list
			}
			server := requesttest.New(t, service)
			s := settings(service, server.URL)
			for _, name := range names {
				s.Values[name] = long
			}
			if service == "pagerduty" {
				s.Values["details"] = map[string]any{"a": long, "b": long, "c": long, "d": long}
			}
			delivered(t, server, send(t, s, c.Delivery))
		}
	}
}

// Telegram's other mark-ups are escaped in labels too.
func TestTelegramMarkdown(t *testing.T) {
	for _, mode := range []string{"", "MarkdownV2", "HTML"} {
		server := requesttest.New(t, "telegram")
		s := settings("telegram", server.URL)
		s.Values["parse_mode"] = mode
		s.Values["message"] = `*{{ .Status }}* {{ range .Alerts }}{{ .Labels.alertname }}{{ .Labels.html }}{{ .Labels.mrkdwn }}{{ end }}`
		for _, c := range messagetest.Cases() {
			if c.Name == "first" || c.Name == "hostile" {
				delivered(t, server, send(t, s, c.Delivery))
			}
		}
	}
}

// Secrets are read at each attempt; one that can't be is for later.
func TestSecretFiles(t *testing.T) {
	name := filepath.Join(t.TempDir(), "key")
	server := requesttest.New(t, "pagerduty")
	s := settings("pagerduty", server.URL)
	s.Secrets["routing_key"] = attempt.Secret{File: name}
	for _, c := range []struct {
		text string
		want notifier.Outcome
	}{
		{"", notifier.Refused},
		{"another", notifier.Rejected},
		{requesttest.RoutingKey + "\n", notifier.Delivered},
	} {
		if c.text != "" {
			if err := os.WriteFile(name, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if end := send(t, s, messagetest.Cases()[0].Delivery); end.Outcome != c.want {
			t.Errorf("%q: %+v", c.text, end)
		}
	}
}

// Of an end nothing is told where the config has no request for it, and a call
// whose address comes out empty is not made.
func TestNoCalls(t *testing.T) {
	server := requesttest.New(t, "any")
	s := request.Settings{URL: secret(server.URL), Own: request.Definition{Raise: []request.Call{
		{Method: "POST", URL: `{{ if eq .Level "error" }}{{ .URL }}{{ end }}`},
	}}}
	for _, c := range messagetest.Cases() {
		if c.Name == "first" || c.Name == "resolved" {
			if end := send(t, s, c.Delivery); end.Outcome != notifier.Delivered || len(server.Got()) > 0 {
				t.Errorf("%s: %+v, %d requests", c.Name, end, len(server.Got()))
			}
		}
	}
}
