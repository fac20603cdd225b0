package message_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"pgregory.net/rapid"

	"tocsin/evaluator"
	"tocsin/notifier"
	"tocsin/notifier/message"
	"tocsin/notifier/message/messagetest"
	"tocsin/rules"
)

func asking(text string) notifier.Delivery {
	a := evaluator.Alert{
		Name: "A", Series: labels.FromStrings("job", "api"), Value: 2, Notify: rules.Warn, Level: rules.Warn, Source: "default",
		Annotations: []rules.Annotation{{Name: "summary", Text: text}},
	}
	return notifier.Delivery{ID: "d1", At: messagetest.At, Level: rules.Warn, Firing: []notifier.Entry{{Alert: &a}}}
}

func good(raw string, v float64) evaluator.Answer {
	return evaluator.Answer{
		Samples: []evaluator.Sample{{Raw: raw, Value: v}},
		Parse:   func(raw string) (labels.Labels, error) { return labels.FromStrings("instance", raw), nil },
	}
}

// A template sees what it would see in Prometheus.
func TestAnnotations(t *testing.T) {
	for _, c := range []struct{ why, text, want string }{
		{"a text without a template", "as it is", "as it is"},
		{"labels of the series", "{{ $labels.job }}", "api"},
		{"a label that is not there", "[{{ $labels.nope }}]", "[]"},
		{"the value is a number", `{{ printf "%.1f" $value }}`, "2.0"},
		{"external labels", "{{ $externalLabels.cluster }}", "eu1"},
		{"the external URL", "{{ $externalURL }}", "https://tocsin.example.org"},
		{"now is the delivery's", "{{ now | humanizeTimestamp }}", "2026-11-22 14:10:00 +0000 UTC"},
		{"Prometheus' functions", `{{ "a.b.c:80" | stripPort | stripDomain }}`, "a"},
		{"dot fields", "{{ .Labels.job }} {{ .Value }}", "api 2"},
	} {
		m, missing := renderer(t).Render(asking(c.text), 0, nil)
		if got := m.Items[0].Summary; got != c.want || len(m.Errors) > 0 || len(missing) > 0 {
			t.Errorf("%s: %q, want %q (errors %v, missing %v)", c.why, got, c.want, m.Errors, missing)
		}
	}
}

// What a template asks comes back as missing, and the answer is in the text of
// the next rendering.
func TestQueryIsMissingThenAnswered(t *testing.T) {
	r := renderer(t)
	d := asking(`{{ with query "up == 0" }}{{ . | first | label "instance" }}{{ end }}`)
	m, missing := r.Render(d, 0, nil)
	if len(missing) != 1 || missing[0] != (message.Query{Source: "default", Expr: "up == 0"}) || len(m.Errors) > 0 {
		t.Fatalf("missing %v, errors %v", missing, m.Errors)
	}
	m, missing = r.Render(d, 0, message.Answers{missing[0]: good("api-3", 0)})
	if got := m.Items[0].Summary; got != "api-3" || len(missing) > 0 {
		t.Fatalf("summary %q, missing %v", got, missing)
	}
}

// Whatever a template does, the facts are told and its error is reported.
func TestF11TemplateFailures(t *testing.T) {
	for _, c := range []struct {
		why, text, report string
		answer            evaluator.Answer
	}{
		{"it can't be parsed", "{{ if }}", "missing value for if", evaluator.Answer{}},
		{"an unknown function", "{{ nope }}", `function "nope" not defined`, evaluator.Answer{}},
		{"it fails while running", "{{ $labels.job.x.y }}", "can't evaluate field", evaluator.Answer{}},
		{"a function panics", `{{ reReplaceAll "(" "x" "y" }}`, "missing closing )", evaluator.Answer{}},
		{"it calls itself without end", `{{ define "x" }}{{ template "x" }}{{ end }}{{ template "x" }}`, "exceeded maximum template depth", evaluator.Answer{}},
		{"the source does not answer", `{{ query "up" | first | value }}`, "connection refused", evaluator.Answer{Outcome: evaluator.Unavailable, Error: "connection refused"}},
		{"the query is wrong", `{{ query "up" | first | value }}`, "parse error", evaluator.Answer{Outcome: evaluator.BadQuery, Error: "parse error"}},
		{"the answer is empty", `{{ query "up" | first | value }}`, "vector with no elements", evaluator.Answer{}},
	} {
		k := message.NewMaker(renderer(t), func(context.Context, string, string, model.Time) evaluator.Answer { return c.answer })
		m := k.Make(context.Background(), asking(c.text), 0)
		if len(m.Errors) != 1 || !strings.Contains(m.Errors[0].Error(), c.report) {
			t.Errorf("%s: errors %v, want %q", c.why, m.Errors, c.report)
		}
		if !strings.Contains(m.Note(""), c.report) {
			t.Errorf("%s: the report %q does not say it", c.why, m.Note(""))
		}
		if text := m.Plain(); !strings.Contains(text, "WARN A: 2") {
			t.Errorf("%s: the facts are gone from %q", c.why, text)
		}
	}
}

