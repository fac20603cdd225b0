// Package rules is the vocabulary of tocsin: levels, thresholds, rules, routes
// and receivers as plain values that the rest of the program shares.
//
// It decides nothing over time and never reads a file, a clock or the network.
// Packages rules/file and rules/promql make these values out of what people
// write; the evaluator, the notifier and the engine read them.
package rules
