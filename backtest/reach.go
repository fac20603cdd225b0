package backtest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/engine"
	"tocsin/rules"
)

// unreached says of which sources the history does not reach back to the beginning
// of the period: that nothing fired there is not known. A source is beyond doubt if a
// rule found something there; else it is asked whether it watched anything at all. One
// that never watches what `up` tells of, such as a store of what others push, can't
// be judged.
func unreached(ctx context.Context, passes []*pass) (all []string) {
	first := map[string]model.Time{}
	for _, p := range passes {
		for source, at := range p.first {
			if known := first[source]; known == 0 || at != 0 && at < known {
				first[source] = at
			}
		}
	}
	pages, period := passes[0].pages, passes[0].rec.result
	for _, source := range slices.Sorted(maps.Keys(first)) {
		if at := first[source]; at != 0 && at <= period.From {
			continue
		}
		switch begin := pages.watched(ctx, source, period.From, period.Until); {
		case begin > period.From:
			all = append(all, fmt.Sprintf("the history of source %q begins about %s: what was before is not known", source, begin.Time().UTC().Format(time.RFC3339)))
		case begin == 0 && first[source] == 0 && expected(passes, source):
			all = append(all, fmt.Sprintf("source %q knows nothing of the period, not even that it watched", source))
		}
	}
	return all
}

// expected reports whether any rule of a source should find something while all is
// well.
func expected(passes []*pass, source string) bool {
	return slices.ContainsFunc(passes, func(p *pass) bool {
		return slices.ContainsFunc(p.rec.result.Rules, func(rr *RuleResult) bool {
			return rr.Rule.Source == source && rr.Rule.Kind == rules.ThresholdRule
		})
	})
}

// watched is from when on a source knows of any target in a period; 0: it never does,
// or does not answer.
func (p *Pages) watched(ctx context.Context, source string, from, until model.Time) model.Time {
	step := max(until.Sub(from)/fewPoints, time.Second).Truncate(time.Millisecond)
	m, err := p.matrix(ctx, engine.RangeAsk{Source: source, Expr: "count(up)", From: from, Until: until, Step: step})
	if err != nil || len(m.Series) == 0 || len(m.Series[0].Times) == 0 {
		return 0
	}
	return m.Series[0].Times[0]
}
