package slack

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"tocsin/notifier"
	"tocsin/notifier/attempt"
	"tocsin/notifier/slack/slacktest"
)

const appToken = "xapp-very-secret"

// An ear is a listener at work, and what it heard.
type ear struct {
	*world
	post slacktest.Message
	log  *logged

	mu    sync.Mutex
	heard []Action
}

// logged is a log that may be read while it is written.
type logged struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// listening posts a message with buttons and listens for its presses.
func listening(t *testing.T, o slacktest.Options, act Act, change func(*Settings)) *ear {
	t.Helper()
	e := &ear{world: newWorld(t, o), log: &logged{}}
	s := e.bot()
	s.AppToken = attempt.Secret{Value: appToken}
	if change != nil {
		change(&s)
	}
	sender := bot(t, e.world, func(to *Settings) { to.AppToken = s.AppToken })
	d := thread(t, "first", "")
	d.Group.Episode = "0123456789abcdef"
	if end := deliver(t, sender, d); end.Outcome != notifier.Delivered {
		t.Fatal(end)
	}
	e.post = e.slack.Messages()[0]
	all, err := Listeners([]Settings{{}, s, s}, func(ctx context.Context, a Action) (string, error) {
		e.mu.Lock()
		e.heard = append(e.heard, a)
		e.mu.Unlock()
		return act(ctx, a)
	}, slog.New(slog.NewTextHandler(e.log, nil)))
	if err != nil || len(all) != 1 {
		t.Fatalf("%d listeners, %v", len(all), err)
	}
	all[0].first = time.Millisecond
	ctx, cancel := context.WithCancel(t.Context())
	var wait sync.WaitGroup
	wait.Go(func() { all[0].Run(ctx) })
	t.Cleanup(func() {
		cancel()
		wait.Wait()
		if strings.Contains(e.log.String(), "very-secret") {
			t.Errorf("a secret is in %s", e.log)
		}
	})
	return e
}

func (e *ear) actions() []Action {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]Action(nil), e.heard...)
}

// press presses, and fails the test if nobody acknowledges.
func (e *ear) press(t *testing.T, action, option string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), plenty)
	defer cancel()
	if err := e.slack.Press(ctx, e.post, action, option, [2]string{"U1", "ada.l"}); err != nil {
		t.Fatalf("press %s %s: %v\n%s", action, option, err, e.log)
	}
}

// until waits until something is so.
func (e *ear) until(t *testing.T, what string, so func() bool) {
	t.Helper()
	late := time.After(plenty)
	for {
		changed := e.slack.Changed()
		if so() {
			return
		}
		select {
		case <-changed:
		case <-late:
			t.Fatalf("never: %s\n%s", what, e.log)
		}
	}
}

func said(text string) Act { return func(context.Context, Action) (string, error) { return text, nil } }

// Whoever presses is named, and told what came of it.
func TestPresses(t *testing.T) {
	e := listening(t, slacktest.Options{Token: token, AppToken: appToken, Users: map[string]string{"U1": "Ada"}}, said("done <by> ada: 3 alerts"), nil)
	ref := Reference("0123456789abcdef", "slack-1")
	base := Action{Reference: ref, Episode: "0123456789abcdef", UserID: "U1", UserName: "Ada", Handle: e.post.ID + ":" + e.post.TS}
	ack, hour, four, end := base, base, base, base
	ack.Kind = Acknowledge
	hour.Kind, hour.For = Silence, time.Hour
	four.Kind, four.For = Silence, 4*time.Hour
	end.Kind = Silence
	want := []Action{ack, hour, four, end}
	e.press(t, ackID, "")
	for _, option := range []string{"for 1 hour", "for 4 hours", "until resolved"} {
		e.press(t, silenceID, option)
	}
	e.until(t, "four answers", func() bool { return len(e.slack.Responses()) == len(want) })
	for n, got := range e.actions() {
		if got != want[n] {
			t.Errorf("heard %+v, want %+v", got, want[n])
		}
	}
	for _, r := range e.slack.Responses() {
		if r.User != "U1" || r.Type != "ephemeral" || r.Text != "done &lt;by&gt; ada: 3 alerts" {
			t.Errorf("answer %+v", r)
		}
	}
	for _, a := range e.slack.Acks() {
		if a.Late {
			t.Errorf("%+v", a)
		}
	}
	if refused := e.slack.Refused(); len(refused) > 0 {
		t.Errorf("refused %v", refused)
	}
}

