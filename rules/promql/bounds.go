package promql

import (
	"math"

	"github.com/prometheus/prometheus/promql/parser"
)

// bounds are those of the values that an expression may return. NaN is left out: it
// compares with nothing.
type bounds struct{ low, high float64 }

func anything() bounds { return bounds{math.Inf(-1), math.Inf(1)} }

func atLeast(v float64) bounds { return bounds{v, math.Inf(1)} }

func (b bounds) or(c bounds) bounds { return bounds{min(b.low, c.low), max(b.high, c.high)} }

func (b bounds) and(c bounds) bounds { return bounds{max(b.low, c.low), min(b.high, c.high)} }

// Bounds returns between which values all that the expression returns lies; infinite
// where that is not known.
func (e *Expr) Bounds() (low, high float64) {
	b := boundsOf(e.tree)
	return b.low, b.high
}

func boundsOf(e parser.Expr) bounds {
	switch e := unwrap(e).(type) {
	case *parser.NumberLiteral:
		if math.IsNaN(e.Val) {
			return anything()
		}
		return bounds{e.Val, e.Val}
	case *parser.AggregateExpr:
		return aggregateBounds(e)
	case *parser.Call:
		return callBounds(e)
	case *parser.BinaryExpr:
		return binaryBounds(e)
	case *parser.SubqueryExpr:
		return boundsOf(e.Expr)
	case *parser.UnaryExpr:
		if b := boundsOf(e.Expr); e.Op == parser.SUB {
			return bounds{-b.high, -b.low}
		}
		return boundsOf(e.Expr)
	}
	return anything()
}

func aggregateBounds(a *parser.AggregateExpr) bounds {
	inner := boundsOf(a.Expr)
	switch a.Op {
	case parser.COUNT, parser.COUNT_VALUES:
		return atLeast(1)
	case parser.GROUP:
		return bounds{1, 1}
	case parser.STDDEV, parser.STDVAR:
		return atLeast(0)
	case parser.SUM: // of one or more
		b := anything()
		if inner.low >= 0 {
			b.low = inner.low
		}
		if inner.high <= 0 {
			b.high = inner.high
		}
		return b
	case parser.AVG, parser.MIN, parser.MAX, parser.TOPK, parser.BOTTOMK, parser.LIMITK, parser.LIMIT_RATIO:
		return inner
	}
	return anything() // a quantile outside of 0 to 1 is infinite
}

func callBounds(c *parser.Call) bounds {
	switch c.Func.Name {
	case "absent", "absent_over_time", "present_over_time":
		return bounds{1, 1}
	case "count_over_time":
		return atLeast(1)
	case "rate", "increase", "irate":
		// A fall is taken for a restart, so that none is negative, unless values are.
		if m, ok := unwrap(c.Args[0]).(*parser.MatrixSelector); ok && IsCounter(selectorName(m)) || boundsOf(c.Args[0]).low >= 0 {
			return atLeast(0)
		}
		return anything()
	case "resets", "changes":
		return atLeast(0)
	case "stddev_over_time", "stdvar_over_time", "mad_over_time", "time", "sqrt":
		return atLeast(0)
	case "abs":
		return atLeast(0)
	case "hour":
		return bounds{0, 23}
	case "minute":
		return bounds{0, 59}
	case "day_of_week":
		return bounds{0, 6}
	case "day_of_month":
		return bounds{1, 31}
	case "month":
		return bounds{1, 12}
	case "sgn":
		return bounds{-1, 1}
	case "clamp_min":
		b, m := boundsOf(c.Args[0]), boundsOf(c.Args[1])
		return bounds{max(b.low, m.low), max(b.high, m.high)}
	case "clamp_max":
		b, m := boundsOf(c.Args[0]), boundsOf(c.Args[1])
		return bounds{min(b.low, m.low), min(b.high, m.high)}
	case "vector", "scalar", "sort", "sort_desc", "sort_by_label", "sort_by_label_desc", "label_replace", "label_join",
		"avg_over_time", "min_over_time", "max_over_time", "last_over_time", "first_over_time":
		return boundsOf(c.Args[0])
	}
	return anything()
}

func binaryBounds(b *parser.BinaryExpr) bounds {
	left, right := boundsOf(b.LHS), boundsOf(b.RHS)
	switch {
	case b.ReturnBool:
		return bounds{0, 1}
	case b.Op == parser.LOR:
		return left.or(right)
	case b.Op.IsSetOperator():
		return left
	case b.Op.IsComparisonOperator():
		if !vector(b.LHS) {
			return right // what is compared is what comes out
		}
		return left
	case b.VectorMatching != nil && filled(b.VectorMatching):
		return anything()
	}
	switch b.Op {
	case parser.ADD:
		return bounds{left.low + right.low, left.high + right.high}.sound()
	case parser.SUB:
		return bounds{left.low - right.high, left.high - right.low}.sound()
	case parser.MUL, parser.DIV:
		if left.low >= 0 && right.low >= 0 {
			return atLeast(0)
		}
	}
	return anything()
}

// sound replaces what infinities made undefined.
func (b bounds) sound() bounds {
	if math.IsNaN(b.low) {
		b.low = math.Inf(-1)
	}
	if math.IsNaN(b.high) {
		b.high = math.Inf(1)
	}
	return b
}

// An Impossible is a comparison that is never true.
type Impossible struct {
	Range
	Low, High float64 // what is compared lies between them
	Counts    bool    // what is compared is a count, of which there is none of nothing
}

// Impossible returns the comparisons with a number that can never be true.
func (e *Expr) Impossible() (all []Impossible) {
	parser.Inspect(e.tree, func(n parser.Node, _ []parser.Node) error {
		b, ok := n.(*parser.BinaryExpr)
		if !ok || !b.Op.IsComparisonOperator() || b.ReturnBool || vector(b.LHS) == vector(b.RHS) {
			return nil
		}
		left, right, side := boundsOf(b.LHS), boundsOf(b.RHS), b.LHS
		if !vector(b.LHS) {
			side = b.RHS
		}
		if never(left, right, b.Op) {
			values := boundsOf(side)
			all = append(all, Impossible{clip(e.text, b.PositionRange()), values.low, values.high, counts(side)})
		}
		return nil
	})
	return all
}

func counts(e parser.Expr) bool {
	a, ok := unwrap(e).(*parser.AggregateExpr)
	return ok && a.Op == parser.COUNT
}

func never(l, r bounds, op parser.ItemType) bool {
	switch op {
	case parser.EQLC:
		return l.high < r.low || l.low > r.high
	case parser.NEQ:
		return l.low == l.high && l == r
	case parser.GTR:
		return l.high <= r.low
	case parser.GTE:
		return l.high < r.low
	case parser.LSS:
		return l.low >= r.high
	case parser.LTE:
		return l.low > r.high
	}
	return false
}
