package convert

import (
	"errors"
	"slices"

	"tocsin/rules"
	"tocsin/rules/file"
)

// Options say how rules are read.
type Options struct {
	Defaults file.Defaults
	// Severity are the labels that levels are told by: a rule that says another one
	// is not converted.
	Severity rules.SeverityLabels
	// Comment puts the reasons of what is kept into the text.
	Comment bool
}

// A Result is what became of a file.
type Result struct {
	Name          string
	Before, After []byte
	Findings      []Finding // in order of the text
}

// Changed reports whether the text is another one.
func (r Result) Changed() bool { return string(r.Before) != string(r.After) }

// Converts reports whether any rule was converted: comments alone also change a
// text.
func (r Result) Converts() bool {
	return slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Outcome.changes() })
}

// Convert converts a rule file. It returns nil if the file has mistakes; problems
// may also be warnings.
func Convert(name string, src []byte, o Options) (*Result, []rules.Problem) {
	w, problems := file.ReadSheet(name, src, o.Defaults)
	if w == nil {
		return nil, problems
	}
	c := newConversion(name, w, o)
	for {
		c.judge()
		text, err := w.Rewrite(c.rewrites(), c.remarks())
		if err == nil {
			return &Result{Name: name, Before: src, After: text, Findings: c.findings()}, problems
		}
		c.refuse(err)
	}
}

// A conversion is one file on its way.
type conversion struct {
	name string
	o    Options
	all  []*candidate // a rule each, in order of the text
	// unwritable are rules whose text can't be changed, as was found by trying.
	unwritable map[*file.SheetRule]string
	written    *file.Sheet
}

func newConversion(name string, w *file.Sheet, o Options) *conversion {
	return &conversion{name: name, o: o, written: w, unwritable: map[*file.SheetRule]string{}}
}

// judge decides on every rule.
func (c *conversion) judge() {
	c.all = nil
	for _, r := range c.written.Rules {
		c.all = append(c.all, c.candidate(r))
	}
	c.pair()
	c.tellApart()
}

// refuse takes a rewrite back that couldn't be written; if it isn't known which,
// all of them.
func (c *conversion) refuse(err error) {
	if e := (*file.RewriteError)(nil); errors.As(err, &e) {
		of := func(k *candidate) bool { return k.rule == e.Rule && k.outcome.changes() }
		if slices.ContainsFunc(c.all, of) && c.unwritable[e.Rule] == "" {
			c.unwritable[e.Rule] = e.Text
			return
		}
	}
	for _, k := range c.all {
		if k.outcome.changes() {
			c.unwritable[k.rule] = err.Error()
		}
	}
}

// rewrites are what is to be done in the text.
func (c *conversion) rewrites() (all []file.Rewrite) {
	for _, k := range c.all {
		if k.outcome.changes() {
			all = append(all, k.rewrite())
		}
	}
	return all
}

// remarks are the comments to put into the text, and to take out of it.
func (c *conversion) remarks() (all []file.Remark) {
	for _, k := range c.all {
		switch {
		case k.outcome == Kept && c.o.Comment:
			all = append(all, file.Remark{Rule: k.rule, Text: "kept: " + k.reason.String()})
		case k.outcome.changes():
			all = append(all, file.Remark{Rule: k.rule})
		}
	}
	return all
}
