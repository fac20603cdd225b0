package promapi

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestExcerpt(t *testing.T) {
	for _, r := range []struct{ says, body, want string }{
		{"nothing of nothing", "", ""},
		{"a line as it is", "no healthy upstream", "no healthy upstream"},
		{"lines become one", "a\n\tb\x00\x1b[31mc\r\n", "a b [31mc"},
		{"the title of a page", "<html>\n<Title> 502 Bad\nGateway</title><script>alert(1)</script>", "502 Bad Gateway"},
		{"an empty title is no title", "<title></title>gone", "<title></title>gone"},
		{"a title without an end", "<title>gone", "<title>gone"},
		{"long text is cut", strings.Repeat("é", 1000), strings.Repeat("é", 300) + "…"},
	} {
		if got := excerpt(r.body); got != r.want {
			t.Errorf("%s: got %q, want %q", r.says, got, r.want)
		}
	}
}

// FuzzExcerpt: whatever a server says fits on a line of a log.
func FuzzExcerpt(f *testing.F) {
	f.Add("<title>\xff</title>")
	f.Add("İ<title>x</title>")
	f.Fuzz(func(t *testing.T, body string) {
		got := excerpt(body)
		if utf8.RuneCountInString(got) > maxText+1 || strings.ContainsFunc(got, unicode.IsControl) {
			t.Errorf("%q", got)
		}
	})
}
