package unittest

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/rules/file"
)

// ticks lives through a test as promtool does, and checks what promtool checks.
type ticks struct {
	*test
	groups []*group
	cases  []file.AlertCase // by time
	next   int
}

// promtool checks alert_rule_test and promql_expr_test.
func (t *test) promtool(ctx context.Context) {
	if len(t.Alerts) == 0 && len(t.Queries) == 0 && t.Lives() {
		return
	}
	w, ok := t.world()
	if !ok || !t.bounded(t.longest(), t.suite.Interval) {
		return
	}
	k := &ticks{test: t, cases: slices.Clone(t.Alerts)}
	slices.SortStableFunc(k.cases, func(a, b file.AlertCase) int { return cmp.Compare(a.At, b.At) })
	s := t.setting(w)
	for _, g := range ordered(t.groups, t.suite.Order) {
		k.groups = append(k.groups, newGroup(g, s))
	}
	k.strangers()
	if k.live(ctx, w) {
		k.queries(ctx, w)
	}
}

// longest is the latest time that a test asks about.
func (t *test) longest() (d time.Duration) {
	for _, c := range t.Alerts {
		d = max(d, c.At)
	}
	for _, c := range t.Queries {
		d = max(d, c.At)
	}
	return d
}

// mostTicks is how many evaluations of a group one test may take: whoever asks for
// more has mistaken a unit, or means harm.
const mostTicks = 1_000_000

// bounded reports whether a test is short enough, and says so if not.
func (t *test) bounded(long, interval time.Duration) bool {
	n := int64(long) / max(int64(interval), 1)
	if n <= mostTicks {
		return true
	}
	t.fail(Failure{Place: t.Spot, What: fmt.Sprintf("%s in steps of %s are %d evaluations, and at most %d are run", span(long), span(interval), n, mostTicks)})
	return false
}

// live goes through all ticks; it is false if a rule can't be evaluated, which ends
// the test.
func (k *ticks) live(ctx context.Context, w *world) bool {
	end := k.Start.Add(k.longest())
	for at := k.Start; at <= end; at = at.Add(k.suite.Interval) {
		errs := k.tick(ctx, w, at)
		for _, err := range errs {
			k.fail(Failure{Place: k.Spot, At: w.since(at), What: err.Error()})
		}
		if len(errs) > 0 || ctx.Err() != nil {
			return false
		}
		k.due(ctx, w, at)
	}
	return true
}

func (k *ticks) tick(ctx context.Context, w *world, at model.Time) (errs []error) {
	if err := w.until(at); err != nil {
		return []error{err}
	}
	for _, g := range k.groups {
		errs = append(errs, g.tick(ctx, w, at)...)
	}
	return errs
}

// due checks the alerts of the times that this tick is the last before.
func (k *ticks) due(ctx context.Context, w *world, at model.Time) {
	passed := at.Add(k.suite.Interval).Sub(k.Start)
	for k.next < len(k.cases) && k.cases[k.next].At < passed {
		k.check(ctx, w, k.cases[k.next])
		k.next++
	}
}

// strangers notes tests of alerts that no rule makes: they pass if they expect
// nothing, and would if the rule were gone.
func (k *ticks) strangers() {
	known := map[string]bool{}
	var names []string
	for _, g := range k.groups {
		for _, a := range g.alerts {
			known[a.rule.Alert] = true
			names = append(names, a.rule.Alert)
		}
	}
	for _, c := range k.Alerts {
		k.suite.coverage.names(c.Alert)
		if !known[c.Alert] {
			k.note(c.Spot, "%s", strangerText(c.Alert, names))
		}
	}
}
