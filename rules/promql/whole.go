package promql

import (
	"math"
	"slices"

	"github.com/prometheus/prometheus/promql/parser"
)

// whole reports whether all values of an expression are sure to be whole
// numbers, infinite, or none (NaN). What reads series as they are is not.
func whole(e parser.Expr) bool {
	switch e := unwrap(e).(type) {
	case *parser.NumberLiteral:
		return e.Val == math.Trunc(e.Val)
	case *parser.UnaryExpr:
		return whole(e.Expr)
	case *parser.Call:
		return wholeCall(e)
	case *parser.AggregateExpr:
		return wholeAggregate(e)
	case *parser.BinaryExpr:
		return wholeBinary(e)
	}
	return false
}

// wholeCall knows the functions that count. Rates and increases are extrapolated.
func wholeCall(c *parser.Call) bool {
	switch c.Func.Name {
	case "absent", "absent_over_time", "present_over_time", "count_over_time", "changes", "resets",
		"ceil", "floor", "sgn",
		"minute", "hour", "day_of_week", "day_of_month", "day_of_year", "days_in_month", "month", "year":
		return true
	case "round":
		return len(c.Args) == 1
	case "vector", "sort", "sort_desc", "abs":
		return whole(c.Args[0])
	}
	return false
}

func wholeAggregate(a *parser.AggregateExpr) bool {
	switch a.Op {
	case parser.COUNT, parser.COUNT_VALUES, parser.GROUP:
		return true
	case parser.SUM, parser.MIN, parser.MAX, parser.TOPK, parser.BOTTOMK:
		return whole(a.Expr)
	}
	return false
}

func wholeBinary(b *parser.BinaryExpr) bool {
	closed := []parser.ItemType{parser.ADD, parser.SUB, parser.MUL}
	switch {
	case b.Op.IsComparisonOperator() && b.ReturnBool:
		return true
	case b.Op == parser.LAND || b.Op == parser.LUNLESS:
		return whole(b.LHS)
	case b.Op.IsComparisonOperator() && b.LHS.Type() == parser.ValueTypeVector:
		return whole(b.LHS)
	case b.Op.IsComparisonOperator():
		return whole(b.RHS)
	case b.Op == parser.LOR || slices.Contains(closed, b.Op):
		return whole(b.LHS) && whole(b.RHS)
	}
	return false
}
