package file

import (
	"fmt"
	"strconv"

	"gopkg.in/yaml.v3"

	"tocsin/rules"
	"tocsin/rules/promql"
)

// A Written rule is a rule with where its parts stand, for who looks at more than
// whether it can be read.
type Written struct {
	Rule *rules.Rule
	Expr *promql.Expr
	raw  *rawRule
}

// A Place is a part of a file, where a warning points.
type Place struct{ at pos }

// At returns the place of a part of the rule, such as "warn", "for", or of its group
// where the rule itself does not say it, as "interval". It is false if neither does.
func (w Written) At(path ...string) (Place, bool) {
	if n := within(w.raw.n, path); n != nil {
		return Place{w.raw.d.at(n)}, true
	}
	if n := within(w.raw.group.n, path); n != nil {
		return Place{w.raw.d.at(n)}, true
	}
	return Place{w.raw.alert.pos}, false
}

// Name returns the place of the rule's name, for what is said of it as a whole.
func (w Written) Name() Place { return Place{w.raw.alert.pos} }

// Text returns what stands at a place, as it is written.
func (p Place) Text() string {
	if p.at.n == nil {
		return ""
	}
	return p.at.n.Value
}

// within follows keys, and numbers of items, down from a node.
func within(n *yaml.Node, path []string) *yaml.Node {
	for _, key := range path {
		if n = child(resolve(n), key); n == nil {
			return nil
		}
	}
	return resolve(n)
}

func child(n *yaml.Node, key string) *yaml.Node {
	switch {
	case n == nil:
	case n.Kind == yaml.SequenceNode:
		if i, err := strconv.Atoi(key); err == nil && i < len(n.Content) {
			return n.Content[i]
		}
	case n.Kind == yaml.MappingNode:
		return valueOf(n, key)
	}
	return nil
}

// valueOf returns the value of a key: the mapping's own, or a merged one.
func valueOf(n *yaml.Node, key string) (found *yaml.Node) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		switch n.Content[i].Value {
		case key:
			return n.Content[i+1]
		case "<<":
			if merged := child(resolve(n.Content[i+1]), key); merged != nil && found == nil {
				found = merged
			}
		}
	}
	return found
}

// Warn returns a warning at the place.
func (p Place) Warn(code Code, format string, args ...any) rules.Problem {
	prob := rules.Problem{Code: string(code), Text: fmt.Sprintf(format, args...), Warning: true}
	if p.at.d != nil {
		prob.File = p.at.d.name
	}
	if p.at.n != nil {
		prob.Line, prob.Col, prob.Len = p.at.d.place(p.at.n)
	}
	return prob
}

// WarnIn returns a warning at a part of the text that stands at the place, in bytes.
func (p Place) WarnIn(from, to int, code Code, format string, args ...any) rules.Problem {
	prob := problem(p.Warn(code, format, args...))
	p.at.within(&prob, from, to)
	return rules.Problem(prob)
}

// String returns file:line.
func (p Place) String() string {
	if p.at.d == nil || p.at.n == nil {
		return ""
	}
	return fmt.Sprintf("%s:%d", p.at.d.name, p.at.n.Line)
}
