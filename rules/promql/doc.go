// Package promql wraps the PromQL parser: it says where an expression is wrong
// and what shape it has.
//
// It never evaluates anything, and it is the only package besides
// evaluator/promlocal that knows Prometheus' parser. Offsets are in bytes from
// the start of the expression.
package promql
