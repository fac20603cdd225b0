// Package promlocal answers queries with the real PromQL engine over series that
// are held in memory: for scenarios, for tests and for the demo. It is a source
// like a Prometheus and can be served as one, see Source.Handler; no rule of
// PromQL is imitated here.
//
// It never scrapes, never keeps anything on disk and never reads a clock to
// decide an answer: samples bear the times that they are given.
package promlocal
