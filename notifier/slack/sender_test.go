package slack

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/config"

	"tocsin/notifier"
	"tocsin/notifier/attempt"
	"tocsin/notifier/message"
	"tocsin/notifier/message/messagetest"
	"tocsin/notifier/slack/slacktest"
)

const (
	token  = "xoxb-very-secret"
	secret = "/services/T000/B000/very-secret"
)

// world is a stand-in on loopback and the two kinds of sender to it.
type world struct {
	slack *slacktest.Server
	http  *httptest.Server
}

func newWorld(t *testing.T, o slacktest.Options) *world {
	t.Helper()
	s := slacktest.New(o)
	h := httptest.NewServer(s)
	t.Cleanup(h.Close)
	return &world{s, h}
}

func (w *world) webhook() Settings {
	return Settings{WebhookURL: attempt.Secret{Value: config.Secret(w.http.URL + secret)}}
}

func (w *world) bot() Settings {
	return Settings{Token: attempt.Secret{Value: token}, APIURL: w.http.URL + "/api", Channel: "#web"}
}

// Deadlines of attempts: what should end by itself has plenty, for the machine
// may be busy; what hangs has less.
const (
	plenty = 20 * time.Second
	little = time.Second
)

func send(t *testing.T, s Settings) notifier.Settled {
	t.Helper()
	return sendWithin(t, plenty, s)
}

func sendWithin(t *testing.T, limit time.Duration, s Settings) notifier.Settled {
	t.Helper()
	sender, err := New(s, message.NewMaker(renderer(t), nil))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	d := messagetest.Cases()[0].Delivery
	d.Attempt = 3
	end := sender.Send(ctx, d)
	if end.ID != d.ID || end.Attempt != 3 {
		t.Errorf("settled %q attempt %d", end.ID, end.Attempt)
	}
	if strings.Contains(end.Error, "very-secret") {
		t.Errorf("a secret is in %q", end.Error)
	}
	return end
}

func TestDelivered(t *testing.T) {
	w := newWorld(t, slacktest.Options{Token: token, Channels: []string{"#web"}})
	if end := send(t, w.webhook()); end.Outcome != notifier.Delivered || end.Handle != "" || end.Error != "" {
		t.Errorf("webhook: %+v", end)
	}
	end := send(t, w.bot())
	got := w.slack.Messages()
	if end.Outcome != notifier.Delivered || len(got) != 2 || end.Handle != slacktest.ChannelID("#web")+":"+got[1].TS {
		t.Fatalf("bot: %+v", end)
	}
	if !strings.Contains(got[1].Text, "ApiLatencyP95") || !strings.Contains(string(got[1].Metadata), `"id-first"`) {
		t.Errorf("took %q %s", got[1].Text, got[1].Metadata)
	}
	if refused := w.slack.Refused(); len(refused) > 0 {
		t.Errorf("refused %v", refused)
	}
}

