// Package lint finds rules that can be read and are likely not meant: those that can
// never fire, that fire over and over, that reach nobody, or that say less than their
// author believes. All that it finds are warnings, each with a code of rules/file.
//
// It is pure: it looks at rules, at the shape of their expressions and at routes, and
// never asks a source. Where it cannot be sure it says nothing.
package lint

import (
	"time"

	"tocsin/rules"
	"tocsin/rules/file"
)

// An Input is what is looked at together.
type Input struct {
	Rules []file.Written
	// Config has routes and receivers; nil: the rules stand alone.
	Config *rules.Config
	// ScrapeInterval is how often targets are scraped; 0: it is not known, see
	// assumedScrape.
	ScrapeInterval time.Duration
}

// Run returns what is found, in no order.
func Run(in Input) []rules.Problem {
	l := linter{Input: in}
	for _, w := range in.Rules {
		if w.Expr == nil {
			continue // it is broken, which was reported
		}
		l.expression(w)
		l.labels(w)
		l.times(w)
		l.unit(w)
		l.flapping(w)
		l.route(w)
	}
	l.texts()
	l.twins()
	return l.found
}

type linter struct {
	Input
	found []rules.Problem
}

func (l *linter) say(p rules.Problem, hint string) {
	p.Hint = hint
	l.found = append(l.found, p)
}

// inExpr returns a warning at a part of the expression of a rule.
func inExpr(w file.Written, from, to int, code file.Code, format string, args ...any) rules.Problem {
	at, _ := w.At("expr")
	return at.WarnIn(from, to, code, format, args...)
}

// A part is one of the levels of a rule, or of an override, with where it stands.
type part struct {
	level rules.Level
	rule  *rules.LevelRule
	path  []string // of the level
}

// parts are the levels of a rule and those that its overrides write anew.
func parts(w file.Written) (all []part) {
	all = levels(all, w, w.Rule.Levels, nil)
	for i, o := range w.Rule.Overrides {
		all = levels(all, w, o.Levels, []string{"overrides", itoa(i)})
	}
	return all
}

func levels(all []part, w file.Written, ls rules.Levels, under []string) []part {
	for _, level := range []rules.Level{rules.Warn, rules.Error} {
		path := append(under[:len(under):len(under)], level.String())
		if _, written := w.At(path...); ls.At(level) != nil && (written || len(under) == 0) {
			all = append(all, part{level, ls.At(level), path})
		}
	}
	return all
}

// at returns where a key of the level stands: in it, or in the rule.
func (p part) at(w file.Written, key string) file.Place {
	if at, ok := w.At(append(p.path[:len(p.path):len(p.path)], key)...); ok {
		return at
	}
	if at, ok := w.At(key); ok {
		return at
	}
	return p.place(w)
}

// place returns where the level stands.
func (p part) place(w file.Written) file.Place {
	at, _ := w.At(p.path...)
	return at
}
