package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tocsin/notifier"
	"tocsin/notifier/message/sample"
	"tocsin/rules"
)

// A catcher takes webhooks and answers as it is told.
type catcher struct {
	*httptest.Server
	mu     sync.Mutex
	status int
	got    []string // status and alertname of each
}

func newCatcher(t *testing.T, status int) *catcher {
	c := &catcher{status: status}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body struct {
			Status string
			Alerts []struct{ Labels map[string]string }
		}
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			t.Error(err)
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.got = append(c.got, body.Status+" "+body.Alerts[0].Labels["alertname"]+" "+body.Alerts[0].Labels["severity"])
		w.WriteHeader(c.status)
	}))
	t.Cleanup(c.Close)
	return c
}

func notifyTest(t *testing.T, c *catcher, args ...string) (code int, out, err string) {
	t.Helper()
	t.Chdir(t.TempDir())
	write(t, "tocsin.yaml", strings.Replace(smallConfig, "http://127.0.0.1:1/'", c.URL+"/secret'", 1))
	write(t, "rules.yaml", strings.Replace(smallRules, "warn: {below: 1}", "warn: {below: 1}, annotations: {summary: 'who: {{ $labels.who }}'}", 1))
	return on(t, nil, append([]string{"notify-test"}, args...)...)
}

func TestNotifyTest(t *testing.T) {
	c := newCatcher(t, 200)
	code, out, stderr := notifyTest(t, c, "all", "--level=error")
	want := []string{
		"firing TocsinTest critical", "firing TocsinTest critical", "firing TocsinTest critical",
		"resolved TocsinTest critical", "firing TocsinTest critical",
	}
	if code != exitOK || !slices.Equal(c.got, want) {
		t.Errorf("code %d, sent %q\n%s%s", code, c.got, out, stderr)
	}
	if strings.Count(out, "webhook: ") != 5 || !strings.Contains(out, "5 samples delivered") {
		t.Error(out)
	}
}

