package e2e

import (
	"testing"
	"time"

	"tocsin/e2e/slow"
)

// TestF14PrometheusStopped: while Prometheus is down all is held, and one
// alert says so; when it is back, the truth is told.
func TestF14PrometheusStopped(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set(`load{i="a"}`, 75)
	w.set(`load{i="b"}`, 10)
	home := w.home(t, setup{source: ", down_after: 2s"}, loadRules(70, 90))
	home.Start()
	w.expect(t, 0, "HighLoad a warn")

	w.prom.Stop()
	w.gauges.Set(`load{i="a"}`, 10)
	w.gauges.Set(`load{i="b"}`, 75)
	w.expect(t, 1, "TocsinSourceDown  error")
	w.quiet(t, 3*time.Second)

	w.prom.Start()
	w.expectSet(t, 2, "TocsinSourceDown  resolved", "HighLoad a resolved", "HighLoad b warn")
	w.quiet(t, 2*time.Second)
}

// TestF37SlowQuery: a rule whose query takes a minute delays no other, not
// even in its own group and after it.
func TestF37SlowQuery(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	proxy := slow.New(t, w.prom.URL, "very_slow", time.Minute)
	rules := `
groups:
  - name: load
    rules:
      - alert: Slow
        expr: very_slow > 0
      - alert: HighLoad
        expr: load
        warn: {above: 70}
        flap: off
`
	w.set(`load{i="a"}`, 10)
	w.home(t, setup{prometheus: proxy.URL, timeout: "90s"}, rules).Start()

	began := time.Now()
	for n, step := range []struct {
		value float64
		says  string
	}{
		{75, "HighLoad a warn"},
		{10, "HighLoad a resolved"},
		{75, "HighLoad a warn"},
		{10, "HighLoad a resolved"},
	} {
		w.gauges.Set(`load{i="a"}`, step.value)
		w.expect(t, n, step.says)
	}
	if took := time.Since(began); took > 40*time.Second {
		t.Errorf("four changes took %v beside a query that takes a minute", took)
	}
	if proxy.Waited() == 0 {
		t.Error("the slow query was never asked")
	}
}

// TestF36PrometheusNotYetThere: the daemon starts without its Prometheus,
// says so, and goes on when it comes.
func TestF36PrometheusNotYetThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set(`load{i="a"}`, 75)
	w.prom.Stop()
	home := w.home(t, setup{}, loadRules(70, 90))
	home.Start()
	w.quiet(t, 2*time.Second)
	w.prom.Start()
	w.expect(t, 0, "HighLoad a warn")
}
