package slack

import (
	"strings"
	"testing"

	"github.com/prometheus/prometheus/model/labels"
	"pgregory.net/rapid"

	"tocsin/notifier"
	"tocsin/notifier/message/messagetest"
	"tocsin/notifier/slack/slacktest"
)

// everything are parts of every kind, as an alertmanager.yml has them.
func everything() Parts {
	return Parts{
		Color:     `{{ if eq .Status "firing" }}danger{{ else }}#439FE0{{ end }}`,
		TitleLink: `https://wiki.example.org/{{ .GroupLabels.alertname }}?a=1&b=<2>`,
		Pretext:   `<!subteam^S1> {{ .Status | toUpper }}`,
		Fields: []Field{
			{"Job", "{{ .CommonLabels.job }}", true},
			{"Routes", "{{ range .Alerts }}`{{ .Labels.route }}` {{ end }}", true},
			{"What to do", "*look* at <https://wiki.example.org/a|the wiki>", false},
			{"Level", "{{ .Level }}", true},
		},
		Footer:   "_team_ {{ .Receiver }}",
		ImageURL: "https://grafana.example.org/render?job={{ .CommonLabels.job }}",
		ThumbURL: "https://example.org/logo.png",
		Buttons: []Button{
			{"Runbook :book:", "https://wiki.example.org/{{ .CommonLabels.job }}", "primary"},
			{"Query", "{{ (index .Alerts 0).GeneratorURL }}", "{{ if eq .Level \"error\" }}danger{{ end }}"},
			{"Nowhere", "javascript:alert(1)", "danger"},
		},
	}
}

// Every part has its place in posts and edits; answers go without.
func TestParts(t *testing.T) {
	fallback, lead := everything(), everything()
	fallback.Fallback, fallback.ImageURL = "{{ .Status }}: {{ .CommonLabels.job }}", ""
	lead.MessageText, lead.Fallback = "<!here> {{ .Title }}", "not shown"
	for _, c := range []struct {
		name  string
		of    string
		parts Parts
	}{
		{"parts", "first-error", everything()},
		{"parts-many", "many", everything()},
		{"parts-resolved", "resolved", everything()},
		{"parts-hostile", "hostile", everything()},
		{"parts-fallback", "first-error", fallback},
		{"parts-message-text", "first-error", lead},
		{"parts-edit", "edit", everything()},
		{"parts-broadcast", "broadcast-raised", everything()},
		{"parts-digest", "digest", everything()},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := buttoned()
			s.Parts = c.parts
			m, _ := renderer(t).Render(thread(t, c.of, ""), mostItems, nil)
			body := encode(Build(s, m))
			messagetest.Golden(t, *update, c.name+".json", body)
			if _, refused := post(body); len(refused) > 0 || strings.Contains(m.Note(""), "slack") {
				t.Errorf("refused: %v, errors %v", refused, m.Errors)
			}
		})
	}
}

// A part that fails is left out, and says so.
func TestPartsThatFail(t *testing.T) {
	const bad = `{{ template "nope" }}`
	for name, p := range map[string]Parts{
		"color":        {Color: bad},
		"title_link":   {TitleLink: bad},
		"pretext":      {Pretext: bad},
		"message_text": {MessageText: bad},
		"fallback":     {Fallback: bad},
		"field title":  {Fields: []Field{{Title: bad}}},
		"field value":  {Fields: []Field{{Value: bad}}},
		"footer":       {Footer: bad},
		"image_url":    {ImageURL: bad},
		"thumb_url":    {ThumbURL: bad},
		"action text":  {Buttons: []Button{{Text: bad}}},
		"action url":   {Buttons: []Button{{URL: bad}}},
		"action style": {Buttons: []Button{{Style: bad}}},
	} {
		m, _ := renderer(t).Render(thread(t, "first", ""), mostItems, nil)
		got := string(encode(Build(Settings{Parts: p}, m)))
		if len(m.Errors) != 1 || !strings.HasPrefix(m.Errors[0].Error(), "slack "+name+": template: ") {
			t.Errorf("%s: errors %v", name, m.Errors)
		}
		m, _ = renderer(t).Render(thread(t, "first", ""), mostItems, nil)
		if want := string(encode(Build(Settings{}, m))); got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
		}
	}
}

func TestColor(t *testing.T) {
	for in, want := range map[string]string{
		"good": "good", " Danger ": "danger", "#ABC": "#aabbcc", "439FE0": "#439fe0", "#439FE0": "#439fe0",
		"": "", "red": "", "#12": "", "#12345g": "", "##123456": "", "#é12": "",
	} {
		if got, ok := Color(in); got != want || ok != (want != "") {
			t.Errorf("%q is %q", in, got)
		}
	}
	m, _ := renderer(t).Render(thread(t, "first-error", ""), mostItems, nil)
	over, _ := renderer(t).Render(thread(t, "edit-rerouted", "C:1"), mostItems, nil)
	if got := Build(Settings{Parts: Parts{Color: "good"}}, over).Attachments[0].Color; got != grey {
		t.Errorf("what is told elsewhere is %q", got)
	}
	if body := string(encode(Build(Settings{Parts: Parts{Color: "red"}}, m))); !strings.Contains(body, "#d92d20") || len(m.Errors) != 1 {
		t.Errorf("errors %v in\n%s", m.Errors, body)
	}
}

