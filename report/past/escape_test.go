package past

import (
	"bytes"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	gmhtml "github.com/yuin/goldmark/renderer/html"
	nethtml "golang.org/x/net/html"
	"pgregory.net/rapid"

	"tocsin/notifier/message"
)

// Whatever stands in code in a cell of a table, a reader of Markdown sees just that
// text, and nothing else comes of it.
func TestCodeIsReadAsItIs(t *testing.T) {
	md := goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithRendererOptions(gmhtml.WithUnsafe()))
	part := rapid.OneOf(
		rapid.SampledFrom([]string{
			"`", "``", "|", `\|`, "*", "**", "_", "<", ">", "</code>", "<!--", "-->", "&amp;", "&#64;", "@a", "#1", "[x](y)", "![x](y)", "https://a.b",
			"HTTP://a.b", "www.a.b", "wWw.a.b", "a@b.c", "ftp://a.b", "~~", "$", "  ", "\n", "\n\n", "{", "}", "x", ".", "-", "+", ":", "!", `"`, "'", "é", "世",
		}),
		rapid.StringN(0, 3, -1),
	)
	rapid.Check(t, func(t *rapid.T) {
		s := strings.Join(rapid.SliceOfN(part, 0, 12).Draw(t, "parts"), "")
		var out bytes.Buffer
		if err := md.Convert([]byte("| a | b |\n|:--|:--|\n| "+code(s)+" | end |\n"), &out); err != nil {
			t.Fatal(err)
		}
		root, err := nethtml.Parse(&out)
		if err != nil {
			t.Fatal(err)
		}
		var elements []string
		text := ""
		for n := range root.Descendants() {
			switch n.Type {
			case nethtml.ElementNode:
				elements = append(elements, n.Data)
			case nethtml.TextNode:
				if n.Parent.Data == "code" {
					text += n.Data
				}
			default:
			}
		}
		if got := strings.Join(elements, " "); got != "html head body table thead tr th th tbody tr td code td" {
			t.Fatalf("%q becomes %s", s, got)
		}
		if want := message.Cut(clean(s), mostNameRunes); text != want {
			t.Fatalf("%q is read as %q", want, text)
		}
	})
}

// A fence is longer than any in it.
func TestFence(t *testing.T) {
	for lines, want := range map[string]string{"a": "```", "```": "````", "x ````` y": "``````"} {
		if got := fence("text", []string{lines}); !strings.HasPrefix(got, want+"text\n") || !strings.HasSuffix(got, "\n"+want+"\n") {
			t.Errorf("%q in %q", lines, got)
		}
	}
}
