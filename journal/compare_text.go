package journal

import (
	"fmt"
	"strings"
)

// Write writes the comparison as text.
func (c *Comparison) Write(b *strings.Builder) {
	b.WriteString("\nHistory against what was seen:\n")
	same := 0
	for _, s := range c.Rules {
		if s.Differ+s.Failed+s.Partial == 0 {
			same += s.Answers
			continue
		}
		s.write(b)
	}
	fmt.Fprintf(b, "  %s of other rules are the same\n", count(same, "answer"))
	if c.Unknown > 0 {
		fmt.Fprintf(b, "  %s are of sources without a URL: not compared\n", count(c.Unknown, "answer"))
	}
	fmt.Fprintf(b, "With history, %d news more would have been told (+), and %d less (-).\n", len(c.Now), len(c.Then))
	listNews(b, "+", c.Now)
	listNews(b, "-", c.Then)
	for _, e := range c.Errors {
		fmt.Fprintf(b, "not compared: %s\n", e)
	}
}

func (s Seen) write(b *strings.Builder) {
	fmt.Fprintf(b, "  %s: %s", s.Rule, count(s.Answers, "answer"))
	for _, x := range []struct {
		n    int
		what string
	}{
		{s.Differ, "differ"},
		{s.Failed, "failed then"},
		{s.Partial, "partial then"},
		{s.Late, "late samples"},
		{s.Gone, "samples gone"},
		{s.Changed, "samples changed"},
		{s.Missed, "breaches missed"},
	} {
		if x.n > 0 {
			fmt.Fprintf(b, ", %d %s", x.n, x.what)
		}
	}
	fmt.Fprintf(b, "\n    %s\n", s.Example)
}

func listNews(b *strings.Builder, sign string, all []News) {
	const most = 10
	for n, x := range all {
		if n == most {
			fmt.Fprintf(b, "%s … and %d more\n", sign, len(all)-most)
			return
		}
		fmt.Fprintf(b, "%s %s %s\n", sign, stamp(x.At), x.Text)
	}
}
