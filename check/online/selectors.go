package online

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"tocsin/rules"
	"tocsin/rules/file"
	"tocsin/rules/promql"
)

// fresh is for how long what is gone may come back without a word: a restart, a target
// that is replaced.
const fresh = 2 * time.Hour

// An expression of a stranger shall not ask for ever.
const (
	mostSelectors = 50 // of an expression
	mostMatchers  = 20 // of a selector, that are looked for alone
)

// selectors looks at each selector that should find series, and reports whether one of
// them finds none.
func (in *inspection) selectors(ctx context.Context) (missing bool) {
	seen := map[string]bool{}
	for _, n := range in.Expr.Needs() {
		if text := n.String(); !seen[text] {
			if seen[text] = true; len(seen) > mostSelectors {
				in.out.why = fmt.Sprintf("it has more than %d different selectors", mostSelectors)
				return missing
			}
			found, err := in.need(ctx, n)
			if err != nil {
				in.out.why = err.Error()
				return missing
			}
			missing = missing || !found
		}
	}
	return missing
}

// need says why a selector finds nothing; true: it does, or did lately.
func (in *inspection) need(ctx context.Context, n promql.Need) (found bool, err error) {
	now, err := in.desk.now(ctx, n.String())
	if err != nil || now > 0 {
		return true, err
	}
	last, err := in.desk.seen(ctx, n.String())
	switch {
	case err != nil:
		return true, err
	case in.recent(last, n.Reach):
		return true, nil
	case last != 0:
		return false, in.gone(ctx, n, last)
	case n.Name == "":
		in.say(in.within(n.Range, file.CodeNoValue, "no series matched this within the last %s", span(in.o.Period)), "")
		return false, nil
	}
	return false, in.never(ctx, n)
}

// recent reports whether something was there not long ago, or within what is looked at.
func (in *inspection) recent(last model.Time, reach time.Duration) bool {
	return last != 0 && in.o.Now.Sub(last) < max(fresh, reach)
}

// gone reports series that were there until not lately.
func (in *inspection) gone(ctx context.Context, n promql.Need, last model.Time) error {
	at, others, err := in.Expr.NameAt(n.Selector), 0, error(nil)
	metric := promql.Metric(n.Name, "", "")
	if n.Name != "" && metric != n.String() {
		if others, err = in.desk.now(ctx, metric); err != nil {
			return err
		}
	}
	hint := ""
	if others > 0 {
		hint, at = fmt.Sprintf("%s has %s now, with other labels", named(n.Name), count(others, "other series")), n.Range
	} else if n.Name != "" {
		if hint, err = in.similar(ctx, n.Name); err != nil {
			return err
		}
	}
	in.say(in.within(at, file.CodeGone, "%s had series until %s, and has none now", in.shown(n), instant(last)),
		cmp.Or(hint, "was it renamed, or is its target gone?"))
	return nil
}

// similar asks whether another metric is meant.
func (in *inspection) similar(ctx context.Context, metric string) (string, error) {
	names, err := in.desk.words(ctx, model.MetricNameLabel, "")
	if err != nil {
		return "", err
	}
	return in.meant(ctx, metric, names, func(w string) (string, string) { return promql.Metric(w, "", ""), named(w) })
}

// never says what of a selector was not there for the whole period: its metric, a label,
// a value, or all of that together.
func (in *inspection) never(ctx context.Context, n promql.Need) error {
	metric := promql.Metric(n.Name, "", "")
	last, err := in.desk.seen(ctx, metric)
	if err != nil {
		return err
	}
	if last == 0 {
		return in.noMetric(ctx, n)
	}
	for _, m := range n.Matchers[:min(len(n.Matchers), mostMatchers)] {
		if m.Name == model.MetricNameLabel {
			continue
		}
		alone := promql.Selector{Name: n.Name, Matchers: []*labels.Matcher{m}}
		last, err := in.desk.seen(ctx, alone.String())
		if err != nil {
			return err
		}
		if last == 0 {
			return in.noMatch(ctx, n, m)
		}
	}
	hint := ""
	if len(n.Matchers) <= mostMatchers {
		hint = "each of them alone is there"
	}
	in.say(in.within(n.Range, file.CodeNoValue, "within the last %s no series of %s had all of these labels at once", span(in.o.Period), named(n.Name)), hint)
	return nil
}

func (in *inspection) noMetric(ctx context.Context, n promql.Need) error {
	hint, err := in.similar(ctx, n.Name)
	if err != nil {
		return err
	}
	in.say(in.within(in.Expr.NameAt(n.Selector), file.CodeNoMetric, "there is no metric %s: it had no series within the last %s", named(n.Name), span(in.o.Period)), hint)
	return nil
}

// meant asks whether the nearest of some words is meant, and says how many series it has.
func (in *inspection) meant(ctx context.Context, word string, all []string, write func(string) (selector, shown string)) (string, error) {
	near := nearest(word, all)
	if near == "" {
		return "", nil
	}
	selector, shown := write(near)
	n, err := in.desk.now(ctx, selector)
	if err != nil {
		return "", err
	}
	if n == 0 {
		return fmt.Sprintf("did you mean %s, which has no series now?", shown), nil
	}
	return fmt.Sprintf("did you mean %s (%s)?", shown, count(n, "series")), nil
}

// noMatch reports a label that a metric has not, or never with a value.
func (in *inspection) noMatch(ctx context.Context, n promql.Need, m *labels.Matcher) error {
	metric, at := promql.Metric(n.Name, "", ""), in.Expr.MatcherAt(n.Selector, m)
	values, err := in.desk.words(ctx, m.Name, metric)
	if err != nil {
		return err
	}
	names, err := in.desk.words(ctx, "", metric)
	if err != nil {
		return err
	}
	if len(values) == 0 && len(names) > 0 && !slices.Contains(names, m.Name) {
		names = slices.DeleteFunc(slices.Clone(names), func(n string) bool { return n == model.MetricNameLabel })
		hint := "it has " + few(names, named)
		if near := nearest(m.Name, names); near != "" {
			hint = "did you mean " + named(near) + "?"
		}
		in.say(in.within(at, file.CodeNoLabel, "no series of %s has a label %s", named(n.Name), named(m.Name)), hint)
		return nil
	}
	hint := ""
	if m.Type == labels.MatchEqual {
		hint, err = in.meant(ctx, m.Value, values, func(w string) (string, string) {
			return promql.Metric(n.Name, m.Name, w), named(m.Name) + "=" + quoted(w)
		})
		if err != nil {
			return err
		}
	}
	if hint == "" && len(values) > 0 {
		hint = named(m.Name) + " is " + few(values, quoted)
	}
	in.say(in.within(at, file.CodeNoValue, "within the last %s no series of %s had %s", span(in.o.Period), named(n.Name), asked(m)), hint)
	return nil
}

// asked writes a matcher.
func asked(m *labels.Matcher) string { return named(m.Name) + m.Type.String() + quoted(m.Value) }

// shown writes a selector for people.
func (*inspection) shown(n promql.Need) string {
	if n.Name != "" && promql.Metric(n.Name, "", "") == n.String() {
		return named(n.Name)
	}
	return brief(cut(n.String(), 2*mostText))
}

// within returns a warning at a part of the expression.
func (in *inspection) within(r promql.Range, code file.Code, format string, args ...any) rules.Problem {
	at, _ := in.At("expr")
	return at.WarnIn(r.Start, r.End, code, format, args...)
}
