package email

import (
	"bytes"
	"context"
	"encoding/base64"
	"flag"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"os"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/model/labels"
	"golang.org/x/net/html"
	"pgregory.net/rapid"

	"tocsin/notifier"
	"tocsin/notifier/message"
	"tocsin/notifier/message/messagetest"
	"tocsin/rules"
)

var update = flag.Bool("update", false, "write the golden files")

func settings() Settings {
	return Settings{To: []string{"Web Team <web@example.org>, ops@example.org"}, From: "Alerts <alerts@example.com>", Smarthost: "localhost:25"}
}

func newSender(t testing.TB, s Settings) *Sender {
	t.Helper()
	sender, err := New(s, messagetest.Maker(t))
	if err != nil {
		t.Fatal(err)
	}
	return sender
}

// built is a mail taken apart.
type built struct {
	header     mail.Header
	text, html string
	kinds      []string // of the parts, in order
	png        []byte
	cid        string
	raw        []byte
	message    *message.Message
}

type fataler interface {
	Helper()
	Fatalf(string, ...any)
}

func build(t fataler, s *Sender, d notifier.Delivery) built {
	t.Helper()
	m := s.maker.Make(context.Background(), d, mostItems)
	raw, err := s.build(m, s.picture(context.Background(), m))
	if err != nil {
		t.Fatalf("build: %v", err)
	}
	parsed, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatalf("net/mail: %v", err)
	}
	b := built{header: parsed.Header, raw: raw, message: m}
	b.part(t, textproto.MIMEHeader(parsed.Header), parsed.Body)
	return b
}

// part reads one part and those in it: HTML and text, and beside them a picture.
func (b *built) part(t fataler, header textproto.MIMEHeader, body io.Reader) {
	t.Helper()
	kind, params, err := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil {
		t.Fatalf("content type %q: %v", header.Get("Content-Type"), err)
	}
	b.kinds = append(b.kinds, kind)
	switch kind {
	case "multipart/related", "multipart/alternative":
		r := multipart.NewReader(body, params["boundary"])
		for {
			p, err := r.NextRawPart()
			if err == io.EOF {
				return
			}
			if err != nil {
				t.Fatalf("part of %s: %v", kind, err)
			}
			b.part(t, p.Header, p)
		}
	case "text/plain", "text/html":
		text, err := io.ReadAll(quotedprintable.NewReader(body))
		if err != nil || params["charset"] != "UTF-8" {
			t.Fatalf("part %s %v: %v", kind, params, err)
		}
		if kind == "text/plain" {
			b.text = string(text)
		} else {
			b.html = string(text)
		}
	case "image/png":
		b.cid = header.Get("Content-Id")
		if b.png, err = io.ReadAll(base64.NewDecoder(base64.StdEncoding, body)); err != nil {
			t.Fatalf("picture: %v", err)
		}
	default:
		t.Fatalf("a part of type %s", kind)
	}
}

func decoded(t fataler, b built, name string) string {
	text, err := new(mime.WordDecoder).DecodeHeader(b.header.Get(name))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return text
}

// Every kind of message is the mail of its file. TestLook has them for the eye.
func TestBuild(t *testing.T) {
	s := newSender(t, settings())
	for _, c := range messagetest.Cases() {
		t.Run(c.Name, func(t *testing.T) {
			b := build(t, s, c.Delivery)
			if c.Name != "many" {
				messagetest.Golden(t, *update, c.Name+".eml", bytes.ReplaceAll(b.raw, []byte("\r\n"), []byte("\n")))
			}
			if again := build(t, s, c.Delivery); !bytes.Equal(again.raw, b.raw) {
				t.Error("the same delivery makes another mail")
			}
		})
	}
}

// What every mail has, and what none may have.
func TestHeaders(t *testing.T) {
	s := newSender(t, settings())
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range messagetest.Cases() {
		b := build(t, s, c.Delivery)
		for name, want := range map[string]string{
			"Message-Id":        "<id-" + c.Name + "@example.com>",
			"Auto-Submitted":    "auto-generated",
			"List-Id":           "<tocsin.example.com>",
			"Date":              "Sun, 22 Nov 2026 14:10:00 +0000",
			"X-Tocsin-Delivery": "id-" + c.Name,
			"To":                `"Web Team" <web@example.org>, <ops@example.org>`,
		} {
			if got := decoded(t, b, name); got != want {
				t.Errorf("%s: %s is %q, want %q", c.Name, name, got, want)
			}
		}
		if b.header.Get("In-Reply-To") == "" || b.header.Get("In-Reply-To") != b.header.Get("References") {
			t.Errorf("%s: in reply to %q, references %q", c.Name, b.header.Get("In-Reply-To"), b.header.Get("References"))
		}
		for _, name := range []string{"User-Agent", "X-Mailer", "Bcc", "Precedence"} {
			if got := b.header.Get(name); got != "" {
				t.Errorf("%s: %s is %q", c.Name, name, got)
			}
		}
		if strings.Contains(string(b.raw), host) {
			t.Errorf("%s: the host's name is in the mail", c.Name)
		}
	}
}

