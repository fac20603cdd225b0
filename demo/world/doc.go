// Package world is the made-up web service of the demo: two instances of an API
// and one of web pages, as a Prometheus would have scraped them. It has exactly
// the metrics that the starter rules ask for, and switches that make something
// go wrong.
//
// What it yields depends only on the time and on when its switches were thrown:
// the noise is a hash of names and times. It never reads a clock and never asks
// whether an alert should fire.
package world
