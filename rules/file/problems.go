package file

import (
	"cmp"
	"fmt"
	"slices"

	"gopkg.in/yaml.v3"

	"tocsin/rules"
)

// A problem is a rules.Problem that its finder may still add to. It is no error:
// problems are collected, not returned.
type problem rules.Problem

// A sink collects problems.
type sink struct{ all []*problem }

// sorted returns the problems by place; of equal ones only one.
func (s *sink) sorted() []rules.Problem {
	out := make([]rules.Problem, 0, len(s.all))
	for _, p := range s.all {
		out = append(out, rules.Problem(*p))
	}
	Sort(out)
	return slices.Compact(out)
}

// Sort sorts problems by place.
func Sort(all []rules.Problem) {
	slices.SortStableFunc(all, func(a, b rules.Problem) int {
		return cmp.Or(
			cmp.Compare(a.File, b.File),
			cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Col, b.Col),
			cmp.Compare(a.Code, b.Code),
			cmp.Compare(a.Text, b.Text),
		)
	})
}

func (s *sink) add(p problem) *problem {
	s.all = append(s.all, &p)
	return s.all[len(s.all)-1]
}

// failed reports whether anything but warnings was found since n problems.
func (s *sink) failed(n int) bool {
	return slices.ContainsFunc(s.all[n:], func(p *problem) bool { return !p.Warning })
}

// A pos is a value in a text: where a problem points. The zero pos is nowhere.
type pos struct {
	d *doc
	n *yaml.Node
}

// set reports whether there is a value at all.
func (p pos) set() bool { return p.n != nil }

// bad reports a mistake at the value.
func (p pos) bad(code Code, format string, args ...any) *problem {
	text := fmt.Sprintf(format, args...)
	if p.d == nil {
		// A value that nobody wrote cannot be wrong; say it all the same.
		return &problem{Code: string(code), Text: text}
	}
	if p.d.ask != nil {
		p.d.ask.refused = true
		return &problem{}
	}
	prob := problem{File: p.d.name, Code: string(code), Text: text}
	if p.n != nil {
		prob.Line, prob.Col, prob.Len = p.d.place(p.n)
	}
	return p.d.sink.add(prob)
}

// warn reports something that works and is still likely to be wrong.
func (p pos) warn(code Code, format string, args ...any) *problem {
	if p.d != nil && p.d.ask != nil {
		return &problem{}
	}
	prob := p.bad(code, format, args...)
	prob.Warning = true
	return prob
}

// within moves a problem to a part of a scalar, given in bytes of its value.
func (p pos) within(prob *problem, from, to int) {
	if p.d == nil || p.n == nil {
		return
	}
	start, end, ok := p.d.part(p.n, from, to)
	if !ok {
		return
	}
	prob.Line, prob.Col = p.d.lineCol(start)
	prob.Len = max(end-start, 1)
}

// ProblemIn is an error about a file as a whole.
func ProblemIn(name string, err error) rules.Problem {
	return rules.Problem{File: name, Code: string(CodeFile), Text: err.Error()}
}
