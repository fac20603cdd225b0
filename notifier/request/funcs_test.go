package request

import (
	"encoding/json"
	"fmt"
	"html"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestCut(t *testing.T) {
	for _, c := range []struct {
		why  string
		n    int
		in   any
		want string
	}{
		{"what fits stays", 5, "abcde", "abcde"},
		{"what does not ends with a sign", 5, "abcdef", "abcd…"},
		{"a character of two units is not halved", 3, "👩👩", "👩…"},
		{"an escape is not halved", 3, `a\*b`, "a…"},
		{"an escaped backslash is whole", 4, `a\\bc`, `a\\…`},
		{"nothing is nothing", 3, nil, ""},
		{"a number is text", 3, 12345, "12…"},
		{"no room", 0, "a", "…"},
	} {
		if got := cut(c.n, c.in); got != c.want {
			t.Errorf("%s: %q", c.why, got)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		s, n := rapid.String().Draw(t, "text"), rapid.IntRange(1, 50).Draw(t, "n")
		if got := cut(n, s); units(got) > n || units(s) <= n && got != s {
			t.Fatalf("%q has %d units", got, units(got))
		}
	})
}

// HTML is as long as what is seen of it.
func TestFits(t *testing.T) {
	for in, want := range map[string]bool{
		"<b>abc</b>": true, "<b>abcd</b>": false, "a&amp;b": true, "abcd": false, `<a href="https://long.example.org">x</a>`: true,
	} {
		if got := fits(3, in) == in; got != want {
			t.Errorf("%q fits: %v", in, got)
		}
	}
}

func TestMarkdown(t *testing.T) {
	for in, want := range map[string]string{
		"p95 of /pay: 618 ms > 500 ms":     `p95 of /pay: 618 ms \> 500 ms`,
		"*b* _i_ ~s~ `c` ||x|| [a](b)":     "\\*b\\* \\_i\\_ \\~s\\~ \\`c\\` \\|\\|x\\|\\| \\[a\\]\\(b\\)",
		"@everyone <@1> <!channel>":        "\\@\u200Beveryone \\<\\@\u200B1\\> \\<\\!channel\\>",
		"https://evil :smile: 14:05 a: b":  `https\://evil \:smile: 14:05 a: b`,
		"# h\n- l\n1. l\n  > q\na - b 1.5": "\\# h\n\\- l\n1\\. l\n  \\> q\na - b 1.5",
		"===\nAT&amp;T \\":                 "\\===\nAT\\&amp;T \\\\",
	} {
		if got := Markdown(in); got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
}

// Escaped text is shown as it was.
func TestEscapes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "text")
		if got := html.UnescapeString(HTML(s)); got != s && !strings.Contains(s, "&") {
			t.Fatalf("HTML shows %q", got)
		}
		for _, name := range []string{"markdown", "MarkdownV2"} {
			if got := strings.ReplaceAll(unescaped(escaper(name)(s)), "\u200B", ""); got != strings.ReplaceAll(string([]rune(s)), "\u200B", "") {
				t.Fatalf("%s shows %q of %q", name, got, s)
			}
		}
	})
	if escaper("") != nil || escaper("Markdown")("a_b") != `a\_b` {
		t.Error("plain text or old Markdown")
	}
}

// unescaped drops each backslash that stands before something.
func unescaped(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func TestStructured(t *testing.T) {
	got, err := json.Marshal(structured(map[string]any{
		"list": `[{"a": 1}]`, "number": "3", "text": "api: x", "quoted": `"q"`, "null": "null", "empty": "", "inner": []any{"true", false, "{bad"},
	}))
	want := `{"empty":"","inner":[true,false,"{bad"],"list":[{"a":1}],"null":"null","number":3,"quoted":"q","text":"api: x"}`
	if string(got) != want || err != nil {
		t.Errorf("%s, %v", got, err)
	}
}

func TestLists(t *testing.T) {
	got := fmt.Sprint(items(" a, b,,"), items(nil), lines("a\n\n b \n"), atMost(1, []string{"a", "b"}), atMost(5, []string{"a"}),
		teams([]any{map[string]any{"name": "a, b", "type": "teams"}, map[string]any{"name": "", "type": "user"}, map[string]any{"id": "1", "type": "user"}}))
	if want := "[a b] [] [a  b ] [a] [a] [map[name:a type:team] map[name:b type:team] map[id:1 type:user]]"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