// A maker asks what depends on an answer too, each question once, and a retry
// asks nothing.
func TestMakerAsks(t *testing.T) {
	asked := map[string]int{}
	k := message.NewMaker(renderer(t), func(_ context.Context, source, expr string, at model.Time) evaluator.Answer {
		if source != "default" || at != messagetest.At {
			t.Errorf("asked %q at %v", source, at)
		}
		asked[expr]++
		return good(expr, 1)
	})
	d := asking(`{{ with query "a" }}{{ range query (. | first | label "instance" | printf "%s+1") }}{{ .Labels.instance }}{{ end }}{{ end }}`)
	for range 3 {
		if m := k.Make(context.Background(), d, 0); m.Items[0].Summary != "a+1" {
			t.Fatalf("summary %q, errors %v", m.Items[0].Summary, m.Errors)
		}
	}
	if asked["a"] != 1 || asked["a+1"] != 1 || len(asked) != 2 {
		t.Fatalf("asked %v", asked)
	}
}

// What is described for a page is asked anew each time, and leaves no message
// without its own answers.
func TestMakerDescribes(t *testing.T) {
	n := 0
	k := message.NewMaker(renderer(t), func(context.Context, string, string, model.Time) evaluator.Answer {
		n++
		return good(fmt.Sprint(n), 1)
	})
	firing := asking(`{{ query "a" | first | label "instance" }}`).Firing
	for _, want := range []string{"1", "2"} {
		items := k.Describe(context.Background(), messagetest.At, firing)
		if len(items) != 1 || items[0].Summary != want || items[0].Versus == "" {
			t.Errorf("%+v, want %s", items, want)
		}
	}
}

// Templates that ask for ever, or too much, are stopped, and told of.
func TestMakerStops(t *testing.T) {
	n := 0
	k := message.NewMaker(renderer(t), func(context.Context, string, string, model.Time) evaluator.Answer {
		n++
		return good(strings.Repeat("x", n), 1)
	})
	endless := `{{ $q := "a" }}` + strings.Repeat(`{{ $q = query $q | first | label "instance" }}`, 40)
	m := k.Make(context.Background(), asking(endless), 0)
	if len(m.Errors) != 1 || !strings.Contains(m.Errors[0].Error(), "asks too often") || n > 20 {
		t.Errorf("%d questions, errors %v", n, m.Errors)
	}
	many := asking("")
	for range 200 {
		e := asking(`{{ query (printf "x%v" $labels.n) }}`).Firing[0]
		e.Alert.Series = labels.FromStrings("n", strings.Repeat("i", len(many.Firing)))
		many.Firing = append(many.Firing, e)
	}
	n = 0
	k.Make(context.Background(), many, 0)
	if n > 50 {
		t.Errorf("%d questions for one message", n)
	}
}

// When the time for questions is over, the message goes out without answers.
func TestMakerHasNoTime(t *testing.T) {
	k := message.NewMaker(renderer(t), func(ctx context.Context, _, _ string, _ model.Time) evaluator.Answer {
		<-ctx.Done()
		return evaluator.Answer{Outcome: evaluator.Unavailable, Error: ctx.Err().Error()}
	})
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	m := k.Make(ctx, asking(`{{ query "a" | first | value }}`), 0)
	if len(m.Errors) != 1 || !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		t.Errorf("errors %v", m.Errors)
	}
}

