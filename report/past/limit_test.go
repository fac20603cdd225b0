package past_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"tocsin/backtest"
	"tocsin/report/past"
)

// However much there is to tell, each form but JSON is bounded, and says how much it
// leaves out.
func TestStorm(t *testing.T) {
	r := storm(5000)
	d := backtest.Subtract(made(), r)
	for _, c := range []struct {
		format string
		most   int
		want   []string
	}{
		{"text", 100_000, []string{"… and 280 more rules: see", "… and 200 more rules\n", "… and 4,990 more episodes", "… and 50 more receivers", "… and 160 more lines"}},
		{"markdown", past.DefaultLimit, []string{"are left out:** this report has at most 65,000 characters", "250 rules more of the table left out", "… and 4,992 more episodes"}},
		{"html", 6_000_000, []string{"… and 240 more rules", "… and 4,800 more episodes", "… and 50 more receivers"}},
	} {
		for _, text := range []string{written(t, c.format, r, past.Options{}), writtenDifference(t, c.format, d, past.Options{})} {
			if n := utf8.RuneCountInString(text); n > c.most {
				t.Errorf("%s has %d characters", c.format, n)
			}
			for _, want := range c.want {
				if !strings.Contains(text, want) {
					t.Errorf("%s doesn't say %q", c.format, want)
				}
			}
		}
	}
	if text := written(t, "json", r, past.Options{}); strings.Count(text, `"spans"`) < 20_000 {
		t.Error("JSON leaves episodes out")
	}
}

// Markdown keeps to any limit, is told how many rules are left out, and closes what
// it opens.
func TestMarkdownKeepsToItsLimit(t *testing.T) {
	r, evil := storm(40), hostile() // forty rules with episodes
	leftOut := regexp.MustCompile(`details of (\d+) rules? are left out`)
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.IntRange(past.LeastLimit, 300_000).Draw(t, "limit")
		for name, text := range map[string]string{
			"storm": asMarkdown(t, r, limit), "hostile": asMarkdown(t, evil, limit), "difference": differenceAsMarkdown(t, backtest.Subtract(evil, r), limit),
		} {
			if n := utf8.RuneCountInString(text); n > limit {
				t.Fatalf("%s: %d characters, at most %d", name, n, limit)
			}
			shown := strings.Count(text, "\n</details>")
			if strings.Count(text, "<details") != shown {
				t.Fatalf("%s: an element is not closed", name)
			}
			missing, rules := 0, map[string]int{"storm": 40, "hostile": len(evil.Rules), "difference": len(r.Rules) + len(evil.Rules)}[name]
			if m := leftOut.FindStringSubmatch(text); m != nil {
				_, _ = fmt.Sscan(m[1], &missing)
			}
			if shown+missing != rules {
				t.Fatalf("%s: %d rules are shown and %d left out, of %d", name, shown, missing, rules)
			}
		}
	})
}

func asMarkdown(t *rapid.T, r *backtest.Result, limit int) string {
	var b strings.Builder
	if err := past.Write("markdown", &b, r, past.Options{Limit: limit}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func differenceAsMarkdown(t *rapid.T, d *backtest.Difference, limit int) string {
	var b strings.Builder
	if err := past.WriteDifference("markdown", &b, d, past.Options{Limit: limit}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Where all doesn't fit, more rules with less of each are shown rather than few with
// everything; the first ones keep theirs.
func TestMarkdownSharesItsRoom(t *testing.T) {
	var all []*backtest.RuleResult
	for n := range 40 {
		rr := threshold(fmt.Sprintf("Rule%02d", n), episode("e", 3, 1))
		rr.Messages = []string{strings.Repeat("a line of a message\n", 50)}
		all = append(all, rr)
	}
	r := made(all...)
	for _, c := range []struct{ limit, rules, tables, messages int }{
		{300_000, 40, 40, 40}, {60_000, 40, 40, 3}, {36_000, 40, 3, 3},
	} {
		text := written(t, "markdown", r, past.Options{Limit: c.limit})
		rules, tables, messages := strings.Count(text, "<details"), strings.Count(text, "**Episodes: 1**"), strings.Count(text, "**First message**")
		if rules != c.rules || tables != c.tables || messages != c.messages {
			t.Errorf("in %d characters are %d rules, %d tables and %d messages: %+v", c.limit, rules, tables, messages, c)
		}
	}
}

// A year is drawn as far as it can be looked at, and the page says what isn't.
func TestYear(t *testing.T) {
	r := made(threshold("A", episode("a", 30, 2)))
	r.Until = r.From.Add(400 * 24 * time.Hour)
	if text := written(t, "html", r, past.Options{}); !strings.Contains(text, "The first 338 days of the period are not drawn.") || strings.Count(text, `class="day"`) != 63 {
		t.Error("the days of a year are not as they should be")
	}
	if text := written(t, "text", r, past.Options{}); strings.Contains(text, "by day") || !strings.Contains(text, "Jan 2027") {
		t.Errorf("a year as text:\n%s", text)
	}
}

// A result that is incomplete says so in its first lines and never looks clean, in
// each form, whatever else there is.
func TestIncompleteIsNeverClean(t *testing.T) {
	calm := made(threshold("Calm"))
	calm.Incomplete = []string{"the source went away"}
	for format, want := range map[string]string{
		"text": "INCOMPLETE", "markdown": "**Incomplete.**", "html": "<h2>Incomplete</h2>", "json": `"complete": false`,
	} {
		for kind, text := range map[string]string{
			"result": written(t, format, calm, past.Options{}),
			"head":   writtenDifference(t, format, backtest.Subtract(made(), calm), past.Options{}),
			"base":   writtenDifference(t, format, backtest.Subtract(calm, made()), past.Options{}),
			"both":   writtenDifference(t, format, backtest.Subtract(calm, calm), past.Options{}),
		} {
			if !strings.Contains(text, want) || !strings.Contains(text, "the source went away") {
				t.Errorf("%s of %s doesn't say %q:\n%s", format, kind, want, text)
			}
			if format == "text" && !strings.HasPrefix(text, want) {
				t.Errorf("%s of %s says it too late", format, kind)
			}
		}
	}
}
