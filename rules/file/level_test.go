package file

import (
	"testing"

	"gopkg.in/yaml.v3"

	"tocsin/rules"
)

// readLevel reads a level as a rule file has it.
func readLevel(text string) (*rules.LevelRule, bool) {
	s := &sink{}
	d := newDoc("x", []byte(text), s)
	var raw rawLevel
	d.level(&raw)(&yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: text, Line: 1, Column: 1})
	l := cook(raw, rules.NoUnit).finish()
	return l, !s.failed(0)
}

func TestShortForms(t *testing.T) {
	for _, c := range []struct{ why, in, want string }{
		{"above", "above 5", "above 5"},
		{"a sign", "> 5", "above 5"},
		{"below", "below .5", "below 0.5"},
		{"a sign, below", "< -1e3", "below -1000"},
		{"outside", "outside 1 to 5", "outside 1 to 5"},
		{"white space does not count", "  above    5 ", "above 5"},
	} {
		l, ok := readLevel(c.in)
		if !ok || l.Threshold.String() != c.want {
			t.Errorf("%s: %q is %+v", c.why, c.in, l)
		}
	}
	for _, in := range []string{"", "above", "5", "above 5 6", "outside 5", "outside 1 to", "outside 5 to 1", "outside 1 to 2 to 3", "beyond 5", "off 5", ">5 <6"} {
		if l, ok := readLevel(in); ok {
			t.Errorf("%q is accepted: %+v", in, l)
		}
	}
}

// What a threshold prints is read as the same threshold.
func FuzzLevel(f *testing.F) {
	for _, s := range []string{"above 5", "> 1e6", "below -0", "outside 1 to 2", "outside -1e300 to 1e300", "off", "above above 5", "outside to to 5"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		l, ok := readLevel(s)
		if l == nil {
			return
		}
		if !ok {
			t.Fatalf("%q is wrong and made %+v", s, l)
		}
		again, ok := readLevel(l.Threshold.String())
		if !ok || again.Threshold != l.Threshold {
			t.Fatalf("%q prints %q, which is %+v", s, l.Threshold, again)
		}
	})
}
