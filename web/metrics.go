package web

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/collectors/version"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"tocsin/engine"
)

// lookWait is how long a request waits for the core: less than what scrapers and
// probes wait, so that they get the rest when it is stuck.
const lookWait = 3 * time.Second

// metricsHandler serves the metrics of a registry of its own.
func metricsHandler(o Options) (http.Handler, error) {
	registry := prometheus.NewRegistry()
	for _, c := range []prometheus.Collector{
		&collector{stats: o.Stats, families: families()},
		version.NewCollector("tocsin"),
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	} {
		if err := registry.Register(c); err != nil {
			return nil, err
		}
	}
	return promhttp.HandlerFor(registry, promhttp.HandlerOpts{
		ErrorLog:      slog.NewLogLogger(o.Log.Handler(), slog.LevelError),
		ErrorHandling: promhttp.ContinueOnError,
	}), nil
}

// A family is all metrics of one name.
type family struct {
	desc *prometheus.Desc
	kind prometheus.ValueType
	// read calls add for each metric, with the values of its labels.
	read func(s Stats, add adder)
}

// An adder takes the metrics of a family.
type adder struct {
	value     func(v float64, labels ...string)
	histogram func(h engine.Histogram, labels ...string)
}

// A collector reads all families off one look at the figures.
type collector struct {
	stats    func(ctx context.Context) (Stats, error)
	families []family
}

// Describe sends what there can be.
func (c *collector) Describe(ch chan<- *prometheus.Desc) {
	for _, f := range c.families {
		ch <- f.desc
	}
}

// Collect sends what there is.
func (c *collector) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), lookWait)
	defer cancel()
	stats, err := c.stats(ctx)
	if err != nil {
		ch <- prometheus.NewInvalidMetric(prometheus.NewInvalidDesc(err), err)
	}
	for _, f := range c.families {
		f.read(stats, adder{
			value: func(v float64, labels ...string) {
				ch <- prometheus.MustNewConstMetric(f.desc, f.kind, v, labels...)
			},
			histogram: func(h engine.Histogram, labels ...string) {
				ch <- prometheus.MustNewConstHistogram(f.desc, h.Count, h.Sum, h.Cumulative(), labels...)
			},
		})
	}
}
