// Package exporter is a target for Prometheus whose gauges a test sets.
package exporter

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sort"
	"strings"
	"sync"
	"testing"
)

// An Exporter serves gauges in Prometheus' text format.
type Exporter struct {
	server *httptest.Server

	mu     sync.Mutex
	gauges map[string]float64
	scrape int
}

// New starts an exporter that lives as long as the test.
func New(t testing.TB) *Exporter {
	e := &Exporter{gauges: map[string]float64{}}
	e.server = httptest.NewServer(e)
	t.Cleanup(e.server.Close)
	return e
}

// Target is what Prometheus scrapes: host and port.
func (e *Exporter) Target() string { return strings.TrimPrefix(e.server.URL, "http://") }

// Set gives a series, written as in a query, a value.
func (e *Exporter) Set(series string, value float64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.gauges[series] = value
}

// Delete takes a series away; Prometheus marks it stale at the next scrape.
func (e *Exporter) Delete(series string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.gauges, series)
}

// Scrapes says how often the gauges were read.
func (e *Exporter) Scrapes() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.scrape
}

// ServeHTTP answers a scrape.
func (e *Exporter) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.scrape++
	names := make([]string, 0, len(e.gauges))
	for series := range e.gauges {
		names = append(names, series)
	}
	sort.Strings(names)
	w.Header().Set("Content-Type", "text/plain; version=0.0.4")
	for _, series := range names {
		fmt.Fprintf(w, "%s %v\n", series, e.gauges[series])
	}
}
