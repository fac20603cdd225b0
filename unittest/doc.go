// Package unittest runs files of unit tests: promtool's, unchanged, and tests of
// what the daemon would do.
//
// A test is lived through in one of two ways, or in both. What promtool knows
// (alert_rule_test, promql_expr_test) is evaluated as promtool does it: all groups
// at each tick of one interval, rule after rule, so that a rule sees what those
// before it wrote. Levels, timers and what fires are decided by evaluator.Machine,
// the same as in the daemon; what is here is only what stands around it in
// Prometheus: rendering labels before an alert has its identity, and writing ALERTS
// and recorded series. The core can't be driven that way, for it has a grid of its
// own with a phase, asks all rules of an instant at once, and writes no series.
//
// What is tocsin's own (expect, notifications, nothing_sent) is lived through by the
// core in virtual time, on the daemon's grid, with routes, silences and all that holds
// a message back; engine/replay drives it, and messages go to a recorder.
//
// The package asks no source, reads files through an interface, and expands nothing
// from the environment. It starts no goroutines: one file is one call of Run.
package unittest
