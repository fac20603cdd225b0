package e2e

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"image/png"
	"io"
	"mime"
	"mime/multipart"
	"net/http/httptest"
	"net/mail"
	"strings"
	"testing"
	"time"

	"tocsin/e2e/eventually"
	"tocsin/notifier/email/mailtest"
	"tocsin/notifier/slack/slacktest"
)

// people are the ways to reach them that a world has besides the webhook.
type people struct {
	slack *slacktest.Server
	mail  *mailtest.Server
	yaml  string // of the receiver's further integrations
}

const (
	slackHook = "#hook"
	slackBot  = "#bot"
	botToken  = "xoxb-1-test"
)

func newPeople(t *testing.T) *people {
	t.Helper()
	p := &people{slack: slacktest.New(slacktest.Options{
		Token: botToken, Channels: []string{slackHook, slackBot},
		Webhooks: map[string]string{"/services/T/B/X": slackHook}, Every: time.Second,
	})}
	server := httptest.NewServer(p.slack)
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	var err error
	if p.mail, err = mailtest.Listen(mailtest.Options{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.mail.Close() })
	p.yaml = fmt.Sprintf(`
    slack_configs:
      - {api_url: '%[1]s/services/T/B/X', channel: '#hook'}
      - {app_token: %[2]s, app_url: '%[1]s/api/chat.postMessage', channel: '#bot'}
    email_configs:
      - {to: 'ada@example.org, bob@example.org', from: 'tocsin@example.org', smarthost: '%[3]s', require_tls: false}
`, server.URL, botToken, p.mail.Addr())
	return p
}

// posts are the messages of one Slack channel.
func (p *people) posts(channel string) []slacktest.Message {
	var of []slacktest.Message
	for _, m := range p.slack.Messages() {
		if m.Channel == channel {
			of = append(of, m)
		}
	}
	return of
}

// told waits until each channel and the mail server have n messages, and no
// more, and returns the texts of the last ones.
func (p *people) told(t *testing.T, n int) map[string]string {
	t.Helper()
	var hooked, botted []slacktest.Message
	var mails []mailtest.Mail
	eventually.Nil(t, patience, func() error {
		hooked, botted, mails = p.posts(slackHook), p.posts(slackBot), p.mail.Mails()
		if len(hooked) < n || len(botted) < n || len(mails) < n {
			return fmt.Errorf("%d by Slack's webhook, %d by its bot, %d by mail: want %d each; refused: %q",
				len(hooked), len(botted), len(mails), n, p.slack.Refused())
		}
		return nil
	})
	if len(hooked) > n || len(botted) > n || len(mails) > n {
		t.Fatalf("%d by Slack's webhook, %d by its bot, %d by mail: want %d each", len(hooked), len(botted), len(mails), n)
	}
	text, html := readMail(t, mails[n-1])
	return map[string]string{
		"Slack webhook": string(hooked[n-1].Payload), "Slack bot": string(botted[n-1].Payload),
		"mail text": text, "mail HTML": html,
	}
}

// readMail takes the two alternatives of a mail apart, with its subject. A picture
// that comes with it is a PNG, and the HTML shows it.
func readMail(t *testing.T, m mailtest.Mail) (text, html string) {
	t.Helper()
	parsed, err := mail.ReadMessage(bytes.NewReader(m.Raw))
	if err != nil {
		t.Fatalf("mail: %v\n%s", err, m.Raw)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(parsed.Header.Get("Subject"))
	if err != nil {
		t.Fatalf("mail: %v", err)
	}
	parts := map[string]string{}
	readParts(t, parsed.Header.Get("Content-Type"), parsed.Body, parts)
	if cid := strings.Trim(parts["picture"], "<>"); cid != "" && !strings.Contains(parts["text/html"], `src="cid:`+cid+`"`) {
		t.Errorf("the HTML of the mail does not show its picture, %s", cid)
	}
	return subject + "\n" + parts["text/plain"], subject + "\n" + parts["text/html"]
}

// readParts reads the texts of a multipart by their type, and the Content-ID of a
// picture.
func readParts(t *testing.T, kind string, body io.Reader, into map[string]string) {
	t.Helper()
	_, params, err := mime.ParseMediaType(kind)
	if err != nil {
		t.Fatalf("mail: %v", err)
	}
	parts := multipart.NewReader(body, params["boundary"])
	for {
		part, err := parts.NextPart() // decodes quoted-printable
		if err != nil {
			return
		}
		kind, _, _ := strings.Cut(part.Header.Get("Content-Type"), ";")
		switch {
		case strings.HasPrefix(kind, "multipart/"):
			readParts(t, part.Header.Get("Content-Type"), part, into)
		case kind == "image/png":
			into["picture"] = part.Header.Get("Content-Id")
			if _, err := png.Decode(base64.NewDecoder(base64.StdEncoding, part)); err != nil {
				t.Errorf("the picture of the mail: %v", err)
			}
		default:
			b, err := io.ReadAll(part)
			if err != nil {
				t.Fatalf("mail: %v", err)
			}
			into[kind] = string(b)
		}
	}
}

// TestLevels: a value goes up to warn and error, back to warn and to ok. Each
// step reaches Slack both ways, mail and webhook once, with the value and the
// threshold that it is.
func TestLevels(t *testing.T) {
	t.Parallel()
	w, people := newWorld(t), newPeople(t)
	w.set(`load{i="a"}`, 10)
	w.home(t, setup{receivers: people.yaml}, `
groups:
  - name: load
    rules:
      - alert: HighLoad
        expr: load
        warn: {above: 70, clear: 60}
        error: {above: 85, clear: 75}
`).Start()
	w.quiet(t, time.Second)

	for n, step := range []struct {
		value     float64
		says      string
		told      string
		threshold string
		word      string
	}{
		{73, "HighLoad a warn", "73", "70", "WARN"},
		{91, "HighLoad a error", "91", "85", "ERROR"},
		{71, "HighLoad a warn", "71", "70", "WARN"},
		{40, "HighLoad a resolved", "40", "70", "RESOLVED"},
	} {
		w.gauges.Set(`load{i="a"}`, step.value)
		alert := w.expect(t, n, step.says)[0].Message.Alerts[0]
		if got := unquote(alert.Value); got != step.told {
			t.Errorf("%s: webhook: value %s, want %s", step.says, got, step.told)
		}
		if got := unquote(alert.Threshold); got != step.threshold {
			t.Errorf("%s: webhook: threshold %s, want %s", step.says, got, step.threshold)
		}
		told := people.told(t, n+1)
		if want := "Chart: HighLoad: value " + step.told + " "; !strings.Contains(told["mail text"], want) {
			t.Errorf("%s: no chart in the mail, %q is not in\n%s", step.says, want, told["mail text"])
		}
		for where, text := range told {
			for _, want := range []string{"HighLoad", step.told, step.threshold, step.word} {
				if !strings.Contains(text, want) {
					t.Errorf("%s: %s does not say %q:\n%s", step.says, where, want, text)
				}
			}
		}
	}
	w.quiet(t, 2*time.Second)
	people.told(t, 4)
	if refused := people.slack.Refused(); len(refused) > 0 {
		t.Errorf("Slack refused %q", refused)
	}
}