// Each way in which Slack fails, by webhook and by token.
func TestOutcomes(t *testing.T) {
	type want struct {
		outcome notifier.Outcome
		after   time.Duration
		error   string
	}
	for _, c := range []struct {
		why          string
		fault        slacktest.Fault
		webhook, bot want
	}{
		{
			"429 says when to come back",
			slacktest.Fault{Status: 429, RetryAfter: 7 * time.Second},
			want{notifier.Refused, 7 * time.Second, "429"},
			want{notifier.Refused, 7 * time.Second, "429"},
		},
		{
			"429 without Retry-After",
			slacktest.Fault{Status: 429},
			want{notifier.Refused, 0, "429"},
			want{notifier.Refused, 0, "429"},
		},
		{
			"a server error is for later",
			slacktest.Fault{Status: 503, Body: "<html>oops</html>"},
			want{notifier.Refused, 0, "503"},
			want{notifier.Refused, 0, "503"},
		},
		{
			"a client error is for ever",
			slacktest.Fault{Status: 400, Body: "invalid_blocks"},
			want{notifier.Rejected, 0, "400 invalid_blocks"},
			want{notifier.Rejected, 0, "400 invalid_blocks"},
		},
		{
			"a webhook that is gone",
			slacktest.Fault{Status: 410, Body: "channel_is_archived"},
			want{notifier.Rejected, 0, "channel_is_archived"},
			want{notifier.Rejected, 0, "channel_is_archived"},
		},
		{
			"a redirect is not followed",
			slacktest.Fault{Status: 302},
			want{notifier.Rejected, 0, "302"},
			want{notifier.Rejected, 0, "302"},
		},
		{
			"no answer in time: nobody knows",
			slacktest.Fault{Hang: true},
			want{notifier.Unknown, 0, "deadline exceeded"},
			want{notifier.Unknown, 0, "deadline exceeded"},
		},
		{
			"taken, then cut: nobody knows",
			slacktest.Fault{Cut: true},
			want{notifier.Unknown, 0, "EOF"},
			want{notifier.Unknown, 0, "EOF"},
		},
		{
			"not taken, but cut after the body: nobody knows",
			slacktest.Fault{Drop: true},
			want{notifier.Unknown, 0, "EOF"},
			want{notifier.Unknown, 0, "EOF"},
		},
		{
			"200 is all that a webhook says",
			slacktest.Fault{Status: 200, Body: "<html>"},
			want{notifier.Delivered, 0, ""},
			want{notifier.Unknown, 0, "not as Slack does"},
		},
		{
			"an answer without ts",
			slacktest.Fault{Status: 200, Body: `{"ok":true}`},
			want{notifier.Delivered, 0, ""},
			want{notifier.Unknown, 0, "no ts"},
		},
	} {
		t.Run(c.why, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, slacktest.Options{})
			for _, kind := range []struct {
				name     string
				settings Settings
				want     want
			}{{"webhook", w.webhook(), c.webhook}, {"bot", w.bot(), c.bot}} {
				w.slack.Fail(c.fault)
				before := w.slack.Requests()
				limit := plenty
				if c.fault.Hang {
					limit = little
				}
				end := sendWithin(t, limit, kind.settings)
				if end.Outcome != kind.want.outcome || end.RetryAfter != kind.want.after || !strings.Contains(end.Error, kind.want.error) || end.Error == "" != (kind.want.error == "") {
					t.Errorf("%s: %v, retry after %v, %q; want %+v", kind.name, end.Outcome, end.RetryAfter, end.Error, kind.want)
				}
				if n := w.slack.Requests() - before; n != 1 {
					t.Errorf("%s: %d requests in one attempt", kind.name, n)
				}
			}
		})
	}
}

// What the API says with ok: false.
func TestAPIErrors(t *testing.T) {
	for _, c := range []struct {
		code string
		want notifier.Outcome
	}{
		{"channel_not_found", notifier.Rejected},
		{"not_in_channel", notifier.Rejected},
		{"is_archived", notifier.Rejected},
		{"invalid_auth", notifier.Rejected},
		{"token_revoked", notifier.Rejected},
		{"missing_scope", notifier.Rejected},
		{"invalid_blocks", notifier.Rejected},
		{"msg_blocks_too_long", notifier.Rejected},
		{"no_text", notifier.Rejected},
		{"never_heard_of", notifier.Rejected},
		{"ratelimited", notifier.Refused},
		{"service_unavailable", notifier.Refused},
		{"request_timeout", notifier.Refused},
		{"internal_error", notifier.Unknown}, // part of it may be done, says Slack
		{"fatal_error", notifier.Unknown},
	} {
		w := newWorld(t, slacktest.Options{})
		w.slack.Fail(slacktest.Fault{Error: c.code})
		if end := send(t, w.bot()); end.Outcome != c.want || !strings.Contains(end.Error, c.code) {
			t.Errorf("%s: %v %q", c.code, end.Outcome, end.Error)
		}
	}
}