// A failure says what to do, ends the trial of its integration, and is exit code 1.
func TestNotifyTestThatFails(t *testing.T) {
	c := newCatcher(t, 404)
	code, out, _ := notifyTest(t, c, "all")
	if code != exitBad || len(c.got) != 1 || strings.Contains(out, "secret") {
		t.Errorf("code %d, sent %q\n%s", code, c.got, out)
	}
	for _, want := range []string{"webhook: firing: rejected, ", "404 Not Found", "do: the address is not there", "4 more samples left out", "1 of 1 attempt not"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
}

// A dry run prints one kind, of a rule, and sends nothing.
func TestNotifyTestDryRun(t *testing.T) {
	c := newCatcher(t, 200)
	code, out, stderr := notifyTest(t, c, "all", "--dry-run", "--kind=resolved", "--rule=Down")
	if code != exitOK || len(c.got) != 0 {
		t.Errorf("code %d, sent %q\n%s%s", code, c.got, out, stderr)
	}
	for _, want := range []string{"would send to all (webhook)", "RESOLVED TocsinTest", "! this is a test", "who: who"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
}

func TestNotifyTestUsage(t *testing.T) {
	c := newCatcher(t, 200)
	for _, w := range []struct{ arg, flag, want string }{
		{"nobody", "--kind=all", `there is no receiver "nobody", but all`},
		{"all", "--rule=Up", `there is no rule "Up"`},
		{"all", "--kind=loud", "loud"},
		{"all", "--config.file=nowhere.yml", "nowhere.yml"},
	} {
		if code, _, stderr := notifyTest(t, c, w.arg, w.flag); code != exitUsage || !strings.Contains(stderr, w.want) {
			t.Errorf("%s %s: code %d, %s", w.arg, w.flag, code, stderr)
		}
	}
}

// Where messages can be edited and answered, all of that is tried on the first;
// what an integration never sends is left out.
func TestTestSteps(t *testing.T) {
	all := []sample.Kind{sample.Firing, sample.Raised, sample.Reminder, sample.Resolved, sample.Digest}
	for _, c := range []struct {
		why   string
		in    rules.Integration
		kinds []sample.Kind
		want  string
	}{
		{"a webhook gets each as it is", rules.Integration{SendResolved: true}, all, "firing; raised; reminder; resolved; digest"},
		{"no resolved where none is sent", rules.Integration{}, all, "firing; raised; reminder; digest"},
		{"no digest to a service for incidents", rules.Integration{SendResolved: true, Incident: true}, all, "firing; raised; reminder; resolved"},
		{
			"a thread: the first message is kept true and answered",
			rules.Integration{SendResolved: true, Threads: true},
			all,
			"firing; raised, edit; raised, broadcast; reminder, edit; reminder, broadcast; resolved, edit; resolved, reply; digest",
		},
		{"one kind alone is a message of its own", rules.Integration{SendResolved: true, Threads: true}, all[1:2], "raised"},
	} {
		var got []string
		for _, s := range testSteps(c.kinds, c.in) {
			got = append(got, s.String())
		}
		if text := strings.Join(got, "; "); text != c.want {
			t.Errorf("%s: %s", c.why, text)
		}
	}
}

// Each effect of a thread has its id, and those on the first message its handle.
func TestTestDeliveries(t *testing.T) {
	scene := sample.Scene{Rule: sample.TestRule(), Level: rules.Warn, At: 1}
	seen := map[string]bool{}
	for _, s := range testSteps([]sample.Kind{sample.Firing, sample.Raised, sample.Resolved}, rules.Integration{SendResolved: true, Threads: true}) {
		d := s.deliver(scene, rules.Integration{}, "C:1")
		if seen[d.ID] || (d.Root == "C:1") != (d.Effect != notifier.Post) || (d.Reason == notifier.ReasonFace) != (d.Effect == notifier.Edit) {
			t.Errorf("%s: %+v", s, d)
		}
		seen[d.ID] = true
	}
}

func TestAdvice(t *testing.T) {
	for _, c := range []struct {
		outcome notifier.Outcome
		err     string
		want    string
	}{
		{notifier.Rejected, "slack: channel_not_found", "invite the bot"},
		{notifier.Refused, "email: dial tcp: lookup mail.example.org: no such host", "does not resolve"},
		{notifier.Refused, "webhook: dial tcp 127.0.0.1:1: connect: connection refused", "nobody listens"},
		{notifier.Rejected, "email: 535 5.7.8 bad credentials", "auth_password"},
		{notifier.Delivered, `slack text: template: :1: function "x" not defined`, "mend the template"},
		{notifier.Unknown, "webhook: context deadline exceeded", "no answer in time"},
		{notifier.Unknown, "webhook: EOF", "may have arrived"},
		{notifier.Refused, "webhook: answered 500", "try this again"},
		{notifier.Rejected, "webhook: answered 418", "would not try this again"},
		{notifier.Delivered, "left: ada@example.org", "it has arrived"},
	} {
		if got := advice(notifier.Settled{Outcome: c.outcome, Error: c.err}); !strings.Contains(got, c.want) {
			t.Errorf("%s: %s", c.err, got)
		}
	}
}

// Between two messages as much time passes as the service asks for.
func TestNotifyTestKeepsThePace(t *testing.T) {
	began := time.Now()
	pause(t.Context(), 20*time.Millisecond)
	if took := time.Since(began); took < 20*time.Millisecond {
		t.Errorf("%s", took)
	}
}

// A threader keeps what it is sent, and gives the first message a handle.
type threader struct{ got []string }

func (s *threader) Send(_ context.Context, d notifier.Delivery) notifier.Settled {
	s.got = append(s.got, d.Effect.String()+" "+d.Root)
	return notifier.Settled{ID: d.ID, Attempt: d.Attempt, Outcome: notifier.Delivered, Handle: fmt.Sprint("ts", len(s.got))}
}

// What edits and answers does so with the first message.
func TestNotifyTestInAThread(t *testing.T) {
	s := &threader{}
	var out strings.Builder
	trial := notifyTrial{
		out: &out, kinds: []sample.Kind{sample.Firing, sample.Raised, sample.Resolved, sample.Digest},
		scene: sample.Scene{Rule: sample.TestRule(), Level: rules.Warn, At: 1},
	}
	trial.through(t.Context(), rules.Integration{SendResolved: true, Threads: true}, "slack #ops", s)
	want := []string{"post ", "edit ts1", "broadcast ts1", "edit ts1", "reply ts1", "post "}
	if !slices.Equal(s.got, want) || trial.end() != nil || strings.Count(out.String(), "slack #ops: ") != len(want) {
		t.Errorf("%q\n%s", s.got, out.String())
	}
}