// One subject for an episode, whatever becomes of it, until it is raised to
// error; how it stands is said beside From and in the first line.
func TestSubjectAndFrom(t *testing.T) {
	s := newSender(t, settings())
	for _, c := range messagetest.Cases() {
		want := map[string][2]string{
			"first":         {"[WARN] ApiLatencyP95", "Alerts · WARN"},
			"raised":        {"[ERROR] ApiLatencyP95", "Alerts · ERROR"},
			"lowered":       {"[ERROR] ApiLatencyP95", "Alerts · WARN"},
			"resolved":      {"[WARN] ApiLatencyP95", "Alerts · RESOLVED"},
			"some-resolved": {"[ERROR] ApiLatencyP95", "Alerts · ERROR"},
			"reminder":      {"[ERROR] ApiLatencyP95", "Alerts · ERROR"},
		}[c.Name]
		if want[0] == "" {
			continue
		}
		b := build(t, s, c.Delivery)
		from, err := b.header.AddressList("From")
		if err != nil || from[0].Name != want[1] || from[0].Address != "alerts@example.com" {
			t.Errorf("%s: from %v, %v", c.Name, from, err)
		}
		if got := decoded(t, b, "Subject"); got != want[0] {
			t.Errorf("%s: subject %q, want %q", c.Name, got, want[0])
		}
		first, _, _ := strings.Cut(b.text, "\r\n")
		_, state, _ := strings.Cut(want[1], " · ")
		if !strings.HasPrefix(first, state) {
			t.Errorf("%s: the first line is %q", c.Name, first)
		}
	}
}

func TestSubject(t *testing.T) {
	for _, c := range []struct {
		why, want string
		group     labels.Labels
		worst     rules.Level
	}{
		{"the alert's name", "[WARN] A", labels.FromStrings("alertname", "A"), rules.Warn},
		{"then the other labels, not the severity", "[ERROR] A job=api zone=b", labels.FromStrings("zone", "b", "alertname", "A", "job", "api", "severity", "x"), rules.Error},
		{"no name", "[WARN] job=api", labels.FromStrings("job", "api"), rules.Warn},
		{"no labels", "[WARN] alerts for web", labels.EmptyLabels(), rules.Warn},
		{"nothing known of before", "[WARN] A", labels.FromStrings("alertname", "A"), rules.OK},
		{"line breaks", "[WARN] A  B", labels.FromStrings("alertname", "A\r\n\nB"), rules.Warn},
	} {
		m := &message.Message{Receiver: "web", Worst: c.worst, Group: notifier.Group{Labels: c.group}}
		if got := newSender(t, settings()).subject(m); got != c.want {
			t.Errorf("%s: %q, want %q", c.why, got, c.want)
		}
	}
}

// All mails of an episode have one root, and no two episodes share it.
func TestThreads(t *testing.T) {
	m := func(key, episode, id string) *message.Message {
		return &message.Message{ID: id, Group: notifier.Group{Key: key, Episode: episode}}
	}
	one := rootID(m("g", "e1", "1"), "x")
	if two := rootID(m("g", "e1", "2"), "x"); one != two {
		t.Errorf("%q and %q", one, two)
	}
	for _, other := range []*message.Message{m("g", "e2", "1"), m("h", "e1", "1"), m("ge", "1", "1")} {
		if rootID(other, "x") == one {
			t.Errorf("%v has the root of another episode", other.Group)
		}
	}
	for _, id := range []string{"plain-1", "", "<evil>\r\n", strings.Repeat("x", 100)} {
		if got := messageID(m("g", "e", id), "x"); strings.ContainsAny(got, "<>\r\n ") || strings.HasPrefix(got, "@") || len(got) > 70 {
			t.Errorf("id of %q is %q", id, got)
		}
	}
}

// A raise to error begins a subject of its own, and stays in the thread of its
// episode.
func TestRaiseKeepsTheThread(t *testing.T) {
	s := newSender(t, settings())
	subjects, roots := map[string]bool{}, map[string]bool{}
	for _, c := range messagetest.Cases() {
		if c.Name == "first" || c.Name == "raised" || c.Name == "lowered" {
			b := build(t, s, c.Delivery)
			subjects[decoded(t, b, "Subject")] = true
			roots[b.header.Get("References")] = true
		}
	}
	if len(subjects) != 2 || len(roots) != 1 {
		t.Errorf("subjects %v, roots %v", subjects, roots)
	}
}

// Any delivery makes a mail under 100 kB that can be read, with no line too
// long for SMTP, no element of a label's in its HTML, and no harmful link.
func TestAnyDelivery(t *testing.T) {
	s := newSender(t, settings())
	rapid.Check(t, func(t *rapid.T) {
		d := messagetest.Deliveries().Draw(t, "delivery")
		b := build(t, s, d)
		if len(b.raw) > 100<<10 {
			t.Fatalf("%d bytes", len(b.raw))
		}
		for _, line := range bytes.Split(b.raw, []byte("\r\n")) {
			if len(line) > 998 || bytes.ContainsAny(line, "\r\n\x00") {
				t.Fatalf("line %q", line)
			}
		}
		checkHTML(t, b.html)
		if got := b.header.Get("Bcc"); got != "" {
			t.Fatalf("Bcc %q", got)
		}
	})
}

