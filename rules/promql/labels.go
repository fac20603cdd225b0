package promql

import (
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// A labelSet says which labels a series may have: none but the names, or any but
// them. It errs on the side of too many.
type labelSet struct {
	any   bool // any but names
	names []string
}

func only(names ...string) labelSet { return labelSet{names: names} }

func anyBut(names ...string) labelSet { return labelSet{any: true, names: names} }

func (s labelSet) has(name string) bool { return s.any != slices.Contains(s.names, name) }

// plus returns the set with more names.
func (s labelSet) plus(names ...string) labelSet {
	if s.any {
		return anyBut(without(s.names, names)...)
	}
	return only(append(slices.Clone(s.names), names...)...)
}

// minus returns the set without some names.
func (s labelSet) minus(names ...string) labelSet {
	if s.any {
		return anyBut(append(slices.Clone(s.names), names...)...)
	}
	return only(without(s.names, names)...)
}

func without(all, names []string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(n string) bool { return slices.Contains(names, n) })
}

// or returns what may be in either set.
func (s labelSet) or(t labelSet) labelSet {
	switch {
	case s.any && t.any:
		return anyBut(slices.DeleteFunc(slices.Clone(s.names), t.has)...)
	case s.any:
		return s.plus(t.names...)
	case t.any:
		return t.plus(s.names...)
	}
	return s.plus(t.names...)
}

// and returns what may be in both sets.
func (s labelSet) and(t labelSet) labelSet {
	switch {
	case s.any && t.any:
		return s.minus(t.names...)
	case s.any:
		return only(slices.DeleteFunc(slices.Clone(t.names), func(n string) bool { return !s.has(n) })...)
	}
	return only(slices.DeleteFunc(slices.Clone(s.names), func(n string) bool { return !t.has(n) })...)
}

// MayHave reports whether the series that the expression returns may have a label.
// Where it cannot say, it may.
func (e *Expr) MayHave(label string) bool { return e.labels().has(label) }

func (e *Expr) labels() labelSet {
	if e.yields == nil {
		s := labelsOf(e.tree).minus(model.MetricNameLabel)
		e.yields = &s
	}
	return *e.yields
}

// Loses returns the part of the expression that drops a label which was there before,
// if there is such a part.
func (e *Expr) Loses(label string) (Range, bool) {
	var at parser.Node
	parser.Inspect(e.tree, func(n parser.Node, _ []parser.Node) error {
		x, ok := n.(parser.Expr)
		if !ok || at != nil || labelsOf(x).has(label) {
			return nil
		}
		for inner := range parser.ChildrenIter(n) {
			if i, ok := inner.(parser.Expr); ok && vector(i) && labelsOf(i).has(label) {
				at = n
			}
		}
		return nil
	})
	if at == nil {
		return Range{}, false
	}
	return clip(e.text, at.PositionRange()), true
}

func vector(e parser.Expr) bool {
	t := e.Type()
	return t == parser.ValueTypeVector || t == parser.ValueTypeMatrix
}

func labelsOf(e parser.Expr) labelSet {
	switch e := e.(type) {
	case *parser.ParenExpr:
		return labelsOf(e.Expr)
	case *parser.StepInvariantExpr:
		return labelsOf(e.Expr)
	case *parser.UnaryExpr:
		return labelsOf(e.Expr)
	case *parser.VectorSelector:
		return selected(e)
	case *parser.MatrixSelector:
		return labelsOf(e.VectorSelector)
	case *parser.SubqueryExpr:
		return labelsOf(e.Expr)
	case *parser.AggregateExpr:
		return aggregated(e)
	case *parser.Call:
		return called(e)
	case *parser.BinaryExpr:
		return joined(e)
	}
	return only() // numbers and strings
}

// selected leaves out labels that a selector says are not there.
func selected(v *parser.VectorSelector) labelSet {
	s := anyBut()
	for _, m := range v.LabelMatchers {
		if m.Type == labels.MatchEqual && m.Value == "" {
			s = s.minus(m.Name)
		}
	}
	return s
}

func aggregated(a *parser.AggregateExpr) labelSet {
	inner := labelsOf(a.Expr)
	switch {
	case chooses(a.Op):
		return inner
	case a.Without:
		inner = inner.minus(append(slices.Clone(a.Grouping), model.MetricNameLabel)...)
	default:
		inner = inner.and(only(a.Grouping...))
	}
	if text, ok := literal(a.Param); ok && a.Op == parser.COUNT_VALUES {
		inner = inner.plus(text)
	}
	return inner
}

// chooses reports whether an aggregation returns some of its series as they are.
func chooses(op parser.ItemType) bool {
	switch op {
	case parser.TOPK, parser.BOTTOMK, parser.LIMITK, parser.LIMIT_RATIO:
		return true
	}
	return false
}

func literal(e parser.Expr) (string, bool) {
	if e == nil {
		return "", false
	}
	s, ok := unwrap(e).(*parser.StringLiteral)
	if !ok {
		return "", false
	}
	return s.Val, true
}

