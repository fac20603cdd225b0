package promql

import (
	"fmt"
	"math"
	"strings"

	"github.com/prometheus/prometheus/promql/parser"

	"tocsin/rules"
)

// A Shape says how an expression compares as a whole.
type Shape uint8

// The shapes. Only a Constant comparison has its bound outside of the series.
const (
	Constant    Shape = iota // a vector against a number: a > 5, 5 < a
	Uncompared               // whatever it leaves out, it leaves out further in: absent(a), sum(a > 5)
	Logical                  // and, or, unless
	Equality                 // == or !=: there is no side of the bound
	Bool                     // > bool: it returns 0 or 1 and leaves nothing out
	TwoBounds                // a > 5 < 10: between them, or beyond the one of those beyond the other
	TwoVectors               // vector against vector
	Computed                 // against a scalar that is no number: time(), scalar(a)
	Unreachable              // against NaN or an infinity
	Unplaced                 // the place of its parts is not known
)

// String names the shape as reports do.
func (s Shape) String() string {
	switch s {
	case Constant:
		return "constant"
	case Uncompared:
		return "no-comparison"
	case Logical:
		return "set-operation"
	case Equality:
		return "equality"
	case Bool:
		return "bool"
	case TwoBounds:
		return "two-bounds"
	case TwoVectors:
		return "two-vectors"
	case Computed:
		return "computed-bound"
	case Unreachable:
		return "infinite-bound"
	case Unplaced:
		return "unplaced"
	}
	return fmt.Sprintf("Shape(%d)", uint8(s))
}

// Against is a comparison of a vector with a number, turned so that the vector
// stands on the left.
type Against struct {
	Side      rules.Side // Above or Below
	Inclusive bool       // the bound itself is on that side: >=, <=
	Bound     float64
	Written   string // the bound as it stands in the expression, if that is a number and no sum
	// Cut is what to take out of the text to be left with the vector, in parentheses
	// if the comparison was.
	Cut Range
	// Raw is the vector in one spelling, for who asks whether two are the same.
	Raw string
	// Whole says that all values of the vector are whole numbers, for sure.
	Whole bool
}

// Against returns what the expression as a whole compares with a number; the
// shape says why it does not.
func (e *Expr) Against() (Against, Shape) {
	b, ok := unwrap(e.tree).(*parser.BinaryExpr)
	switch {
	case !ok:
		return Against{}, Uncompared
	case b.Op.IsSetOperator():
		return Against{}, Logical
	case !b.Op.IsComparisonOperator():
		return Against{}, Uncompared
	case b.ReturnBool:
		return Against{}, Bool
	case b.Op == parser.EQLC || b.Op == parser.NEQ:
		return Against{}, Equality
	}
	return e.against(b)
}

func (e *Expr) against(b *parser.BinaryExpr) (Against, Shape) {
	op, raw, bound, left := b.Op, b.LHS, b.RHS, true
	if raw.Type() == parser.ValueTypeScalar {
		raw, bound, left = bound, raw, false
		op = mirrored(op)
	}
	if bound.Type() != parser.ValueTypeScalar {
		return Against{}, TwoVectors
	}
	v, ok := constantOf(bound)
	switch {
	case !ok:
		return Against{}, Computed
	case math.IsNaN(v) || math.IsInf(v, 0):
		return Against{}, Unreachable
	case compares(raw):
		return Against{}, TwoBounds
	}
	a := Against{
		Side: rules.Above, Bound: v, Raw: unwrap(raw).String(), Whole: whole(raw),
		Inclusive: op == parser.GTE || op == parser.LTE, Cut: e.cut(raw, bound, left),
	}
	if op == parser.LSS || op == parser.LTE {
		a.Side = rules.Below
	}
	if n, ok := unwrap(bound).(*parser.NumberLiteral); ok {
		r := clip(e.text, n.PosRange)
		a.Written = e.text[r.Start:r.End]
	}
	if !e.leaves(a) {
		return Against{}, Unplaced
	}
	return a, Constant
}

// compares reports whether an expression is itself a comparison that leaves series
// out.
func compares(e parser.Expr) bool {
	b, ok := unwrap(e).(*parser.BinaryExpr)
	return ok && b.Op.IsComparisonOperator() && !b.ReturnBool
}

// cut is what stands between the vector and the end of the comparison, or
// between its beginning and the vector.
func (e *Expr) cut(raw, bound parser.Expr, left bool) Range {
	r, b := clip(e.text, raw.PositionRange()), clip(e.text, bound.PositionRange())
	if left {
		return Range{r.End, b.End}
	}
	return Range{b.Start, r.Start}
}

// leaves reports whether the vector is what is left without the cut: the places
// that the parser gives are checked rather than believed.
func (e *Expr) leaves(a Against) bool {
	if a.Cut.Start >= a.Cut.End {
		return false
	}
	left, errs := Parse(e.text[:a.Cut.Start] + e.text[a.Cut.End:])
	return len(errs) == 0 && unwrap(left.tree).String() == a.Raw
}

// Remarks reports whether a part of the expression holds a comment.
func (e *Expr) Remarks(r Range) bool { return strings.Contains(e.text[r.Start:r.End], "#") }

func mirrored(op parser.ItemType) parser.ItemType {
	switch op {
	case parser.GTR:
		return parser.LSS
	case parser.LSS:
		return parser.GTR
	case parser.GTE:
		return parser.LTE
	case parser.LTE:
		return parser.GTE
	}
	return op
}

// constantOf computes what is made of numbers alone.
func constantOf(e parser.Expr) (float64, bool) {
	switch e := unwrap(e).(type) {
	case *parser.NumberLiteral:
		return e.Val, true
	case *parser.UnaryExpr:
		v, ok := constantOf(e.Expr)
		if e.Op == parser.SUB {
			v = -v
		}
		return v, ok
	case *parser.BinaryExpr:
		l, left := constantOf(e.LHS)
		r, right := constantOf(e.RHS)
		v, ok := compute(e.Op, l, r)
		return v, ok && left && right
	}
	return 0, false
}

// compute calculates as the engine does.
func compute(op parser.ItemType, l, r float64) (float64, bool) {
	switch op {
	case parser.ADD:
		return l + r, true
	case parser.SUB:
		return l - r, true
	case parser.MUL:
		return l * r, true
	case parser.DIV:
		return l / r, true
	case parser.POW:
		return math.Pow(l, r), true
	case parser.MOD:
		return math.Mod(l, r), true
	case parser.ATAN2:
		return math.Atan2(l, r), true
	}
	return 0, false
}
