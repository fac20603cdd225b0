package main

import (
	"context"
	"errors"
	"fmt"

	"tocsin/engine"
	"tocsin/evaluator"
	"tocsin/notifier/chart"
	"tocsin/rules"
	"tocsin/rules/file"
)

// newCharter returns what draws charts for messages: it asks the sources, and
// knows the thresholds of the rules in force.
func newCharter(l *file.Loaded, sources map[string]engine.Ranger) *chart.Charter {
	byKey := make(map[string]*rules.Rule, len(l.Core.Rules))
	for _, r := range l.Core.Rules {
		byKey[r.Key] = r
	}
	return chart.New(chart.Options{
		Rule: func(key string) *rules.Rule { return byKey[key] },
		Range: func(ctx context.Context, q chart.Query) ([]chart.Found, error) {
			source := sources[q.Source]
			if source == nil {
				return nil, fmt.Errorf("no source %q", q.Source)
			}
			return askRange(ctx, source, q)
		},
	})
}

// askRange asks one source. An answer of which something is missing will do for a
// chart.
func askRange(ctx context.Context, source engine.Ranger, q chart.Query) ([]chart.Found, error) {
	m, err := source.Range(ctx, engine.RangeAsk{Source: q.Source, Expr: q.Expr, From: q.From, Until: q.Until, Step: q.Step})
	if partial, ok := errors.AsType[*engine.RangeError](err); err != nil && (!ok || partial.Outcome != evaluator.Partial) {
		return nil, err
	}
	all := make([]chart.Found, 0, len(m.Series))
	for _, p := range m.Series {
		if ls, err := m.Parse(p.Raw); err == nil {
			all = append(all, chart.Found{Labels: ls, Times: p.Times, Values: p.Values})
		}
	}
	return all, nil
}
