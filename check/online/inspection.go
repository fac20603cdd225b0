package online

import (
	"context"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/evaluator"
	"tocsin/rules"
	"tocsin/rules/file"
	"tocsin/rules/promql"
)

// An inspection looks at one rule.
type inspection struct {
	Subject
	o    *Options
	desk *desk
	out  outcome
}

// run asks about this instant, about what the expression selects, and about the past.
func (in *inspection) run(ctx context.Context) outcome {
	series, ok := in.instant(ctx)
	if !ok {
		return in.out
	}
	missing := in.selectors(ctx)
	if in.out.why == "" && !missing && series <= in.most() && !in.Expr.Bounded() {
		in.past(ctx, series)
	}
	return in.out
}

// at is the instant for which an evaluation now would ask.
func (in *inspection) at() model.Time { return in.o.Now.Add(-in.Rule.QueryOffset) }

// most is of how many series state is kept.
func (in *inspection) most() int {
	if in.Rule.Limit > 0 {
		return min(in.Rule.Limit, in.Limit)
	}
	return in.Limit
}

// bound is how long the expression may take: half of what the daemon waits for it, and half
// of what there is until the next evaluation.
func (in *inspection) bound() time.Duration { return min(in.Timeout, in.Rule.Pace()) / 2 }

// instant counts the series that there are now, and then asks for them as the daemon
// would, if they are not too many. It returns false if there is nothing more to learn.
func (in *inspection) instant(ctx context.Context) (series int, ok bool) {
	if in.Expr.Type() == "vector" {
		n, took, err := in.desk.count(ctx, in.Rule.Expr, in.at(), in.Timeout)
		if f := failureOf(err); f != nil && f.Outcome != evaluator.BadQuery { // what is wrong is said of the expression itself
			in.failed(f, took)
			return 0, false
		}
		if n > in.most() {
			in.say(in.large(n))
			in.measured(took)
			return n, true
		}
	}
	a, took, err := in.desk.ask(ctx, in.Rule.Expr, in.at(), in.Timeout)
	if err != nil {
		in.failed(failureOf(err), took)
		return 0, false
	}
	in.measured(took)
	return len(a.Samples), true
}

func (in *inspection) measured(took time.Duration) {
	if took > in.bound() {
		in.out.took = took
	}
}

// alone looks at a rule whose query had no answer in time beside others.
func (in *inspection) alone(ctx context.Context) outcome {
	out := in.run(ctx)
	if out.took > 0 {
		out.problems = append(out.problems, in.slow(out.took, out.late))
	}
	return out
}

// measuredAgain asks a slow query once more; the better time counts.
func (in *inspection) measuredAgain(ctx context.Context, out outcome) outcome {
	_, took, err := in.desk.ask(ctx, in.Rule.Expr, in.at(), in.Timeout)
	switch f := failureOf(err); {
	case f == nil && took > in.bound(), f != nil && f.late:
		out.problems = append(out.problems, in.slow(min(took, out.took), false))
	case f != nil && out.why == "":
		out.why = f.Text
	}
	return out
}

// failed judges that there is no answer for the expression.
func (in *inspection) failed(f *Failure, took time.Duration) {
	switch {
	case f.late:
		in.out.took, in.out.late = took, true
	case f.Outcome == evaluator.BadQuery:
		p := in.whole(file.CodeRefused, "the source refuses the expression: %s", brief(f.Text))
		p.Warning = false
		in.say(p, "a function or a feature that it lacks, or that is switched off there?")
	case f.Outcome == evaluator.Execution:
		in.say(in.whole(file.CodeFails, "the query fails at the source: %s", brief(f.Text)),
			"at each evaluation that fails nothing is raised and nothing resolved")
	default:
		in.out.why = f.Text
	}
}

func (in *inspection) large(n int) (rules.Problem, string) {
	what, hint := "limits: series_per_rule", "aggregate by fewer labels, or select less"
	if in.Rule.Limit > 0 && in.Rule.Limit <= in.Limit {
		what = "limit"
	}
	return in.whole(file.CodeManySeries, "the expression returns %d series now, and state is kept of %d (%s): if all are beyond the threshold, people hear of a part",
		n, in.most(), what), hint
}

func (in *inspection) slow(took time.Duration, late bool) rules.Problem {
	p := in.whole(file.CodeSlowQuery, "the query took %s, asked alone: the daemon gives up after %s, and asks every %s",
		rounded(took), span(in.Timeout), span(in.Rule.Pace()))
	if late {
		p = in.whole(file.CodeSlowQuery, "the source gave no answer within %s, which is when the daemon gives up", span(in.Timeout))
	}
	p.Hint = "select less, shorten ranges, or have Prometheus record the costly part; interval and the timeout of the source give it more time"
	return p
}

func (in *inspection) say(p rules.Problem, hint string) {
	p.Hint = hint
	in.out.problems = append(in.out.problems, p)
}

// whole returns a warning at the expression.
func (in *inspection) whole(code file.Code, format string, args ...any) rules.Problem {
	return in.within(promql.Range{End: len(strings.TrimRight(in.Rule.Expr, " \t\r\n"))}, code, format, args...)
}
