package promql

import (
	"errors"
	"fmt"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/promql/parser/posrange"
)

// A Range is a part of an expression, from Start up to but without End.
type Range struct{ Start, End int }

// An Error says what is wrong with an expression, and where.
type Error struct {
	Range
	Text string
}

// Error returns the text without the place.
func (e Error) Error() string { return e.Text }

// An Expr is an expression that parsed.
type Expr struct {
	text string
	tree parser.Expr

	found labeller // what is known of labels
}

// maxBytes bounds an expression, strings in it not counted: the time that the
// parser takes grows with the square of the nesting.
const maxBytes = 16 << 10

// Parse reads an expression. It accepts what any Prometheus accepts, with all
// features on: whether the source has them is the source's affair.
func Parse(text string) (*Expr, []Error) {
	if size := unquoted(text); size > maxBytes {
		return nil, []Error{{Range{0, 0}, fmt.Sprintf("expression is too long: %d bytes besides its strings, and %d are read", size, maxBytes)}}
	}
	tree, err := options().ParseExpr(text)
	if err != nil {
		// A tree that comes with an error may be broken: it is never looked at.
		return nil, parseErrors(text, err)
	}
	return &Expr{text: text, tree: tree}, nil
}

// unquoted counts the bytes outside of strings.
func unquoted(text string) int {
	n, quote := 0, byte(0)
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quote == 0:
			n++
			if c == '"' || c == '\'' || c == '`' {
				quote = c
			}
		case c == '\\' && quote != '`':
			i++
		case c == quote:
			quote = 0
		}
	}
	return n
}

func options() parser.Parser {
	return parser.NewParser(parser.Options{
		EnableExperimentalFunctions:  true,
		ExperimentalDurationExpr:     true,
		EnableExtendedRangeSelectors: true,
		EnableBinopFillModifiers:     true,
	})
}

func parseErrors(text string, err error) []Error {
	var list parser.ParseErrors
	if !errors.As(err, &list) || len(list) == 0 {
		return []Error{{Range: Range{0, len(text)}, Text: err.Error()}}
	}
	var all []Error
	for _, e := range list {
		at, said := e.PositionRange, e.Err.Error()
		if strings.HasPrefix(said, "unexpected right parenthesis") { // the lexer is beyond it by then
			at.Start, at.End = at.Start-1, at.Start
		}
		all = append(all, Error{Range: clip(text, at), Text: said})
	}
	return all
}

// clip keeps a range within the expression, for the parser points beyond its
// end where something is missing, and before its start now and then. White space
// at the end is beyond it: in a block scalar that would be the next line.
func clip(text string, p posrange.PositionRange) Range {
	length := len(strings.TrimRight(text, " \t\r\n"))
	start := min(max(int(p.Start), 0), length)
	end := min(max(int(p.End), start), length)
	return Range{start, end}
}

// Type is what the expression returns: "vector", "scalar", "matrix" or
// "string".
func (e *Expr) Type() string { return string(e.tree.Type()) }

// Nodes counts the parts of the expression.
func (e *Expr) Nodes() (n int) {
	parser.Inspect(e.tree, func(node parser.Node, _ []parser.Node) error {
		if node != nil {
			n++
		}
		return nil
	})
	return n
}

// Check returns an error if no rule can be made of the expression, because it
// returns neither a vector nor a scalar.
func (e *Expr) Check() *Error {
	switch e.tree.Type() {
	case parser.ValueTypeVector, parser.ValueTypeScalar:
		return nil
	case parser.ValueTypeMatrix:
		return &Error{e.all(), "expression returns a range vector: a rule needs one value per series"}
	case parser.ValueTypeString, parser.ValueTypeNone:
	}
	return &Error{e.all(), fmt.Sprintf("expression returns a %s: a rule needs a number", e.Type())}
}

func (e *Expr) all() Range { return clip(e.text, e.tree.PositionRange()) }

// Comparison returns where the expression as a whole compares and drops what
// does not match, so that values on one side are never seen.
func (e *Expr) Comparison() (Range, bool) {
	b, ok := unwrap(e.tree).(*parser.BinaryExpr)
	if !ok || !b.Op.IsComparisonOperator() || b.ReturnBool {
		return Range{}, false
	}
	return clip(e.text, b.PositionRange()), true
}

// Filters reports whether anything in the expression can leave series out
// because of their value or of others: a comparison, a set operation, absent.
// An alert whose expression does not, fires for all series at all times.
func (e *Expr) Filters() bool {
	found := false
	parser.Inspect(e.tree, func(n parser.Node, _ []parser.Node) error {
		found = found || filters(n)
		return nil
	})
	return found
}

func filters(n parser.Node) bool {
	switch n := n.(type) {
	case *parser.BinaryExpr:
		return n.Op.IsComparisonOperator() && !n.ReturnBool || n.Op.IsSetOperator()
	case *parser.Call:
		return n.Func.Name == "absent" || n.Func.Name == "absent_over_time" || n.Func.Name == "vector"
	}
	return false
}

// A Selector is one place where an expression reads series.
type Selector struct {
	Range
	Name     string // "" if it has none
	Matchers []*labels.Matcher
}

// Selectors returns all selectors in order of their place.
func (e *Expr) Selectors() []Selector {
	var all []Selector
	parser.Inspect(e.tree, func(n parser.Node, _ []parser.Node) error {
		if v, ok := n.(*parser.VectorSelector); ok {
			all = append(all, Selector{clip(e.text, v.PositionRange()), name(v), v.LabelMatchers})
		}
		return nil
	})
	return all
}

func name(v *parser.VectorSelector) string {
	if v.Name != "" {
		return v.Name
	}
	for _, m := range v.LabelMatchers {
		if m.Name == model.MetricNameLabel && m.Type == labels.MatchEqual {
			return m.Value
		}
	}
	return ""
}

func unwrap(e parser.Expr) parser.Expr {
	for {
		switch inner := e.(type) {
		case *parser.ParenExpr:
			e = inner.Expr
		case *parser.StepInvariantExpr:
			e = inner.Expr
		default:
			return e
		}
	}
}

// Bounded reports whether the expression refers to the start or the end of the
// range that is asked for: at an instant it means something else than in a range.
func (e *Expr) Bounded() bool {
	found := false
	parser.Inspect(e.tree, func(n parser.Node, _ []parser.Node) error {
		switch n := n.(type) {
		case *parser.VectorSelector:
			found = found || n.StartOrEnd != 0
		case *parser.SubqueryExpr:
			found = found || n.StartOrEnd != 0
		}
		return nil
	})
	return found
}
