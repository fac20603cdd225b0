package email

import (
	"bytes"
	"context"
	"encoding/base64"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/common/model"
	"pgregory.net/rapid"

	"tocsin/evaluator"
	"tocsin/notifier"
	"tocsin/notifier/chart"
	"tocsin/notifier/message"
	"tocsin/notifier/message/messagetest"
	"tocsin/rules"
)

// drawing is a chart of so many bytes.
func drawing(size int, alt string) Chart {
	return func(context.Context, *message.Message) ([]byte, string, bool) {
		return bytes.Repeat([]byte{0x89}, size), alt, true
	}
}

func withChart(c Chart) Settings {
	s := settings()
	s.Chart = c
	return s
}

// A picture is beside the HTML that shows it, and said in words in both parts.
func TestPicture(t *testing.T) {
	s := newSender(t, withChart(drawing(100, `value 618 ms "over" <error>`)))
	for _, c := range messagetest.Cases() {
		b := build(t, s, c.Delivery)
		if c.Name == "many" || c.Delivery.Reason == notifier.ReasonDigest {
			continue // no room, or nothing to draw
		}
		if want := []string{"multipart/related", "multipart/alternative", "text/plain", "text/html", "image/png"}; !slices.Equal(b.kinds, want) {
			t.Errorf("%s: parts %v", c.Name, b.kinds)
			continue
		}
		if want := "<chart.id-" + c.Name + "@example.com>"; b.cid != want || !strings.Contains(b.html, `src="cid:`+strings.Trim(want, "<>")+`"`) {
			t.Errorf("%s: Content-ID %s", c.Name, b.cid)
		}
		if !strings.Contains(b.html, `alt="value 618 ms &#34;over&#34; &lt;error&gt;"`) || !strings.Contains(b.text, "\nChart: value 618 ms \"over\" <error>\r\n") {
			t.Errorf("%s: the picture is not in words", c.Name)
		}
		if len(b.png) != 100 {
			t.Errorf("%s: %d bytes", c.Name, len(b.png))
		}
		checkHTML(t, b.html)
		if again := build(t, s, c.Delivery); !bytes.Equal(again.raw, b.raw) {
			t.Errorf("%s: the same delivery makes another mail", c.Name)
		}
		if c.Name == "raised" || c.Name == "joined" {
			messagetest.Golden(t, *update, c.Name+"-chart.eml", bytes.ReplaceAll(b.raw, []byte("\r\n"), []byte("\n")))
		}
	}
}

// Where there is no room for both, the alerts stay and the picture goes.
func TestPictureGoesFirst(t *testing.T) {
	plain, large := newSender(t, settings()), newSender(t, withChart(drawing(72<<10, "large")))
	for _, c := range messagetest.Cases() {
		want, got := build(t, plain, c.Delivery), build(t, large, c.Delivery)
		if !bytes.Equal(want.raw, got.raw) {
			t.Errorf("%s: %d bytes, without a picture %d", c.Name, len(got.raw), len(want.raw))
		}
	}
	tb := t
	rapid.Check(t, func(t *rapid.T) {
		s := newSender(tb, withChart(drawing(rapid.IntRange(1, 100<<10).Draw(t, "size"), rapid.String().Draw(t, "alt"))))
		if b := build(t, s, messagetest.Deliveries().Draw(t, "delivery")); len(b.raw) > 100<<10 {
			t.Fatalf("%d bytes", len(b.raw))
		}
	})
}

// The user's own HTML has a picture where it asks for one.
func TestPictureInOwnHTML(t *testing.T) {
	for _, c := range []struct {
		says, html, cid string
	}{
		{"ours", "", "<chart.id-first@example.com>"},
		{"without a picture", "<p>{{ .Title }}</p>", ""},
		{"with one", `<p>{{ .Title }}</p><img src="cid:chart">`, "<chart>"},
	} {
		st := withChart(drawing(100, "alt"))
		st.HTML = c.html
		b := build(t, newSender(t, st), messagetest.Cases()[0].Delivery)
		if b.cid != c.cid || (b.png != nil) != (c.cid != "") {
			t.Errorf("%s: Content-ID %q, %d bytes", c.says, b.cid, len(b.png))
		}
	}
}