// The acknowledgement never waits for what is to be done.
func TestPressIsAcknowledgedAtOnce(t *testing.T) {
	acknowledged := make(chan struct{})
	e := listening(t, slacktest.Options{}, func(ctx context.Context, _ Action) (string, error) {
		select {
		case <-acknowledged:
			return "done", nil
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}, nil)
	e.press(t, ackID, "")
	e.press(t, ackID, "")
	close(acknowledged)
	e.until(t, "two answers", func() bool { return len(e.slack.Responses()) == 2 })
	if got := e.slack.Responses()[0].Text; got != "done" {
		t.Errorf("answer %q", got)
	}
}

// A token that may not ask for names asks once; the press's own name serves.
func TestPressWithoutScope(t *testing.T) {
	e := listening(t, slacktest.Options{Scopes: []string{"chat:write"}}, said("done"), nil)
	e.press(t, ackID, "")
	e.press(t, ackID, "")
	e.until(t, "two answers", func() bool { return len(e.slack.Responses()) == 2 })
	for _, a := range e.actions() {
		if a.UserName != "ada.l" {
			t.Errorf("name %q", a.UserName)
		}
	}
	if refused := e.slack.Refused(); len(refused) != 1 {
		t.Errorf("refused %v", refused)
	}
}

// What can't be done is said to who pressed.
func TestPressFails(t *testing.T) {
	e := listening(t, slacktest.Options{}, func(context.Context, Action) (string, error) {
		return "", errors.New("the episode is over")
	}, nil)
	e.press(t, ackID, "")
	e.until(t, "an answer", func() bool { return len(e.slack.Responses()) == 1 })
	if got := e.slack.Responses()[0].Text; got != "not done (acknowledge): the episode is over" {
		t.Errorf("answer %q", got)
	}
}

// A connection that is asked to go or is cut is replaced.
func TestReconnects(t *testing.T) {
	e := listening(t, slacktest.Options{}, said("done"), nil)
	for n, end := range []func(){e.slack.Disconnect, e.slack.Sever, e.slack.Disconnect} {
		e.press(t, ackID, "")
		end()
		e.until(t, "another connection", func() bool {
			_, ever := e.slack.Connections()
			return ever == n+2
		})
	}
	e.press(t, ackID, "")
	e.until(t, "four answers", func() bool { return len(e.slack.Responses()) == 4 })
}

// What is not one of our presses is acknowledged, and no more.
func TestForeignEnvelopes(t *testing.T) {
	e := listening(t, slacktest.Options{}, said("done"), nil)
	e.press(t, ackID, "") // somebody listens
	action := func(id, value string) string {
		return `{"type":"block_actions","user":{"id":"U1"},"actions":[{"type":"button","block_id":"b","action_id":"` + id + `","value":"` + value + `"}]}`
	}
	for _, payload := range []string{
		action("other", "x"), action(ackID, ""), action(ackID, "<!channel>:12345678"), action(ackID, strings.Repeat("x", 200)+":12345678"),
		action(silenceID, "x"), `{"type":"block_actions","actions":[]}`, `{"type":"view_submission"}`,
		`{"type":"block_actions","actions":[{"type":"button","block_id":"b","action_id":"` + ackID + `","value":"e:12345678"}]}`,
	} {
		before := len(e.slack.Acks())
		e.slack.Say(json.RawMessage(`{"type":"interactive","envelope_id":"foreign","payload":` + payload + `}`))
		e.until(t, "an acknowledgement of "+payload, func() bool { return len(e.slack.Acks()) == before+1 })
	}
	for _, raw := range []string{`{"type":"carrier_pigeon"}`, `{"type":"interactive","envelope_id":"x","payload":[]}`, `"x"`, `{"type":"interactive"}`} {
		e.slack.Say(json.RawMessage(raw))
	}
	e.press(t, ackID, "")
	e.until(t, "two answers", func() bool { return len(e.slack.Responses()) == 2 })
	if n := len(e.actions()); n != 2 {
		t.Errorf("%d actions: %+v", n, e.actions())
	}
}

// Until the token is right nothing is heard; a new one is used as soon as it is
// there.
func TestAppTokenIsReadEachTime(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	write := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("xapp-wrong-very-secret")
	e := listening(t, slacktest.Options{AppToken: appToken}, said("done"), func(s *Settings) { s.AppToken = attempt.Secret{File: file} })
	e.until(t, "a second refusal", func() bool { return len(e.slack.Refused()) > 1 })
	write(appToken)
	e.press(t, ackID, "")
	if !strings.Contains(e.log.String(), "invalid_auth") {
		t.Errorf("log %s", e.log)
	}
}

// Tokens that make no listener.
func TestListenerSettings(t *testing.T) {
	if _, err := NewListener(Settings{}, nil, nil); err == nil {
		t.Error("no token: no error")
	}
	if _, err := New(Settings{WebhookURL: attempt.Secret{Value: "x"}, AppToken: attempt.Secret{Value: "x"}}, nil); err == nil {
		t.Error("a webhook with an app-level token: no error")
	}
}
