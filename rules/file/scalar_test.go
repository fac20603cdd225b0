package file

import (
	"strings"
	"testing"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
	"pgregory.net/rapid"
)

// However a value is written, each of its characters that is no white space and
// not escaped is found in the text where it stands.
func TestPartFindsEachCharacter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.StringOf(rapid.SampledFrom([]rune("ab{}()\"'\\ \n\tü|>:#-"))).Draw(t, "value")
		style := rapid.SampledFrom([]yaml.Style{
			0, yaml.DoubleQuotedStyle, yaml.SingleQuotedStyle, yaml.LiteralStyle, yaml.FoldedStyle,
		}).Draw(t, "style")
		src, err := yaml.Marshal(&yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{
			{Kind: yaml.ScalarNode, Value: "key"},
			{Kind: yaml.MappingNode, Content: []*yaml.Node{
				{Kind: yaml.ScalarNode, Value: "expr"},
				{Kind: yaml.ScalarNode, Tag: "!!str", Value: value, Style: style},
			}},
		}})
		if err != nil {
			t.Skip("not written")
		}
		checkParts(t, src, value)
	})
}

func checkParts(t *rapid.T, src []byte, value string) {
	s := &sink{}
	d := newDoc("x", src, s)
	root := d.parse()
	if root == nil {
		t.Skip("not read")
	}
	n := root.Content[1].Content[1]
	if n.Value != value {
		t.Skip("not written faithfully")
	}
	for i, r := range value {
		if strings.ContainsRune(" \n\t\"'\\", r) {
			continue
		}
		start, end, ok := d.part(n, i, i+utf8.RuneLen(r))
		if !ok {
			t.Fatalf("%q in %q is not found in\n%s", r, value, src)
		}
		if got := string(src[start:end]); !strings.HasPrefix(got, string(r)) && got[0] != '\\' {
			t.Fatalf("%q of %q at %d is %q in\n%s", r, value, i, got, src)
		}
	}
}

func TestPartInQuotesAndFolds(t *testing.T) {
	for _, c := range []struct{ why, src, mark, want string }{
		{"plain over lines", "e: a +\n   b + c\n", "c", "2:8"},
		{"double quoted with escapes", "e: \"a \\\"x\\\" \\u00e4 \\\n  c\"\n", "c", "2:3"},
		{"single quoted with quotes", "e: 'a ''x'' c'\n", "c", "1:13"},
		{"literal with a blank line", "e: |\n  a\n\n  b c\n", "c", "4:5"},
		{"folded with an indented line", "e: >-\n  a\n    b\n  c\n", "c", "4:3"},
		{"literal with an indent of its own", "e: |2\n    a\n  c\n", "c", "3:3"},
		{"behind an anchor and a tag", "e: &x !!str c\n", "c", "1:13"},
		{"behind letters of two bytes", "e: 'äö c'\n", "c", "1:10"},
		{"with carriage returns", "e: |\r\n  a\r\n  c\r\n", "c", "3:3"},
	} {
		d := newDoc("x", []byte(c.src), &sink{})
		root := d.parse()
		if root == nil {
			t.Errorf("%s: not read", c.why)
			continue
		}
		p := pos{d, root.Content[1]}
		at := strings.LastIndex(p.n.Value, c.mark)
		prob := p.bad(CodePromQL, "here")
		p.within(prob, at, at+1)
		if got := placeOf(prob); got != c.want {
			t.Errorf("%s: %s, not %s", c.why, got, c.want)
		}
	}
}
