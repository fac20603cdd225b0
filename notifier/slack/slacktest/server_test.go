package slacktest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"tocsin/notifier/slack/slacktest"
)

func section(text string) string {
	b, _ := json.Marshal(map[string]any{"type": "section", "text": map[string]string{"type": "mrkdwn", "text": text}})
	return string(b)
}

func repeat(s string, n int) string { return strings.TrimSuffix(strings.Repeat(s+",", n), ",") }

// The stand-in refuses what Slack refuses, in its words.
func TestWebhook(t *testing.T) {
	for _, c := range []struct {
		why, body string
		status    int
		answer    string
	}{
		{"text is enough", `{"text":"hello"}`, 200, "ok"},
		{"blocks are enough", `{"blocks":[` + section("x") + `]}`, 200, "ok"},
		{"an attachment is enough", `{"attachments":[{"color":"#ff0000","blocks":[` + section("x") + `]}]}`, 200, "ok"},
		{"no JSON", `{"text":`, 400, "invalid_payload"},
		{"nothing in it", `{}`, 400, "no_text"},
		{"fifty blocks", `{"blocks":[` + repeat(section("x"), 50) + `]}`, 200, "ok"},
		{"too many blocks", `{"blocks":[` + repeat(section("x"), 51) + `]}`, 400, "invalid_blocks"},
		{"a full section", `{"blocks":[` + section(strings.Repeat("é", 3000)) + `]}`, 200, "ok"},
		{"a section too long", `{"blocks":[` + section(strings.Repeat("x", 3001)) + `]}`, 400, "invalid_blocks"},
		{"an empty section", `{"blocks":[` + section("") + `]}`, 400, "invalid_blocks"},
		{"a section without text", `{"blocks":[{"type":"section"}]}`, 400, "invalid_blocks"},
		{"all blocks too long", `{"blocks":[` + repeat(section(strings.Repeat("x", 2900)), 5) + `]}`, 400, "msg_blocks_too_long"},
		{"text too long", `{"text":"` + strings.Repeat("x", 40001) + `"}`, 400, "msg_too_long"},
		{"an unknown block", `{"blocks":[{"type":"marquee"}]}`, 400, "invalid_blocks"},
		{"an unknown type of text", `{"blocks":[{"type":"section","text":{"type":"html","text":"x"}}]}`, 400, "invalid_blocks"},
		{"a header too long", `{"blocks":[{"type":"header","text":{"type":"plain_text","text":"` + strings.Repeat("x", 151) + `"}}]}`, 400, "invalid_blocks"},
		{"a header with mark-up", `{"blocks":[{"type":"header","text":{"type":"mrkdwn","text":"x"}}]}`, 400, "invalid_blocks"},
		{"too many fields", `{"blocks":[{"type":"section","fields":[` + repeat(`{"type":"mrkdwn","text":"x"}`, 11) + `]}]}`, 400, "invalid_blocks"},
		{"a field too long", `{"blocks":[{"type":"section","fields":[{"type":"mrkdwn","text":"` + strings.Repeat("x", 2001) + `"}]}]}`, 400, "invalid_blocks"},
		{"an empty context", `{"blocks":[{"type":"context","elements":[]}]}`, 400, "invalid_blocks"},
		{"emoji on mrkdwn", `{"blocks":[{"type":"section","text":{"type":"mrkdwn","text":"x","emoji":true}}]}`, 400, "invalid_blocks"},
		{"blocks that are none", `{"blocks":["x"]}`, 400, "invalid_blocks_format"},
		{"an unescaped bracket", `{"blocks":[` + section("a < b") + `]}`, 400, "invalid_blocks"},
		{"an unescaped ampersand", `{"blocks":[` + section("a & b") + `]}`, 400, "invalid_blocks"},
		{"a link of another kind", `{"blocks":[` + section("<javascript:alert(1)|x>") + `]}`, 400, "invalid_blocks"},
		{"a link", `{"blocks":[` + section("<https://example.org/?a=b&amp;c|x>") + `]}`, 200, "ok"},
		{"no colour", `{"text":"x","attachments":[{"color":"red"}]}`, 400, "invalid_attachments"},
	} {
		s := slacktest.New(slacktest.Options{})
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/services/T/B/x", strings.NewReader(c.body)))
		if w.Code != c.status || w.Body.String() != c.answer {
			t.Errorf("%s: %d %q, want %d %q (%v)", c.why, w.Code, w.Body, c.status, c.answer, s.Refused())
		}
		if taken := len(s.Messages()); taken == 1 != (c.status == 200) {
			t.Errorf("%s: %d messages", c.why, taken)
		}
	}
}

