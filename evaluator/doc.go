// Package evaluator decides what the level of each series of a rule is.
package evaluator
