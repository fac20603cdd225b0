package past_test

import (
	"context"
	"math"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"tocsin/backtest"
	"tocsin/evaluator/promlocal"
	"tocsin/notifier"
	"tocsin/notifier/message/messagetest"
	"tocsin/rules"
	"tocsin/rules/file"
)

// The week of the tests ends with a night of 25 hours in Berlin.
var (
	weekEnd   = time.Date(2026, 10, 26, 0, 0, 0, 0, time.UTC)
	weekBegin = weekEnd.AddDate(0, 0, -7)
)

func berlin(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func at(t time.Time) model.Time { return model.TimeFromUnixNano(t.UnixNano()) }

// A spell is a time, from the begin of the week on, at which a series has another
// value than usual.
type spell struct {
	from, lasts time.Duration
	value       float64
}

// usual is the value of a series minute by minute, but for its spells.
func series(usual func(minute int) float64, spells ...spell) []float64 {
	all := make([]float64, 8*24*60)
	for i := range all {
		all[i] = usual(i)
		for _, s := range spells {
			if since := time.Duration(i-24*60)*time.Minute - s.from; since >= 0 && since < s.lasts {
				all[i] = s.value
			}
		}
	}
	return all
}

// swing goes from low to high and back each day, along straight lines.
func swing(low, high float64) func(int) float64 {
	return func(minute int) float64 {
		return low + (high-low)*float64(720-int(math.Abs(float64(minute%1440-720))))/720
	}
}

func always(v float64) func(int) float64 { return func(int) float64 { return v } }

// world is a Prometheus with a week of history, and the day before it.
func world(t testing.TB) *promlocal.Source {
	t.Helper()
	const day, hour, minute = 24 * time.Hour, time.Hour, time.Minute
	source := promlocal.New(promlocal.Options{})
	fill := func(values []float64, names ...string) {
		for i, v := range values {
			x := promlocal.Sample{Labels: labels.FromStrings(names...), At: at(weekBegin.AddDate(0, 0, -1)).Add(time.Duration(i) * time.Minute), Value: v}
			if err := source.Append(x); err != nil {
				t.Fatal(err)
			}
		}
	}
	const n = "__name__"
	fill(series(swing(0.15, 0.24), spell{day + 14*hour, 40 * minute, 0.66}, spell{3*day + 2*hour, 25 * minute, 0.42}), n, "latency_seconds", "route", "/a")
	fill(series(swing(0.1, 0.27), spell{5*day + 9*hour, 12 * minute, 0.35}, spell{5*day + 9*hour + 30*minute, 12 * minute, 0.36}), n, "latency_seconds", "route", "/b")
	fill(series(always(1), spell{2*day + 23*hour, 10 * minute, 0}, spell{4 * day, 20 * minute, 0}), n, "up", "instance", "x")
	fill(series(always(1), spell{6*day + 12*hour, 8 * minute, 0}), n, "up", "instance", "y")
	fill(series(func(i int) float64 { return 0.3 - 0.22*float64(i)/(8*24*60) }), n, "disk_free_ratio")
	fill(series(always(20), spell{3 * day, 7 * hour, 130}), n, "queue_jobs")
	return source
}

func load(t testing.TB, ruleFile string) *rules.Config {
	t.Helper()
	l, problems := file.Load(file.Options{ConfigFile: "testdata/tocsin.yaml", Rules: []string{ruleFile}, Mute: true})
	for _, p := range problems {
		if !p.Warning {
			t.Fatal(p)
		}
	}
	if len(l.Core.Sources) == 0 {
		l.Core.Sources = []rules.Source{file.DefaultSource("default")}
	}
	return l.Core
}

// options are what it takes to live through the week with some rules.
func options(t testing.TB, cfg *rules.Config, pages *backtest.Pages) backtest.Options {
	t.Helper()
	maker := messagetest.Maker(t)
	return backtest.Options{
		Config: cfg, Pages: pages, Since: at(weekBegin), Until: at(weekEnd), Zone: berlin(t),
		Render: func(ctx context.Context, d notifier.Delivery) string { return maker.Make(ctx, d, 10).Plain() },
	}
}

func pages(t testing.TB, budget *backtest.Budget, all ...*rules.Rule) *backtest.Pages {
	t.Helper()
	return backtest.NewPages(backtest.PagesOptions{
		Sources: map[string]backtest.Past{"default": world(t)}, Rules: all, Until: at(weekEnd), Budget: budget,
	})
}

// lived is a week with the rules of before.
func lived(t testing.TB, budget *backtest.Budget) *backtest.Result {
	t.Helper()
	cfg := load(t, "testdata/was.yaml")
	r, err := backtest.Run(t.Context(), options(t, cfg, pages(t, budget, cfg.Rules...)))
	if err != nil {
		t.Fatal(err)
	}
	r.Judge(incidents())
	return r
}

// compared is a week with both.
func compared(t testing.TB) *backtest.Difference {
	t.Helper()
	was, is := load(t, "testdata/was.yaml"), load(t, "testdata/is.yaml")
	p := pages(t, nil, append(append([]*rules.Rule{}, was.Rules...), is.Rules...)...)
	base, head, err := backtest.Compare(t.Context(), options(t, was, p), options(t, is, p))
	if err != nil {
		t.Fatal(err)
	}
	base.Judge(incidents())
	head.Judge(incidents())
	return backtest.Subtract(base, head)
}

func incidents() []rules.Incident {
	from := at(weekBegin)
	return []rules.Incident{
		{Name: "the slow afternoon", From: from.Add(38 * time.Hour), Until: from.Add(39 * time.Hour)},
		{Name: "the short outage", From: from.Add(156 * time.Hour), Until: from.Add(156*time.Hour + 10*time.Minute), Alerts: []string{"InstanceDown"}},
		{Name: "last month", From: from.Add(-720 * time.Hour), Until: from.Add(-719 * time.Hour)},
	}
}