func checkHTML(t fataler, text string) {
	allowed := " html head meta title style body table tbody tr td div span a br img "
	z := html.NewTokenizer(strings.NewReader(text))
	for z.Next() != html.ErrorToken {
		token := z.Token()
		if token.Type != html.StartTagToken && token.Type != html.SelfClosingTagToken {
			continue
		}
		if !strings.Contains(allowed, " "+token.Data+" ") {
			t.Fatalf("element %q", token.Data)
		}
		for _, a := range token.Attr {
			if strings.HasPrefix(a.Key, "on") || a.Key == "src" && !strings.HasPrefix(a.Val, "cid:chart.") || a.Key == "href" && !strings.HasPrefix(a.Val, "http://") && !strings.HasPrefix(a.Val, "https://") {
				t.Fatalf("attribute %s=%q", a.Key, a.Val)
			}
		}
	}
}

// The user's headers and parts are used; what fails or is too long is replaced
// by ours and reported.
func TestCustom(t *testing.T) {
	d := messagetest.Cases()[0].Delivery
	for _, c := range []struct {
		why                 string
		change              func(*Settings)
		subject, text, html string
		errors              string
	}{
		{"nothing", func(*Settings) {}, "[WARN] ApiLatencyP95", "412 ms > 300 ms", "412 ms &gt; 300 ms", ""},
		{"a subject", func(s *Settings) {
			s.Headers = map[string]string{"Subject": "{{ .Status }}\r\nBcc: x@example.org {{ .CommonLabels.job }}"}
		}, "firing Bcc: x@example.org api", "412 ms", "412 ms", ""},
		{"a text", func(s *Settings) { s.Text = "{{ .Title }}!" }, "[WARN]", "WARN ApiLatencyP95: 412 ms > 300 ms!", "<!doctype html>", ""},
		{"HTML", func(s *Settings) { s.HTML = "<p>{{ .Title }}</p>" }, "[WARN]", "412 ms", "<p>WARN ApiLatencyP95: 412 ms &gt; 300 ms</p>", ""},
		{"Alertmanager's HTML", func(s *Settings) { s.HTML = `{{ template "email.default.html" . }}` }, "[WARN]", "412 ms", "View in tocsin", ""},
		{"a text that fails", func(s *Settings) { s.Text = "{{ nope }}" }, "[WARN]", "412 ms > 300 ms", "412 ms", "nope"},
		{"HTML that fails", func(s *Settings) { s.HTML = "{{ .Nope.Nope }}" }, "[WARN]", "412 ms", "<!doctype html>", "Nope"},
		{"a header that fails", func(s *Settings) { s.Headers = map[string]string{"X-A": "{{ nope }}"} }, "[WARN]", "412 ms", "412 ms", "nope"},
		{"HTML without end", func(s *Settings) { s.HTML = strings.Repeat("<p>x</p>", 20000) }, "[WARN]", "412 ms", "<!doctype html>", "bytes"},
		{"Bcc is not for a header", func(s *Settings) { s.Headers = map[string]string{"Bcc": "x@example.org"} }, "[WARN]", "412 ms", "412 ms", "Bcc"},
	} {
		st := settings()
		c.change(&st)
		b := build(t, newSender(t, st), d)
		if got := decoded(t, b, "Subject"); !strings.HasPrefix(got, c.subject) {
			t.Errorf("%s: subject %q", c.why, got)
		}
		if !strings.Contains(b.text, c.text) || !strings.Contains(b.html, c.html) {
			t.Errorf("%s: text %q, html %q", c.why, b.text, b.html)
		}
		if got := fmt.Sprint(b.message.Errors); !strings.Contains(got, c.errors) || (c.errors == "") != (len(b.message.Errors) == 0) {
			t.Errorf("%s: errors %v", c.why, got)
		}
	}
}

// However many alerts there are, some are shown and all are counted.
func TestManyFit(t *testing.T) {
	s := newSender(t, settings())
	for _, c := range messagetest.Cases() {
		if c.Name != "many" {
			continue
		}
		for len(c.Delivery.Firing) < 5000 {
			c.Delivery.Firing = append(c.Delivery.Firing, c.Delivery.Firing...)
		}
		b := build(t, s, c.Delivery)
		shown := strings.Count(b.text, "\r\n\r\nERROR ") + strings.Count(b.text, "\r\n\r\nWARN ")
		want := fmt.Sprintf("… and %d more", len(c.Delivery.Firing)+1-shown)
		if shown < 20 || !strings.Contains(b.text, want) || !strings.Contains(b.html, want) {
			t.Errorf("%d shown, %q is not in\n%s", shown, want, b.text)
		}
	}
}