func called(c *parser.Call) labelSet {
	switch c.Func.Name {
	case "absent", "absent_over_time":
		return absentLabels(c.Args[0])
	case "info":
		return anyBut()
	case "label_replace", "label_join":
		if name, ok := literal(c.Args[1]); ok {
			return labelsOf(c.Args[0]).plus(name)
		}
		return anyBut()
	case "histogram_quantiles":
		if name, ok := literal(c.Args[1]); ok {
			return labelsOf(c.Args[0]).minus(model.BucketLabel).plus(name)
		}
		return anyBut()
	case "histogram_quantile", "histogram_fraction":
		// The label is gone, but for native histograms, which have none.
		return arguments(c).minus(model.BucketLabel)
	}
	return arguments(c)
}

// arguments are the labels of the vectors that a function is given.
func arguments(c *parser.Call) labelSet {
	s := only()
	for _, arg := range c.Args {
		if vector(arg) {
			s = s.or(labelsOf(arg))
		}
	}
	return s
}

// absentLabels are those that a selector asks to be equal to something; absent makes
// them up. One that is asked twice is left out.
func absentLabels(e parser.Expr) labelSet {
	e = unwrap(e)
	if m, ok := e.(*parser.MatrixSelector); ok {
		e = m.VectorSelector
	}
	v, ok := e.(*parser.VectorSelector)
	s := only()
	if !ok {
		return s
	}
	for _, m := range v.LabelMatchers {
		if m.Type == labels.MatchEqual && m.Value != "" {
			s = s.plus(m.Name)
		}
	}
	return s.minus(model.MetricNameLabel)
}

func joined(b *parser.BinaryExpr) labelSet {
	left, right := labelsOf(b.LHS), labelsOf(b.RHS)
	switch {
	case !vector(b.LHS) || !vector(b.RHS):
		return left.or(right) // one of them has none
	case b.Op == parser.LOR:
		return left.or(right)
	case b.Op.IsSetOperator(): // and, unless
		return left
	case b.VectorMatching == nil || filled(b.VectorMatching):
		return left.or(right)
	}
	m := b.VectorMatching
	switch m.Card {
	case parser.CardManyToOne:
		return left.minus(m.Include...).or(right.and(only(m.Include...)))
	case parser.CardOneToMany:
		return right.minus(m.Include...).or(left.and(only(m.Include...)))
	case parser.CardOneToOne, parser.CardManyToMany:
	}
	if m.On {
		return left.and(right).and(only(m.MatchingLabels...))
	}
	return left.and(right).minus(m.MatchingLabels...)
}

func filled(m *parser.VectorMatching) bool {
	return m.FillValues.LHS != nil || m.FillValues.RHS != nil
}

// A Mismatch is an operator whose sides have no labels in common.
type Mismatch struct {
	Range
	Left, Right string // the labels of the sides, for people
}

// Mismatches returns the operators whose sides never find a partner: both were
// aggregated, by labels that differ in what is matched.
func (e *Expr) Mismatches() (all []Mismatch) {
	parser.Inspect(e.tree, func(n parser.Node, _ []parser.Node) error {
		b, ok := n.(*parser.BinaryExpr)
		if !ok || b.VectorMatching == nil || b.Op == parser.LOR || !vector(b.LHS) || !vector(b.RHS) || filled(b.VectorMatching) {
			return nil
		}
		left, right := labelsOf(b.LHS), labelsOf(b.RHS)
		if left.any || right.any || !grouped(b.LHS) || !grouped(b.RHS) {
			return nil
		}
		if differ(left, right, b.VectorMatching) {
			all = append(all, Mismatch{clip(e.text, b.PositionRange()), left.String(), right.String()})
		}
		return nil
	})
	return all
}

// grouped reports whether the labels of an expression are those of an aggregation by
// names, which are there for certain if anybody thought of it.
func grouped(e parser.Expr) bool {
	switch e := unwrap(e).(type) {
	case *parser.AggregateExpr:
		return !e.Without && !chooses(e.Op) && e.Op != parser.COUNT_VALUES
	case *parser.BinaryExpr:
		if e.Op.IsSetOperator() {
			return grouped(e.LHS) && (e.Op != parser.LOR || grouped(e.RHS))
		}
		return (!vector(e.LHS) || grouped(e.LHS)) && (!vector(e.RHS) || grouped(e.RHS))
	case *parser.UnaryExpr:
		return grouped(e.Expr)
	case *parser.Call:
		return e.Func.Name == "histogram_quantile" && grouped(e.Args[1])
	}
	return false
}

// differ reports whether one side alone has a label that is matched.
func differ(left, right labelSet, m *parser.VectorMatching) bool {
	for _, name := range append(slices.Clone(left.names), right.names...) {
		if m.On == slices.Contains(m.MatchingLabels, name) && left.has(name) != right.has(name) {
			return true
		}
	}
	return false
}

// String writes the names of a set that has no others.
func (s labelSet) String() string {
	if len(s.names) == 0 {
		return "none"
	}
	names := slices.Clone(s.names)
	slices.Sort(names)
	return strings.Join(slices.Compact(names), ", ")
}