// Only http and https become links.
func TestWeb(t *testing.T) {
	for _, c := range []struct {
		address string
		ok      bool
	}{
		{"https://example.org/a?b=c", true},
		{" http://example.org ", true},
		{"javascript:alert(1)", false},
		{"data:text/html,x", false},
		{"ftp://example.org", false},
		{"//example.org", false},
		{"/relative", false},
		{"https://", false},
		{"", false},
		{"https://example.org/" + strings.Repeat("x", 2000), false},
		{"https://example.org/%zz", false},
	} {
		if _, ok := message.Web(c.address); ok != c.ok {
			t.Errorf("%q is a link: %v", message.Cut(c.address, 40), ok)
		}
	}
}

// Any delivery has a message: nothing panics, nothing is unbounded, no control
// character is left in what is shown.
func TestAnyDelivery(t *testing.T) {
	r := renderer(t)
	rapid.Check(t, func(t *rapid.T) {
		d := messagetest.Deliveries().Draw(t, "delivery")
		most := rapid.IntRange(0, 30).Draw(t, "most")
		m, missing := r.Render(d, most, nil)
		if len(missing) > 0 {
			t.Fatalf("missing %v", missing)
		}
		if len(m.Items)+m.More != m.Counts.Total() {
			t.Fatalf("%d items and %d more are not %d", len(m.Items), m.More, m.Counts.Total())
		}
		if title := m.Title(); len([]rune(title)) > 300 || strings.ContainsAny(title, "\n\r\x00") {
			t.Fatalf("title %q", title)
		}
		for _, r := range m.Plain() {
			if r < ' ' && r != '\n' {
				t.Fatalf("control character %q in plain text", r)
			}
		}
		if again, _ := r.Render(d, most, nil); again.Plain() != m.Plain() {
			t.Fatal("the same delivery says something else")
		}
	})
}

func TestCut(t *testing.T) {
	for _, c := range []struct {
		s    string
		n    int
		want string
	}{
		{"short", 10, "short"},
		{"exact", 5, "exact"},
		{"longer", 5, "long…"},
		{"ééééé", 3, "éé…"},
		{"x", 0, ""},
		{"", 0, ""},
	} {
		if got := message.Cut(c.s, c.n); got != c.want {
			t.Errorf("Cut(%q, %d) = %q, want %q", c.s, c.n, got, c.want)
		}
	}
}

// Many alerts that share a template say what each would say alone, whatever the
// template does.
func TestBatchSaysTheSame(t *testing.T) {
	r := renderer(t)
	answers := message.Answers{{Source: "default", Expr: "up"}: good("api-3", 7)}
	for _, text := range []string{
		"plain", "{{ $labels.job }} {{ .Value }} {{ $.Labels.job }} {{ $value }}",
		`{{ define "x" }}x{{ end }}{{ template "x" }}{{ $labels.job }}`,
		"{{ $labels.job.x }}", "{{ nope }}", "{{ if }}", "{{ end }} x {{ if true }}", "",
		`{{ query "up" | first | value }}{{ $labels.job }}`, `{{ query "missing" | first | value }}`,
		`{{ if eq $labels.job "job1" }}{{ $labels.job.x }}{{ else }}fine{{ end }}`,
		"{{ with .Labels }}{{ .job }}{{ end }}", "{{ $x := 1 }}{{ $x }}", "\x00\x1etocsin\x1e\x00 {{ $value }}",
		"{{ $labels.odd }}", "{{ $externalLabels.region }} {{ $externalURL }} {{ $value }}", "{{ $labelled := 1 }}{{ $labelled }}", "{{ $nope }}",
	} {
		d := asking(text)
		for n := range 4 {
			e := asking(text).Firing[0]
			e.Alert.Value = rules.Number(n)
			e.Alert.Series = labels.FromStrings("job", "job"+strings.Repeat("1", n), "odd", "\x00\x1etocsin\x1e\x00")
			d.Firing = append(d.Firing, e)
		}
		together, missing := r.Render(d, 0, answers)
		for n, e := range d.Firing {
			one := d
			one.Firing = []notifier.Entry{e}
			alone, missingToo := r.Render(one, 0, answers)
			if got, want := together.Items[n].Annotations[0], alone.Items[0].Annotations[0]; got != want {
				t.Errorf("%q: alert %d says %q, alone %q", text, n, got.Value, want.Value)
			}
			if len(missing) != len(missingToo) {
				t.Errorf("%q: missing %v, alone %v", text, missing, missingToo)
			}
		}
	}
}
