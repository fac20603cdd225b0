package slack

import (
	"bytes"
	"encoding/json"
	"flag"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/model/labels"
	"pgregory.net/rapid"

	"tocsin/notifier"
	"tocsin/notifier/attempt"
	"tocsin/notifier/message"
	"tocsin/notifier/message/messagetest"
	"tocsin/notifier/slack/slacktest"
)

var update = flag.Bool("update", false, "write the golden files")

func renderer(t testing.TB) *message.Renderer {
	t.Helper()
	r, err := message.New(messagetest.Settings())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// encode writes JSON for the eye: slack-go escapes what it encodes itself.
func encode(v any) []byte {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	v = nil
	if err := json.Unmarshal(raw, &v); err != nil {
		panic(err)
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// post gives a body to the stand-in and returns what it refused.
func post(body []byte) (*slacktest.Server, []string) {
	s := slacktest.New(slacktest.Options{})
	req := httptest.NewRequest(http.MethodPost, "/services/T/B/x", bytes.NewReader(body))
	req.Header.Set("Content-Type", "application/json")
	s.ServeHTTP(httptest.NewRecorder(), req)
	return s, s.Refused()
}

// Every kind of message has the body of its file, and Slack takes it.
func TestBuild(t *testing.T) {
	for _, c := range messagetest.Cases() {
		t.Run(c.Name, func(t *testing.T) {
			m, _ := renderer(t).Render(c.Delivery, mostItems, nil)
			body := encode(Build(Settings{}, m))
			messagetest.Golden(t, *update, c.Name+".json", body)
			if _, refused := post(body); len(refused) > 0 {
				t.Errorf("refused: %v", refused)
			}
		})
	}
}

// buttoned are settings with which messages have buttons.
func buttoned() Settings {
	return Settings{Token: attempt.Secret{Value: token}, AppToken: attempt.Secret{Value: "xapp-1"}, Channel: "#web"}
}

// form makes the body that a sender would make of a delivery.
func form(s Settings, d notifier.Delivery, m *message.Message) []byte {
	if d.Effect == notifier.Moved {
		return encode(moved(s, m, "https://example.slack.com/archives/C0123456789/p1795443000000007"))
	}
	return encode(Build(s, m))
}

// So it is where messages are edited and answered.
func TestBuildThreads(t *testing.T) {
	for _, c := range messagetest.ThreadCases() {
		t.Run(c.Name, func(t *testing.T) {
			m, _ := renderer(t).Render(c.Delivery, mostItems, nil)
			body := form(buttoned(), c.Delivery, m)
			messagetest.Golden(t, *update, c.Name+".json", body)
			if _, refused := post(body); len(refused) > 0 {
				t.Errorf("refused: %v", refused)
			}
		})
	}
}

// Nothing of a label is mark-up, however it looks.
func TestF40NothingIsInjected(t *testing.T) {
	for _, c := range append(messagetest.Cases(), messagetest.ThreadCases()...) {
		m, _ := renderer(t).Render(c.Delivery, mostItems, nil)
		body := string(form(buttoned(), c.Delivery, m))
		for _, bad := range []string{"<!", "<@", "<#", "<script", "javascript:alert(1)|", "<https://evil"} {
			if strings.Contains(body, bad) {
				t.Errorf("%s: %q is in the body", c.Name, bad)
			}
		}
	}
}

// Whatever a delivery holds, Slack takes its message.
func TestF29AnyDeliveryIsTaken(t *testing.T) {
	r := renderer(t)
	rapid.Check(t, func(t *rapid.T) {
		d := messagetest.Deliveries().Draw(t, "delivery")
		d.Effect = notifier.Effect(rapid.IntRange(0, int(notifier.Moved)).Draw(t, "effect"))
		if rapid.Bool().Draw(t, "of ours") {
			d.Group.Episode = "0123456789abcdef"
		}
		m, _ := r.Render(d, mostItems, nil)
		if _, refused := post(form(buttoned(), d, m)); len(refused) > 0 {
			t.Fatalf("refused: %v", refused)
		}
	})
}

// Nor may a user's templates make a message that Slack refuses, nor may labels
// be mark-up in them.
func TestTemplates(t *testing.T) {
	d := messagetest.Cases()[3].Delivery
	d.Firing[0].Labels = labels.NewBuilder(d.Firing[0].Labels).Set("route", "<!channel>").Labels()
	for _, c := range []struct {
		why, title, text string
		want             []string
		errors           int
	}{
		{"ours if there is none", "", "", []string{"🔴 *ERROR*"}, 0},
		{"the user's mark-up is kept", "<!here> {{ .CommonLabels.job }}", "*hello* <https://x.example.org|x>", []string{`"text": "<!here> api"`, `*hello* <https://x.example.org|x>`}, 0},
		{"a label's is not", "", "{{ (index .Alerts 0).Labels.route }}", []string{"&lt;!channel&gt;"}, 0},
		{"a title that fails is ours", "{{ nope }}", "", []string{"🔴 *ERROR*"}, 1},
		{"a text that fails is ours", "", "{{ nope }}", []string{"618 ms &gt; 500 ms"}, 1},
		{"an empty title is ours", "{{ if false }}x{{ end }}", "", []string{"🔴 *ERROR*"}, 0},
		{"a long text is several sections", "", `{{ range (index .Alerts 0).Labels.SortedPairs }}` + strings.Repeat("lorem ipsum\n", 400) + `{{ end }}`, []string{"lorem"}, 0},
		{"an escape is never cut", "", strings.Repeat("&amp;", 5000), []string{"&amp;"}, 0},
		{"a link is never cut", "", strings.Repeat("<https://example.org/1234567|name of it> ", 200), []string{"name of it>"}, 0},
		{"a lone bracket without end", "", "<" + strings.Repeat("x", 20000), nil, 0},
	} {
		m, _ := renderer(t).Render(d, mostItems, nil)
		body := encode(Build(Settings{Title: c.title, Text: c.text}, m))
		if len(m.Errors) != c.errors {
			t.Errorf("%s: errors %v", c.why, m.Errors)
		}
		for _, want := range c.want {
			if !strings.Contains(string(body), want) {
				t.Errorf("%s: %q is not in\n%s", c.why, want, body)
			}
		}
		if _, refused := post(body); len(refused) > 0 && c.want != nil {
			t.Errorf("%s: refused: %v", c.why, refused)
		}
	}
}

// Alerts of several rules have their names.
func TestNames(t *testing.T) {
	d := messagetest.Cases()[3].Delivery
	d.Group.Labels = labels.FromStrings("job", "api")
	d.Firing[0].Alert.Name = "HighErrors"
	d.Firing[0].Labels = labels.NewBuilder(d.Firing[0].Labels).Set("alertname", "HighErrors").Labels()
	m, _ := renderer(t).Render(d, mostItems, nil)
	body := string(encode(Build(Settings{}, m)))
	for _, want := range []string{"*job=api*: 2 alerts", "*ERROR* *HighErrors* `618 ms", "*WARN* *ApiLatencyP95* `412 ms"} {
		if !strings.Contains(body, want) {
			t.Errorf("%q is not in\n%s", want, body)
		}
	}
}

// A message of very many alerts says how many are left out, with a link.
func TestManyAreCounted(t *testing.T) {
	var d notifier.Delivery
	for _, c := range messagetest.Cases() {
		if c.Name == "many" {
			d = c.Delivery
		}
	}
	for len(d.Firing) < 50000 {
		d.Firing = append(d.Firing, d.Firing...)
	}
	d.Firing = d.Firing[:50000]
	m, _ := renderer(t).Render(d, mostItems, nil)
	body := Build(Settings{}, m)
	text := string(encode(body))
	shown := strings.Count(text, "*ERROR* `")
	if !strings.Contains(text, "<https://tocsin.example.org|… and ") || shown < 20 {
		t.Errorf("%d alerts shown in\n%s", shown, text)
	}
	if !strings.Contains(body.Text, "50000 alerts") {
		t.Errorf("title %q", body.Text)
	}
}

func TestF29Fit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "text")
		n := rapid.IntRange(1, 40).Draw(t, "length")
		got := Escape(fit(s, n))
		if units(got) > max(n, 1) && size(s) > n {
			t.Fatalf("%q is %d long, not %d", got, units(got), n)
		}
		if size(s) <= n && got != Escape(s) {
			t.Fatalf("%q was cut to %q without need", s, got)
		}
	})
}

func TestSplit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.SampledFrom([]string{"a", " ", "\n", "&amp;", "<https://x.example.org|x>", "👩", "&", "<", ">", ";"})
		s := strings.Join(rapid.SliceOfN(word, 0, 200).Draw(t, "words"), "")
		n := rapid.IntRange(40, 120).Draw(t, "section")
		most := rapid.IntRange(40, 400).Draw(t, "all")
		sum := 0
		for _, part := range split(s, n, most) {
			sum += units(part)
			if part == "" || units(part) > n {
				t.Fatalf("part %q is %d long, not 1 to %d", part, units(part), n)
			}
		}
		if sum > most {
			t.Fatalf("%d in all, not %d", sum, most)
		}
	})
}
