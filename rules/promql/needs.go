package promql

import (
	"regexp"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// A Need is a selector without whose series the expression is not what it is meant to be.
type Need struct {
	Selector
	// Reach is how far it looks back from the instant of the evaluation, but for the
	// lookback that each selector has.
	Reach time.Duration
}

// Needs returns the selectors that should find series, in order of their place. It leaves
// out those that are there to find none: within absent(), behind unless, beside a constant
// such as `or vector(0)`; and those of another time than that of the evaluation.
func (e *Expr) Needs() []Need {
	n := needs{text: e.text}
	n.walk(e.tree, 0)
	return n.found
}

type needs struct {
	text  string
	found []Need
}

func (n *needs) walk(node parser.Node, reach time.Duration) {
	switch x := node.(type) {
	case *parser.VectorSelector:
		n.add(x, reach)
		return
	case *parser.MatrixSelector:
		reach += x.Range
	case *parser.SubqueryExpr:
		if x.Timestamp != nil || x.StartOrEnd != 0 {
			return
		}
		reach += x.Range + x.Offset
	case *parser.Call:
		switch x.Func.Name {
		case "absent", "absent_over_time":
			return
		case "info": // its second argument selects labels of another metric
			n.walk(x.Args[0], reach)
			return
		}
	case *parser.BinaryExpr:
		n.sides(x, reach)
		return
	}
	for child := range parser.ChildrenIter(node) {
		n.walk(child, reach)
	}
}

// sides walks through those sides of an operator that must not be empty.
func (n *needs) sides(b *parser.BinaryExpr, reach time.Duration) {
	switch {
	case b.VectorMatching != nil && filled(b.VectorMatching):
		return
	case b.Op == parser.LUNLESS:
		n.walk(b.LHS, reach)
		return
	case b.Op == parser.LOR && (constant(b.LHS) || constant(b.RHS)):
		return
	}
	n.walk(b.LHS, reach)
	n.walk(b.RHS, reach)
}

// constant reports whether an expression reads no series.
func constant(e parser.Expr) bool {
	found := false
	parser.Inspect(e, func(n parser.Node, _ []parser.Node) error {
		_, selects := n.(*parser.VectorSelector)
		found = found || selects
		return nil
	})
	return !found
}

func (n *needs) add(v *parser.VectorSelector, reach time.Duration) {
	metric := name(v)
	if v.Timestamp != nil || v.StartOrEnd != 0 || metric == "ALERTS" || metric == "ALERTS_FOR_STATE" {
		return
	}
	n.found = append(n.found, Need{Selector{clip(n.text, v.PositionRange()), metric, v.LabelMatchers}, reach + max(v.OriginalOffset, 0)})
}

// String writes the selector in its canonical form, without offset, and so that a
// Prometheus which knows no names in quotes reads it, too.
func (s Selector) String() string {
	v := &parser.VectorSelector{LabelMatchers: s.Matchers}
	names := 0
	for _, m := range s.Matchers {
		if m.Name == model.MetricNameLabel {
			names++
		}
	}
	if names <= 1 && model.LegacyValidation.IsValidMetricName(s.Name) {
		v.Name = s.Name
	}
	return v.String()
}

// Metric writes a selector of all series of a metric, and of one label if it is not empty.
func Metric(metric, label, value string) string {
	ms := []*labels.Matcher{}
	if metric != "" {
		ms = append(ms, labels.MustNewMatcher(labels.MatchEqual, model.MetricNameLabel, metric))
	}
	if label != "" {
		ms = append(ms, labels.MustNewMatcher(labels.MatchEqual, label, value))
	}
	return Selector{Name: metric, Matchers: ms}.String()
}

// NameAt returns where the selector says the name of its metric; all of it if it does so
// in its braces.
func (e *Expr) NameAt(s Selector) Range {
	if s.Name != "" && strings.HasPrefix(e.text[s.Start:], s.Name) {
		return Range{s.Start, s.Start + len(s.Name)}
	}
	return s.Range
}

var matcherText = regexp.MustCompile("(?:\"((?:[^\"\\\\]|\\\\.)*)\"|'((?:[^'\\\\]|\\\\.)*)'|`([^`]*)`|([a-zA-Z_][a-zA-Z0-9_.:]*))" +
	"\\s*(=~|!~|!=|=)\\s*(?:\"(?:[^\"\\\\]|\\\\.)*\"|'(?:[^'\\\\]|\\\\.)*'|`[^`]*`)")

// MatcherAt returns where the selector asks for a label; all of it where that is not
// plain to see.
func (e *Expr) MatcherAt(s Selector, m *labels.Matcher) Range {
	text := e.text[s.Start:s.End]
	brace := strings.IndexByte(text, '{')
	if brace < 0 {
		return s.Range
	}
	for _, at := range matcherText.FindAllStringSubmatchIndex(text[brace:], -1) {
		label := ""
		for group := 2; group < 10; group += 2 {
			if at[group] >= 0 {
				label = text[brace+at[group] : brace+at[group+1]]
			}
		}
		operator := text[brace+at[10] : brace+at[11]]
		if label == m.Name && operator == m.Type.String() {
			return Range{s.Start + brace + at[0], s.Start + brace + at[1]}
		}
	}
	return s.Range
}
