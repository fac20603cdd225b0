package past_test

import (
	"flag"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tocsin/backtest"
	"tocsin/notifier/message/messagetest"
	"tocsin/report/past"
)

var update = flag.Bool("update", false, "write the golden files")

func written(t testing.TB, format string, r *backtest.Result, o past.Options) string {
	t.Helper()
	var b strings.Builder
	if err := past.Write(format, &b, r, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func writtenDifference(t testing.TB, format string, d *backtest.Difference, o past.Options) string {
	t.Helper()
	var b strings.Builder
	if err := past.WriteDifference(format, &b, d, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// extensions name golden files by the kind of what is in them.
func extensions() map[string]string {
	return map[string]string{"text": ".txt", "json": ".json", "markdown": ".md", "html": ".html"}
}

// looked is what of a report is kept as golden: without the style, which is the same
// in each page.
func looked(text string) string {
	text = regexp.MustCompile(`(?s)<style>.*?</style>`).ReplaceAllString(text, "<style></style>")
	return regexp.MustCompile(`sha256-[^&]*&`).ReplaceAllString(text, "sha256-&")
}

// Each form of each result is as it was looked at.
func TestResults(t *testing.T) {
	cases := results()
	cases["week"] = func() *backtest.Result { return lived(t, nil) }
	for _, name := range slices.Sorted(maps.Keys(cases)) {
		r := cases[name]()
		for _, format := range past.Formats() {
			text := written(t, format, r, past.Options{Zone: berlin(t)})
			if again := written(t, format, r, past.Options{Zone: berlin(t)}); again != text {
				t.Errorf("%s as %s is not the same twice", name, format)
			}
			messagetest.Golden(t, *update, "golden/"+name+extensions()[format], []byte(looked(text)))
		}
	}
}

// Each form of each difference is as it was looked at.
func TestDifferences(t *testing.T) {
	cases := differences()
	cases["diff-week"] = func() *backtest.Difference { return compared(t) }
	for _, name := range slices.Sorted(maps.Keys(cases)) {
		d := cases[name]()
		for _, format := range past.Formats() {
			text := writtenDifference(t, format, d, past.Options{Zone: berlin(t)})
			messagetest.Golden(t, *update, "golden/"+name+extensions()[format], []byte(looked(text)))
		}
	}
}

// Colour is the only difference that it makes: without the escapes the text is the
// same.
func TestColourAddsNothingElse(t *testing.T) {
	for name, r := range results() {
		plain := written(t, "text", r(), past.Options{})
		if strings.Contains(plain, "\x1b") {
			t.Errorf("%s has escapes without colour", name)
		}
		coloured := written(t, "text", r(), past.Options{Color: true})
		for _, code := range []string{"0", "1", "2", "31", "32", "33", "1;31"} {
			coloured = strings.ReplaceAll(coloured, "\x1b["+code+"m", "")
		}
		if trimmed(coloured) != trimmed(plain) {
			t.Errorf("%s in colour is another text:\n%s\n%s", name, coloured, plain)
		}
	}
}

// trimmed is a text without spaces at ends of lines: a coloured one keeps some
// within the colour.
func trimmed(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

// A format that there isn't is an error that names those that there are.
func TestUnknownFormat(t *testing.T) {
	var b strings.Builder
	for _, err := range []error{
		past.Write("xml", &b, made(), past.Options{}), past.WriteDifference("", &b, backtest.Subtract(made(), made()), past.Options{}),
	} {
		if err == nil || !strings.Contains(err.Error(), "text, json, markdown, html") || b.Len() > 0 {
			t.Errorf("%v, %q", err, b.String())
		}
	}
}
