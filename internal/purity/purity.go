// Package purity holds the tests that keep the core pure, where a linter can't
// see it: in all that the core depends on, and in its use of goroutines,
// channels and maps. There is nothing in it to import.
package purity
