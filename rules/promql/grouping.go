package promql

import (
	"slices"

	"github.com/prometheus/prometheus/promql/parser"
)

// Grouping returns the labels by which the outermost aggregation groups, and
// whether it does. One that says which labels it drops keeps all others.
func (e *Expr) Grouping() (names []string, grouped bool) {
	var outermost *parser.AggregateExpr
	parser.Inspect(e.tree, func(n parser.Node, _ []parser.Node) error {
		if a, ok := n.(*parser.AggregateExpr); ok && outermost == nil {
			outermost = a
		}
		return nil
	})
	if outermost == nil || outermost.Without {
		return nil, false
	}
	return slices.Clone(outermost.Grouping), true
}