// What is a link or a mention itself is not put into another.
func TestTitleLink(t *testing.T) {
	for _, c := range []struct{ title, link, want string }{
		{"", "https://x.example.org/a|b", "🔴 *ERROR* *<https://x.example.org/a%7Cb|ApiLatencyP95>*: 2 alerts (1 error, 1 warn)"},
		{"down", "https://x.example.org/?a=1&b=2", "<https://x.example.org/?a=1&amp;b=2|down>"},
		{"*down*", "https://x.example.org", "*<https://x.example.org|down>*"},
		{"<!here> down", "https://x.example.org", "<!here> down <https://x.example.org|open>"},
		{"*down* *again*", "https://x.example.org", "*down* *again* <https://x.example.org|open>"},
		{"down", "ftp://x.example.org", "down"},
		{"down", "/graph", "down"},
		{"down", "https://x.example.org/" + strings.Repeat("&", 1000), "down"},
	} {
		m, _ := renderer(t).Render(messagetest.Cases()[3].Delivery, mostItems, nil)
		if got := Build(Settings{Title: c.title, Parts: Parts{TitleLink: c.link}}, m).Text; got != c.want {
			t.Errorf("title %q, link %q: %q", c.title, c.link, got)
		}
	}
}

// Whatever a delivery holds and however much the parts say, Slack takes the
// message.
func TestF29AnyPartsAreTaken(t *testing.T) {
	r := renderer(t)
	const labels = `{{ range .Alerts }}{{ .Labels }}{{ .Annotations }}{{ end }}`
	text := rapid.SampledFrom([]string{"", "x", labels, strings.Repeat("lorem &amp; ipsum <https://x.example.org|x>\n", 400)})
	link := rapid.SampledFrom([]string{"", "https://example.org/x.png", "https://example.org/?q={{ .CommonLabels }}", labels, "https://example.org/" + strings.Repeat("&", 1900)})
	parts := rapid.Custom(func(t *rapid.T) Parts {
		return Parts{
			Color: text.Draw(t, "color"), TitleLink: link.Draw(t, "title_link"), Pretext: text.Draw(t, "pretext"),
			MessageText: text.Draw(t, "message_text"), Fallback: text.Draw(t, "fallback"), Footer: text.Draw(t, "footer"),
			Fields: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Field {
				return Field{text.Draw(t, "title"), text.Draw(t, "value"), rapid.Bool().Draw(t, "short")}
			}), 0, 40).Draw(t, "fields"),
			ImageURL: link.Draw(t, "image_url"), ThumbURL: link.Draw(t, "thumb_url"),
			Buttons: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Button {
				return Button{text.Draw(t, "text"), link.Draw(t, "url"), rapid.SampledFrom([]string{"", "primary", "blue"}).Draw(t, "style")}
			}), 0, 40).Draw(t, "buttons"),
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		d := messagetest.Deliveries().Draw(t, "delivery")
		d.Effect = notifier.Effect(rapid.IntRange(0, int(notifier.Moved)).Draw(t, "effect"))
		s := buttoned()
		s.Parts, s.Text, s.Title = parts.Draw(t, "parts"), text.Draw(t, "text"), text.Draw(t, "title")
		m, _ := r.Render(d, mostItems, nil)
		if _, refused := post(form(s, d, m)); len(refused) > 0 {
			t.Fatalf("refused: %v", refused)
		}
	})
}

// A message whose image Slack can't fetch is sent without it, in the same attempt,
// and an edit takes away what an earlier config put above the bar.
func TestImageThatSlackRefuses(t *testing.T) {
	w := newWorld(t, slacktest.Options{Token: token, Channels: []string{"#web"}})
	s := bot(t, w, func(s *Settings) { s.Parts = everything() })
	for _, effect := range []string{"first-error", "edit"} {
		w.slack.Fail(slacktest.Fault{Error: "invalid_blocks"})
		root := ""
		if all := w.slack.Messages(); len(all) > 0 {
			root = slacktest.ChannelID("#web") + ":" + all[0].TS
		}
		end := deliver(t, s, thread(t, effect, root))
		if end.Outcome != notifier.Delivered || !strings.Contains(end.Error, "shown without") {
			t.Fatalf("%s: %+v", effect, end)
		}
	}
	first := w.slack.Messages()[0]
	if len(first.Edits) != 1 || strings.Contains(string(first.Payload), "render?job") || !strings.Contains(string(first.Edits[0].Payload), `"blocks":[]`) {
		t.Errorf("%s\nedits %+v", first.Payload, first.Edits)
	}
	w.slack.Fail(slacktest.Fault{Error: "invalid_blocks"}, slacktest.Fault{Error: "invalid_blocks"})
	if end := deliver(t, s, thread(t, "first-error", "")); end.Outcome != notifier.Rejected {
		t.Errorf("refused without image too: %+v", end)
	}
	w.slack.Fail(slacktest.Fault{Method: "webhook", Status: 400, Body: "invalid_blocks"})
	hook := w.webhook()
	hook.Parts = everything()
	if end := send(t, hook); end.Outcome != notifier.Delivered || !strings.Contains(end.Error, "shown without") {
		t.Errorf("by incoming webhook: %+v", end)
	}
}

// Labels in addresses are no mark-up either.
func TestAddressesAreEscaped(t *testing.T) {
	d := thread(t, "first-error", "")
	d.Firing[0].Labels = labels.NewBuilder(d.Firing[0].Labels).Set("job", "a|<!channel>&b").Labels()
	m, _ := renderer(t).Render(d, mostItems, nil)
	body := string(encode(Build(Settings{Parts: Parts{TitleLink: "https://x.example.org/{{ (index .Alerts 0).Labels.job }}"}}, m)))
	if strings.Contains(body, "<!channel>") {
		t.Errorf("a mention in\n%s", body)
	}
}
