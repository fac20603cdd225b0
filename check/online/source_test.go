package online_test

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"tocsin/check/online"
	"tocsin/evaluator"
)

// A stub has one series of each metric, whose value goes up and down; play decides about
// each question first.
type stub struct {
	play  func(expr string, n int) (time.Duration, *online.Failure)
	asked atomic.Int64
}

func (s *stub) turn(ctx context.Context, expr string) *online.Failure {
	takes, f := s.play(expr, int(s.asked.Add(1)))
	select {
	case <-time.After(takes):
		return f
	case <-ctx.Done():
		return &online.Failure{Outcome: evaluator.Unavailable, Text: "no answer in time"}
	}
}

func (s *stub) Ask(ctx context.Context, expr string, _ model.Time) evaluator.Answer {
	f := s.turn(ctx, expr)
	if f == nothing {
		return evaluator.Answer{}
	}
	if f != nil {
		return evaluator.Answer{Outcome: f.Outcome, Error: f.Text}
	}
	return evaluator.Answer{Samples: []evaluator.Sample{{Value: 1}}}
}

func (s *stub) Range(ctx context.Context, ask online.RangeAsk) ([]online.Series, error) {
	f := s.turn(ctx, "past "+ask.Expr)
	if f == nothing {
		return nil, nil
	}
	if f != nil {
		return nil, f
	}
	one := online.Series{Labels: labels.FromStrings("a", "b")}
	for t := ask.From; t <= ask.Until; t = t.Add(ask.Step) {
		one.Times, one.Values = append(one.Times, t), append(one.Values, float64(len(one.Values)%2))
	}
	return []online.Series{one}, nil
}

func (s *stub) Words(ctx context.Context, ask online.WordsAsk) ([]string, error) {
	f := s.turn(ctx, "words "+ask.Label)
	if f != nil && f.Outcome == evaluator.Partial {
		return []string{"a_total"}, f
	}
	if f != nil {
		return nil, f
	}
	return nil, nil
}

// nothing stands for an answer without series.
var nothing = &online.Failure{}

func empty() *online.Failure { return nothing }

const ping = "vector(1)"

func refuses() *online.Failure {
	return &online.Failure{Outcome: evaluator.Unavailable, Text: "connection refused"}
}

// asksFor reports whether a question is for the expression itself, at this instant.
func asksFor(expr, metric string) bool { return expr == metric }

const twoRules = "- {alert: A, expr: a, warn: {above: 0.5}}\n- {alert: B, expr: b, warn: {above: 0.5}}"

