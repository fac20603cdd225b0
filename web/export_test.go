package web

import "github.com/prometheus/client_golang/prometheus"

// NewCollector returns the collector of our own metrics.
func NewCollector(o Options) prometheus.Collector {
	return &collector{stats: o.Stats, families: families()}
}
