// Package past writes what a configuration would have done in a period, in the forms
// that people and programs read. It decides nothing: package backtest finds out.
package past