func TestKnownWebhooks(t *testing.T) {
	s := slacktest.New(slacktest.Options{Webhooks: map[string]string{"/services/T/B/x": "#web"}})
	for path, status := range map[string]int{"/services/T/B/x": 200, "/services/T/B/y": 404, "/other": 404} {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest(http.MethodPost, path, strings.NewReader(`{"text":"x"}`)))
		if w.Code != status {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	if got := s.Messages(); len(got) != 1 || got[0].Channel != "#web" || !got[0].Webhook {
		t.Errorf("messages %+v", got)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/services/T/B/x", nil))
	if w.Code != http.StatusMethodNotAllowed {
		t.Errorf("GET: %d", w.Code)
	}
}

// The API takes JSON and forms, and checks token and channel.
func TestChat(t *testing.T) {
	for _, c := range []struct{ why, kind, bearer, body, want string }{
		{"JSON", "application/json; charset=utf-8", "xoxb-1", `{"channel":"C1","text":"x"}`, ""},
		{"a form", "application/x-www-form-urlencoded", "", url.Values{"token": {"xoxb-1"}, "channel": {"C1"}, "attachments": {`[{"blocks":[` + section("x") + `]}]`}}.Encode(), ""},
		{"no token", "application/json", "", `{"channel":"C1","text":"x"}`, "not_authed"},
		{"the wrong token", "application/json", "xoxb-2", `{"channel":"C1","text":"x"}`, "invalid_auth"},
		{"no channel", "application/json", "xoxb-1", `{"text":"x"}`, "channel_not_found"},
		{"the wrong channel", "application/json", "xoxb-1", `{"channel":"C2","text":"x"}`, "channel_not_found"},
		{"nothing in it", "application/json", "xoxb-1", `{"channel":"C1"}`, "no_text"},
		{"no JSON", "application/json", "xoxb-1", `{`, "invalid_json"},
		{"no JSON in a form", "application/x-www-form-urlencoded", "", "token=xoxb-1&channel=C1&blocks={", "invalid_json"},
		{"neither", "text/plain", "xoxb-1", `{"channel":"C1","text":"x"}`, "invalid_post_type"},
		{"blocks", "application/json", "xoxb-1", `{"channel":"C1","blocks":[` + repeat(section("x"), 51) + `]}`, "invalid_blocks"},
	} {
		s := slacktest.New(slacktest.Options{Token: "xoxb-1", Channels: []string{"C1"}})
		r := httptest.NewRequest(http.MethodPost, "/api/chat.postMessage", strings.NewReader(c.body))
		r.Header.Set("Content-Type", c.kind)
		if c.bearer != "" {
			r.Header.Set("Authorization", "Bearer "+c.bearer)
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		var got struct {
			OK    bool
			Error string
			TS    string
		}
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
			t.Fatalf("%s: %v", c.why, err)
		}
		if got.OK != (c.want == "") || got.Error != c.want || got.OK != (got.TS != "") {
			t.Errorf("%s: %+v, want %q", c.why, got, c.want)
		}
	}
}

// Places of messages are distinct, and who waits is told.
func TestChanged(t *testing.T) {
	s := slacktest.New(slacktest.Options{})
	for n := range 3 {
		changed := s.Changed()
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/services/x", strings.NewReader(fmt.Sprintf(`{"text":"%d"}`, n))))
		select {
		case <-changed:
		default:
			t.Fatal("nobody was told")
		}
	}
	seen := map[string]bool{}
	for _, m := range s.Messages() {
		seen[m.TS] = true
	}
	if len(seen) != 3 {
		t.Errorf("places %v", seen)
	}
	s.Reset()
	if len(s.Messages())+s.Requests() != 0 {
		t.Error("not forgotten")
	}
}