// A digest counts alerts of many rules: there is nothing to draw.
func TestNoPictureInADigest(t *testing.T) {
	d := messagetest.Cases()[0].Delivery
	d.Reason = notifier.ReasonDigest
	if b := build(t, newSender(t, withChart(drawing(100, "alt"))), d); b.png != nil {
		t.Errorf("%d bytes", len(b.png))
	}
}

// Without a picture a mail is as if nobody drew any.
func TestNoPicture(t *testing.T) {
	want := build(t, newSender(t, settings()), messagetest.Cases()[0].Delivery)
	for says, c := range map[string]Chart{
		"not in time": func(context.Context, *message.Message) ([]byte, string, bool) { return nil, "", false },
		"no bytes":    func(context.Context, *message.Message) ([]byte, string, bool) { return nil, "alt", true },
	} {
		if got := build(t, newSender(t, withChart(c)), messagetest.Cases()[0].Delivery); !bytes.Equal(got.raw, want.raw) {
			t.Errorf("%s: another mail", says)
		}
	}
}

// A stateful subject says how it stands now.
func TestStateful(t *testing.T) {
	st := settings()
	st.Stateful = true
	s := newSender(t, st)
	for _, c := range messagetest.Cases() {
		want := map[string]string{
			"first": "[WARN] ApiLatencyP95", "raised": "[ERROR] ApiLatencyP95", "lowered": "[WARN] ApiLatencyP95", "resolved": "[RESOLVED] ApiLatencyP95",
		}[c.Name]
		if got := decoded(t, build(t, s, c.Delivery), "Subject"); want != "" && got != want {
			t.Errorf("%s: %q, want %q", c.Name, got, want)
		}
	}
}

// lively answers with an incident as it may have been, so that there is something
// to look at.
func lively(d notifier.Delivery) chart.Range {
	return func(_ context.Context, q chart.Query) (all []chart.Found, _ error) {
		for _, e := range append(slices.Clone(d.Firing), d.Resolved...) {
			f := chart.Found{Labels: e.Alert.Series}
			for t, x := q.From, 0.0; !t.After(q.Until); t, x = t.Add(q.Step), x+1 {
				f.Times = append(f.Times, t)
				f.Values = append(f.Values, course(*e.Alert, t)*(1+0.05*math.Sin(x/7)+0.03*math.Sin(x*1.7)))
			}
			f.Values[len(f.Values)-1] = float64(e.Alert.Value)
			all = append(all, f)
		}
		return all, nil
	}
}

// course is about the value of an alert at a time.
func course(a evaluator.Alert, t model.Time) float64 {
	const delay = 2 * 60_000 // until it fired, and until it was over
	switch {
	case t < a.StartsAt-delay, a.EndsAt != 0 && t > a.EndsAt-delay:
		return 0.21
	case a.EndsAt != 0, t < a.LevelSince-delay:
		return 0.4
	}
	return float64(a.Value)
}

// With TOCSIN_MAIL_DIR set, the pages are written there to be looked at. None is
// too large with its chart.
func TestLook(t *testing.T) {
	level := func(bound, back float64) *rules.LevelRule {
		return &rules.LevelRule{Threshold: rules.Threshold{Side: rules.Above, High: bound, ClearHigh: back}}
	}
	rule := func(string) *rules.Rule {
		return &rules.Rule{Levels: rules.Levels{Warn: level(0.3, 0.25), Error: level(0.5, 0.4)}}
	}
	for _, c := range messagetest.Cases() {
		s := newSender(t, withChart(chart.New(chart.Options{Range: lively(c.Delivery), Rule: rule}).Chart))
		b := build(t, s, c.Delivery)
		if len(b.raw) > mostBytes {
			t.Errorf("%s: %d bytes", c.Name, len(b.raw))
		}
		page := strings.ReplaceAll(b.html, "cid:"+strings.Trim(b.cid, "<>"), "data:image/png;base64,"+base64.StdEncoding.EncodeToString(b.png))
		if dir := os.Getenv("TOCSIN_MAIL_DIR"); dir != "" {
			if err := os.WriteFile(filepath.Join(dir, c.Name+".html"), []byte(page), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
}