// A source may be down, slow, or both for a while; nothing of that is called clean, and
// nothing of it is blamed on rules that are innocent.
func TestSources(t *testing.T) {
	for _, c := range []struct {
		why   string
		every time.Duration // interval; 0: 1m
		play  func(expr string, n int) (time.Duration, *online.Failure)
		want  string
		most  int // questions; 0: any
	}{
		{why: "all goes well", play: func(string, int) (time.Duration, *online.Failure) { return 0, nil }, want: "nothing"},
		{
			why:  "it is down, and asked twice whether it is",
			play: func(string, int) (time.Duration, *online.Failure) { return 0, refuses() },
			want: "skipped default (2): connection refused", most: 2,
		},
		{
			why:  "it hangs",
			play: func(string, int) (time.Duration, *online.Failure) { return time.Hour, nil },
			want: "skipped default (2): no answer in time", most: 2,
		},
		{
			why: "it is back a second later",
			play: func(_ string, n int) (time.Duration, *online.Failure) {
				if n == 1 {
					return 0, refuses()
				}
				return 0, nil
			},
			want: "nothing",
		},
		{
			why: "one question fails, and not again",
			play: func(expr string, n int) (time.Duration, *online.Failure) {
				if n == 3 {
					return 0, refuses()
				}
				return 0, nil
			},
			want: "nothing",
		},
		{
			why: "one rule has no answer, the other has",
			play: func(expr string, _ int) (time.Duration, *online.Failure) {
				if asksFor(expr, "a") {
					return 0, refuses()
				}
				return 0, nil
			},
			want: "unchecked A: connection refused",
		},
		{
			why: "it dies: what is left is not asked",
			play: func(_ string, n int) (time.Duration, *online.Failure) {
				if n > 6 {
					return 0, refuses()
				}
				return 0, nil
			},
			want: "unchecked B: connection refused", most: 10,
		},
		{
			why: "a query is slow, alone too",
			play: func(expr string, _ int) (time.Duration, *online.Failure) {
				if asksFor(expr, "a") {
					return 6 * time.Second, nil
				}
				return 0, nil
			},
			want: "T527 «a» the query took 6s, asked alone: the daemon gives up after 10s, and asks every 1m",
		},
		{
			why: "a query is slow beside others only",
			play: func(expr string, n int) (time.Duration, *online.Failure) {
				if asksFor(expr, "a") && n < 5 {
					return 6 * time.Second, nil
				}
				return 0, nil
			},
			want: "nothing",
		},
		{
			why:   "it is slow for how often it is asked",
			every: 2 * time.Second,
			play: func(expr string, _ int) (time.Duration, *online.Failure) {
				if asksFor(expr, "a") {
					return 1200 * time.Millisecond, nil
				}
				return 0, nil
			},
			want: "T527 «a» the query took 1.2s, asked alone: the daemon gives up after 10s, and asks every 2s",
		},
		{
			why: "a query is never answered, others are",
			play: func(expr string, _ int) (time.Duration, *online.Failure) {
				if strings.Contains(expr, "\na\n") || asksFor(expr, "a") {
					return time.Hour, nil
				}
				return 0, nil
			},
			want: "T527 «a» the source gave no answer within 10s, which is when the daemon gives up",
		},
		{
			why: "the source gives a query up itself",
			play: func(expr string, _ int) (time.Duration, *online.Failure) {
				if strings.Contains(expr, "\na\n") || asksFor(expr, "a") {
					return 9 * time.Second, &online.Failure{Outcome: evaluator.Execution, Text: "query timed out"}
				}
				return 0, nil
			},
			want: "T527 «a» the source gave no answer within 10s, which is when the daemon gives up",
		},
		{
			why: "no answer in time at first: it is looked at wholly when it is asked alone",
			play: func(expr string, n int) (time.Duration, *online.Failure) {
				if strings.Contains(expr, "\na\n") && n < 5 {
					return time.Hour, nil
				}
				return 0, nil
			},
			want: "nothing",
		},
		{
			why: "the past is too much, and less of it is not",
			play: func(expr string, n int) (time.Duration, *online.Failure) {
				if expr == "past a" && n < 6 {
					return 0, &online.Failure{Outcome: evaluator.Execution, Text: "too many samples"}
				}
				return 0, nil
			},
			want: "nothing",
		},
		{
			why: "the past is too much in any case",
			play: func(expr string, _ int) (time.Duration, *online.Failure) {
				if expr == "past a" {
					return 0, &online.Failure{Outcome: evaluator.Execution, Text: "too many samples"}
				}
				return 0, nil
			},
			want: "unchecked A: its past: too many samples",
		},
		{
			why: "without names there is no hint, and all else",
			play: func(expr string, _ int) (time.Duration, *online.Failure) {
				if strings.HasPrefix(expr, "words") {
					return 0, &online.Failure{Outcome: evaluator.Unavailable, Text: "404 Not Found"}
				}
				if strings.Contains(expr, "(a)") || strings.Contains(expr, "(\na\n)") {
					return 0, empty()
				}
				return 0, nil
			},
			want: "T521 «a» there is no metric a: it had no series within the last 7d",
		},
		{
			why: "a part of the names will do",
			play: func(expr string, _ int) (time.Duration, *online.Failure) {
				if strings.HasPrefix(expr, "words") {
					return 0, &online.Failure{Outcome: evaluator.Partial, Text: "results truncated due to limit"}
				}
				if strings.Contains(expr, "(a)") || strings.Contains(expr, "(\na\n)") {
					return 0, empty()
				}
				return 0, nil
			},
			want: "T521 «a» there is no metric a: it had no series within the last 7d\n=>    did you mean a_total (1 series)?",
		},
		{
			why: "the metric that is meant may have ended",
			play: func(expr string, _ int) (time.Duration, *online.Failure) {
				if strings.HasPrefix(expr, "words") {
					return 0, &online.Failure{Outcome: evaluator.Partial, Text: "results truncated due to limit"}
				}
				if strings.Contains(expr, "(a)") || strings.Contains(expr, "(\na\n)") || strings.Contains(expr, "a_total") {
					return 0, empty()
				}
				return 0, nil
			},
			want: "T521 «a» there is no metric a: it had no series within the last 7d\n=>    did you mean a_total, which has no series now?",
		},
		{
			why: "a part of an answer proves nothing",
			play: func(expr string, _ int) (time.Duration, *online.Failure) {
				if strings.HasPrefix(expr, "count(\na\n)") {
					return 0, &online.Failure{Outcome: evaluator.Partial, Text: "a store is missing"}
				}
				return 0, nil
			},
			want: "unchecked A: a store is missing",
		},
	} {
		t.Run(strings.ReplaceAll(c.why, " ", "_"), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &stub{play: c.play}
				all := subjects(t, s, twoRules)
				for _, x := range all {
					x.Rule.Interval = cmp.Or(c.every, x.Rule.Interval)
				}
				r := online.Run(t.Context(), online.Options{Subjects: all, Now: now, Concurrency: 1})
				got := told(r, fileOf(twoRules))
				if !strings.Contains(c.want, "=>    ") {
					got, _, _ = strings.Cut(got, "\n=>    ")
				}
				if got = strings.TrimSpace(got); got != "=> "+c.want {
					t.Errorf("got %s\nwant => %s", got, c.want)
				}
				if n := int(s.asked.Load()); c.most > 0 && n > c.most {
					t.Errorf("%d questions, at most %d are of use", n, c.most)
				}
			})
		})
	}
}

// When the time is up all that is left is unchecked, and said so.
func TestTimeIsUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeoutCause(t.Context(), 30*time.Second, fmt.Errorf("the time is up"))
		defer cancel()
		s := &stub{play: func(expr string, _ int) (time.Duration, *online.Failure) {
			if expr == ping {
				return 0, nil
			}
			return 4 * time.Second, nil
		}}
		var text strings.Builder
		for i := range 10 {
			fmt.Fprintf(&text, "- {alert: A%d, expr: a%d, warn: {above: 0.5}}\n", i, i)
		}
		done := 0
		r := online.Run(ctx, online.Options{
			Subjects: subjects(t, s, text.String()), Now: now, Concurrency: 2,
			Progress: func(n int) { done = n },
		})
		if len(r.Unchecked) < 5 || len(r.Unchecked) > 9 || len(r.Problems) > 0 || done != 10 {
			t.Errorf("%d done: %s", done, told(r, ""))
		}
		for _, u := range r.Unchecked {
			if !strings.HasSuffix(u.Why, "the time is up") {
				t.Errorf("%+v", u)
			}
		}
	})
}