// Before a byte of the body has left, nothing was taken.
func TestNotReached(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := "http://" + l.Addr().String()
	_ = l.Close()
	silent, err := net.Listen("tcp", "127.0.0.1:0") // accepts, and never shakes hands
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	missing := filepath.Join(t.TempDir(), "missing")
	for _, c := range []struct {
		why      string
		settings Settings
		error    string
	}{
		{"connection refused", Settings{WebhookURL: attempt.Secret{Value: config.Secret(closed + secret)}}, "refused"},
		{"no such host", Settings{WebhookURL: attempt.Secret{Value: "http://no-such-host.invalid" + secret}}, "no-such-host.invalid"},
		{"a TLS handshake that hangs", Settings{WebhookURL: attempt.Secret{Value: config.Secret("https://" + silent.Addr().String() + secret)}}, "deadline exceeded"},
		{"the file of the URL is missing", Settings{WebhookURL: attempt.Secret{File: missing}}, "no such file"},
		{"a URL that is none", Settings{WebhookURL: attempt.Secret{Value: "very-secret"}}, "not an http"},
		{"the API refuses the connection", Settings{Token: attempt.Secret{Value: token}, APIURL: closed, Channel: "#x"}, "refused"},
		{"the file of the token is missing", Settings{Token: attempt.Secret{File: missing}, Channel: "#x"}, "no such file"},
	} {
		limit := plenty
		if strings.Contains(c.why, "hangs") {
			limit = little
		}
		if end := sendWithin(t, limit, c.settings); end.Outcome != notifier.Refused || !strings.Contains(end.Error, c.error) {
			t.Errorf("%s: %v %q", c.why, end.Outcome, end.Error)
		}
	}
}

// A rotated token is used at the next attempt.
func TestF38TokenIsReadEachTime(t *testing.T) {
	w := newWorld(t, slacktest.Options{Token: token})
	file := filepath.Join(t.TempDir(), "token")
	s := w.bot()
	s.Token = attempt.Secret{File: file}
	for _, c := range []struct {
		text string
		want notifier.Outcome
	}{{"xoxb-old", notifier.Rejected}, {"", notifier.Refused}, {token + "\n", notifier.Delivered}} {
		if err := os.WriteFile(file, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if end := send(t, s); end.Outcome != c.want {
			t.Errorf("token %q: %+v", c.text, end)
		}
	}
}

// Slack's own limit, one message a second and channel, is met with Retry-After.
func TestRateLimit(t *testing.T) {
	now := time.Unix(1795356600, 0)
	w := newWorld(t, slacktest.Options{Every: time.Second, Now: func() time.Time { return now }})
	for _, want := range []notifier.Outcome{notifier.Delivered, notifier.Refused} {
		if end := send(t, w.bot()); end.Outcome != want || want == notifier.Refused && end.RetryAfter != time.Second {
			t.Errorf("%+v, want %v", end, want)
		}
	}
	now = now.Add(time.Second)
	if end := send(t, w.bot()); end.Outcome != notifier.Delivered {
		t.Errorf("a second later: %+v", end)
	}
}

func TestSettings(t *testing.T) {
	for _, c := range []struct {
		why string
		s   Settings
	}{
		{"neither webhook nor token", Settings{}},
		{"both", Settings{WebhookURL: attempt.Secret{Value: "x"}, Token: attempt.Secret{Value: "x"}, Channel: "x"}},
		{"a token without a channel", Settings{Token: attempt.Secret{Value: "x"}}},
		{"a bad HTTP config", Settings{WebhookURL: attempt.Secret{Value: "x"}, HTTPConfig: &config.HTTPClientConfig{TLSConfig: config.TLSConfig{CAFile: "/nonexistent"}}}},
	} {
		if _, err := New(c.s, nil); err == nil {
			t.Errorf("%s: no error", c.why)
		}
	}
	var _ http.Handler = slacktest.New(slacktest.Options{})
}
