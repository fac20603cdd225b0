// Package promapi asks a Prometheus, or what answers like one, over its HTTP
// API. It decides how a query went, which is more than whether it failed: a
// query that is wrong, a query that is too heavy, an answer that lacks series
// and a source that isn't there are different outcomes, and the evaluator
// treats each in its own way.
//
// It never decides what an answer means for an alert, never keeps an answer, and
// never lets a secret into an error.
//
// Decoding is what it spends its time on. An answer as Prometheus writes it goes
// through a fast path that cuts the body into label texts and values and reads
// no label; any other way to write the same JSON goes through encoding/json.
// Fuzz tests hold the two to the same result.
package promapi
