package backtest

import (
	"context"
	"fmt"
	"runtime/debug"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"tocsin/engine"
	"tocsin/evaluator"
	"tocsin/rules"
)

// A plant is a past of many series that are mostly well.
type plant struct{ series int }

func (p plant) Ask(context.Context, engine.Ask) evaluator.Answer { return evaluator.Answer{} }

func (p plant) Range(_ context.Context, a engine.RangeAsk) (engine.Matrix, error) {
	m := engine.Matrix{Parse: parseRaw}
	for i := range p.series {
		s := engine.Points{Raw: fmt.Sprintf(`{"__name__":"x","instance":"api-%d.example.org:8080"}`, i)}
		n := int(a.Until.Sub(a.From)/a.Step) + 1
		s.Times, s.Values = make([]model.Time, n), make([]float64, n)
		for k := range n {
			t := a.From.Add(time.Duration(k) * a.Step)
			s.Times[k], s.Values[k] = t, load(i, t)
		}
		m.Series = append(m.Series, s)
	}
	return m, nil
}

// load is 40 to 60, and 95 for half an hour of each day, another for each series.
func load(i int, t model.Time) float64 {
	minute := (int64(t)/60_000 + int64(i)*37) % 1440
	if minute < 30 {
		return 95
	}
	return 40 + float64((int64(t)/1000*7+int64(i)*13)%200)/10
}

func parseRaw(raw string) (labels.Labels, error) {
	_, rest, _ := strings.Cut(raw, `"instance":"`)
	return labels.FromStrings("__name__", "x", "instance", strings.TrimSuffix(rest, `"}`)), nil
}

// park is a configuration of many rules.
func park(n int, interval time.Duration) *rules.Config {
	cfg := &rules.Config{
		Route:     &rules.Route{Receiver: "team", GroupBy: []string{"alertname"}, GroupWait: 30 * time.Second, GroupInterval: 5 * time.Minute, RepeatInterval: 4 * time.Hour},
		Receivers: []rules.Receiver{{Name: "team", Integrations: []rules.Integration{{Key: "k", Kind: "email", Receiver: "team", SendResolved: true, Timeout: time.Second}}}},
		Sources:   []rules.Source{{Name: "default", Timeout: 10 * time.Second, DownAfter: 5 * time.Minute, Concurrency: 1000}},
		Severity:  rules.SeverityLabels{Warn: "warning", Error: "critical"},
		Limits:    rules.Limits{SeriesPerRule: 100_000, ActiveAlerts: 1_000_000},
	}
	for i := range n {
		name := fmt.Sprintf("Rule%03d", i)
		cfg.Rules = append(cfg.Rules, &rules.Rule{
			Key: "g/" + name, Alert: name, Group: "g", Source: "default", Expr: fmt.Sprintf("x%d", i), Interval: interval, PhaseKey: fmt.Sprint("g", i%10),
			Levels: rules.Levels{
				Warn:  &rules.LevelRule{Threshold: rules.Threshold{Side: rules.Above, High: 70, ClearHigh: 65}, For: 2 * time.Minute},
				Error: &rules.LevelRule{Threshold: rules.Threshold{Side: rules.Above, High: 90, ClearHigh: 80}, For: 5 * time.Minute},
			},
		})
	}
	return cfg
}

// BenchmarkBacktest lives through a time of 100 rules of 100 series each at 15
// seconds, from pages on disk: a day, and a week, which is to take less than a
// minute on two cores and less than 500 MB.
func BenchmarkBacktest(b *testing.B) {
	for _, days := range []int{1, 7} {
		b.Run(fmt.Sprint(days, "d"), func(b *testing.B) { benchmarkBacktest(b, days) })
	}
}

func benchmarkBacktest(b *testing.B, days int) {
	defer debug.SetGCPercent(debug.SetGCPercent(40)) // as the commands have it
	cfg, end := park(100, 15*time.Second), model.Time(1_790_000_000_000)
	cache := &Cache{Dir: b.TempDir(), Settled: end, Parse: parseRaw}
	run := func() *Result {
		pages := NewPages(PagesOptions{Sources: map[string]Past{"default": plant{100}}, Rules: cfg.Rules, Until: end, Cache: cache})
		r, err := Run(b.Context(), Options{Config: cfg, Pages: pages, Since: end.Add(-time.Duration(days) * 24 * time.Hour), Until: end})
		if err != nil || len(r.Incomplete) > 0 {
			b.Fatal(err, r.Incomplete)
		}
		return r
	}
	run()
	before := processorTime(b)
	for b.Loop() {
		if r := run(); r.Rules[0].Notifications == 0 {
			b.Fatal("nothing happens")
		}
	}
	samples := float64(100*100*240*24*days) * float64(b.N) / 1e6
	b.ReportMetric(samples/b.Elapsed().Seconds(), "Msamples/s")
	b.ReportMetric(samples/(processorTime(b)-before).Seconds(), "Msamples/core-s")
	b.ReportMetric(peakMemory(b), "peak-MB")
}

// processorTime is what the process has used of all cores.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// peakMemory is the most that the process has had in memory.
func peakMemory(b *testing.B) float64 {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return float64(u.Maxrss) / 1024
}
