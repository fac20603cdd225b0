package slacktest_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"tocsin/notifier/slack/slacktest"
)

// pressable is a message with a button and a menu.
const pressable = `{"channel":"#web","text":"x","attachments":[{"blocks":[{"type":"actions","elements":[
	{"type":"button","action_id":"b","value":"v","text":{"type":"plain_text","text":"t"}},
	{"type":"static_select","action_id":"m","placeholder":{"type":"plain_text","text":"p"},"options":[{"value":"o","text":{"type":"plain_text","text":"one"}}]}]}]}]}`

// A client is one that says what a test wants it to.
func client(t *testing.T, s *slacktest.Server) *websocket.Conn {
	t.Helper()
	h := httptest.NewServer(s)
	t.Cleanup(h.Close)
	r := httptest.NewRequest(http.MethodPost, h.URL+"/api/apps.connections.open", nil)
	r.Header.Set("Authorization", "Bearer xapp-1")
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	_, address, _ := strings.Cut(w.Body.String(), `"url":"`)
	address, _, _ = strings.Cut(address, `"`)
	c, resp, err := websocket.DefaultDialer.Dial(address, nil)
	if err != nil {
		t.Fatalf("%v in %s", err, w.Body)
	}
	_ = resp.Body.Close()
	t.Cleanup(func() { _ = c.Close() })
	_, resp, err = websocket.DefaultDialer.Dial(address, nil)
	if err == nil || resp.StatusCode != http.StatusForbidden {
		t.Errorf("an address serves twice: %v", err)
	}
	_ = resp.Body.Close()
	var hello struct{ Type string }
	if err := c.ReadJSON(&hello); err != nil || hello.Type != "hello" {
		t.Fatalf("greeted with %+v, %v", hello, err)
	}
	return c
}

// A press is an envelope that wants its acknowledgement within three seconds.
func TestPress(t *testing.T) {
	t.Parallel()
	s := slacktest.New(slacktest.Options{})
	call(t, s, "chat.postMessage", pressable)
	m := s.Messages()[0]
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Press(ctx, m, "b", "", [2]string{"U1", "ada"}); err == nil {
		t.Error("pressed without a client")
	}
	c := client(t, s)
	for _, p := range [][2]string{{"x", ""}, {"m", "two"}} {
		if err := s.Press(t.Context(), m, p[0], p[1], [2]string{"U1", "ada"}); err == nil {
			t.Errorf("pressed %v, which is not there", p)
		}
	}
	began := time.Now()
	if err := s.Press(t.Context(), m, "m", "one", [2]string{"U1", "ada"}); err == nil || time.Since(began) < 3*time.Second {
		t.Errorf("nobody answered: %v", err)
	}
	var got struct {
		Type       string
		EnvelopeID string `json:"envelope_id"`
		Payload    struct {
			ResponseURL string `json:"response_url"`
			User        struct{ ID, Username string }
			Actions     []struct {
				SelectedOption struct{ Value string } `json:"selected_option"`
			}
		}
	}
	if err := c.ReadJSON(&got); err != nil || got.Type != "interactive" || got.Payload.User.Username != "ada" || got.Payload.Actions[0].SelectedOption.Value != "o" {
		t.Fatalf("%+v, %v", got, err)
	}
	changed := s.Changed()
	if err := c.WriteJSON(map[string]string{"envelope_id": "another"}); err != nil {
		t.Fatal(err)
	}
	<-changed
	if acks := s.Acks(); len(acks) != 1 || !acks[0].Late {
		t.Errorf("acknowledgements %+v", acks)
	}
	for address, status := range map[string]int{got.Payload.ResponseURL: 200, got.Payload.ResponseURL + "x": 404} {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest(http.MethodPost, address, strings.NewReader(`{"text":"done","response_type":"ephemeral"}`)))
		if w.Code != status {
			t.Errorf("answer to %s: %d", address, w.Code)
		}
	}
	if r := s.Responses(); len(r) != 1 || r[0] != (slacktest.Response{User: "U1", Text: "done", Type: "ephemeral"}) {
		t.Errorf("answers %+v", r)
	}
}
