package past_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer/html"
	nethtml "golang.org/x/net/html"

	"tocsin/backtest"
	"tocsin/report/past"
)

// evil are the reports of results in which all that comes from outside is hostile.
func evil(t *testing.T, format string) []string {
	t.Helper()
	return []string{
		written(t, format, hostile(), past.Options{}),
		writtenDifference(t, format, backtest.Subtract(made(), hostile()), past.Options{}),
		writtenDifference(t, format, backtest.Subtract(hostile(), made()), past.Options{}),
	}
}

// Nothing from outside moves the cursor, turns the direction of text, or begins a
// line, where a CI would take it for a command.
func TestHostileText(t *testing.T) {
	for _, text := range evil(t, "text") {
		for _, line := range strings.Split(text, "\n") {
			if strings.ContainsFunc(line, func(r rune) bool { return unicode.IsControl(r) || r == '\u202e' }) {
				t.Errorf("control characters: %q", line)
			}
			if start := strings.TrimSpace(line); strings.HasPrefix(start, "::") || strings.HasPrefix(start, "##[") {
				t.Errorf("a command: %q", line)
			}
		}
	}
}

// What GitHub makes of the Markdown has no element that we didn't write, no link, no
// picture, and nothing outside of code that could mention anybody.
func TestHostileMarkdown(t *testing.T) {
	md := goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithRendererOptions(html.WithUnsafe()))
	for _, text := range evil(t, "markdown") {
		var out bytes.Buffer
		if err := md.Convert([]byte(text), &out); err != nil {
			t.Fatal(err)
		}
		ours := []string{
			"html", "head", "body", "h3", "p", "code", "b", "strong", "table", "thead", "tbody", "tr", "th", "td",
			"details", "summary", "pre", "blockquote", "ul", "li",
		}
		walk(t, out.String(), func(n *nethtml.Node, within []string) {
			switch n.Type {
			case nethtml.ElementNode:
				if !slices.Contains(ours, n.Data) {
					t.Errorf("an element %q", n.Data)
				}
				for _, a := range n.Attr {
					if a.Key != "open" && a.Key != "style" && a.Key != "align" && !strings.HasPrefix(a.Val, "language-") {
						t.Errorf("an attribute %v of %s", a, n.Data)
					}
				}
			case nethtml.TextNode:
				if !slices.Contains(within, "code") && strings.ContainsAny(n.Data, "@#<`$~") {
					t.Errorf("outside of code: %q", n.Data)
				}
			case nethtml.CommentNode:
				t.Errorf("a comment: %q", n.Data)
			default:
			}
		})
		if strings.Count(out.String(), "<table>") != strings.Count(text, "\n|:--|") {
			t.Error("a table is broken")
		}
	}
}

// The page has no element that asks for something or runs, whatever is in it, and
// shows what it was given as text.
func TestHostilePage(t *testing.T) {
	for _, text := range evil(t, "html") {
		seen := ""
		walk(t, text, func(n *nethtml.Node, _ []string) {
			if n.Type == nethtml.TextNode {
				seen += n.Data
			}
			if n.Type != nethtml.ElementNode {
				return
			}
			if slices.Contains([]string{"script", "img", "link", "iframe", "object", "embed", "form", "base", "video", "image", "use"}, n.Data) {
				t.Errorf("an element %q", n.Data)
			}
			for _, a := range n.Attr {
				if strings.HasPrefix(a.Key, "on") || a.Key == "src" || a.Key == "style" || a.Key == "href" && !strings.HasPrefix(a.Val, "#") {
					t.Errorf("an attribute %v of %s", a, n.Data)
				}
			}
		})
		if !strings.Contains(seen, "<script>alert(1)</script>") {
			t.Error("what is hostile isn't shown")
		}
	}
}

// walk visits each node, with the names of those it is within.
func walk(t *testing.T, text string, visit func(n *nethtml.Node, within []string)) {
	t.Helper()
	root, err := nethtml.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	var down func(n *nethtml.Node, within []string)
	down = func(n *nethtml.Node, within []string) {
		visit(n, within)
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			down(c, append(within[:len(within):len(within)], n.Data))
		}
	}
	down(root, nil)
}
