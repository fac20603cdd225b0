package promql

import (
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// Chosen returns where the series that the expression returns are chosen by topk or the
// like: which ones they are changes all the time.
func (e *Expr) Chosen() (at Range, operator string, ok bool) {
	a := chosen(e.tree)
	if a == nil {
		return Range{}, "", false
	}
	return clip(e.text, a.PositionRange()), a.Op.String(), true
}

func chosen(e parser.Expr) *parser.AggregateExpr {
	switch e := unwrap(e).(type) {
	case *parser.AggregateExpr:
		if chooses(e.Op) {
			return e
		}
	case *parser.UnaryExpr:
		return chosen(e.Expr)
	case *parser.BinaryExpr:
		if side := deciding(e); side != nil {
			return chosen(side)
		}
		if a := chosen(e.LHS); a != nil {
			return a
		}
		return chosen(e.RHS)
	case *parser.Call:
		switch e.Func.Name {
		case "sort", "sort_desc", "round", "abs", "ceil", "floor", "label_replace", "label_join":
			return chosen(e.Args[0])
		}
	}
	return nil
}

// deciding returns the side of an operator whose series are those of the result; the
// other only narrows them down or lends its labels, as its author wants it. Nil: both.
func deciding(b *parser.BinaryExpr) parser.Expr {
	switch {
	case b.Op == parser.LAND || b.Op == parser.LUNLESS:
		return b.LHS
	case b.VectorMatching == nil:
	case b.VectorMatching.Card == parser.CardManyToOne:
		return b.LHS
	case b.VectorMatching.Card == parser.CardOneToMany:
		return b.RHS
	}
	return nil
}

// Absent returns where the expression fires because something is not there at this
// instant: absent() decides, alone or as one side of `or`.
func (e *Expr) Absent() (Range, bool) {
	c := absent(e.tree)
	if c == nil {
		return Range{}, false
	}
	return clip(e.text, c.PositionRange()), true
}

func absent(e parser.Expr) *parser.Call {
	switch e := unwrap(e).(type) {
	case *parser.Call:
		if e.Func.Name == "absent" {
			return e
		}
	case *parser.BinaryExpr:
		if e.Op == parser.LOR || e.Op.IsComparisonOperator() {
			if c := absent(e.LHS); c != nil {
				return c
			}
			return absent(e.RHS)
		}
	case *parser.AggregateExpr:
		return absent(e.Expr)
	}
	return nil
}

// Compared returns the number that the expression as a whole compares with, if it
// does.
func (e *Expr) Compared() (number float64, ok bool) {
	b, ok := unwrap(e.tree).(*parser.BinaryExpr)
	if !ok || !b.Op.IsComparisonOperator() || b.ReturnBool {
		return 0, false
	}
	for _, side := range []parser.Expr{b.RHS, b.LHS} {
		if n, ok := unwrap(side).(*parser.NumberLiteral); ok {
			return n.Val, true
		}
	}
	return 0, false
}

// Noisy reports whether the value differs at each evaluation: it is made of rates or of
// quantiles of them over at most an hour. A count of what happened in a while, as by
// increase, moves by one now and then.
func (e *Expr) Noisy() bool {
	for _, r := range e.Rates() {
		switch r.Function {
		case "irate", "idelta":
			return true
		case "rate", "deriv", "delta":
			if r.Window > 0 && r.Window.Hours() <= 1 {
				return true
			}
		}
	}
	return false
}

// Counts reports whether the value is a whole number of things, so that it does not
// wobble around a bound.
func (e *Expr) Counts() bool {
	tree := unwrap(e.tree)
	if b, ok := tree.(*parser.BinaryExpr); ok && b.Op.IsComparisonOperator() {
		tree = unwrap(b.LHS)
	}
	a, ok := tree.(*parser.AggregateExpr)
	return ok && (a.Op == parser.COUNT || a.Op == parser.GROUP)
}

// selects returns the values that a label is asked to have by all selectors of the
// expression that name it, if it is one and the same.
func (e *Expr) selects(label string) (value string, ok bool) {
	for _, s := range e.Selectors() {
		found := false
		for _, m := range s.Matchers {
			if m.Name == label && m.Type == labels.MatchEqual && m.Value != "" {
				if ok && value != m.Value {
					return "", false
				}
				value, ok, found = m.Value, true, true
			}
		}
		if !found {
			return "", false
		}
	}
	return value, ok
}

// Disjoint reports whether the series of two expressions are never the same: they are
// grouped by different labels, or select different values of a label that both return.
func Disjoint(a, b *Expr) bool {
	if x, y := a.labels(), b.labels(); !x.any && !y.any && x.String() != y.String() {
		return true
	}
	for _, s := range a.Selectors() {
		for _, m := range s.Matchers {
			x, ok := a.selects(m.Name)
			if !ok || !a.MayHave(m.Name) || !b.MayHave(m.Name) {
				continue
			}
			if y, ok := b.selects(m.Name); ok && x != y {
				return true
			}
		}
	}
	return false
}

// String returns the expression in its canonical form.
func (e *Expr) String() string { return e.tree.String() }
