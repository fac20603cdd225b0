// Package past writes what a configuration would have done in a period, and what
// another would have done differently, in the forms that people and programs read:
// for a terminal, for a pull request, as one page that needs nothing else, and as
// JSON. It decides nothing: package backtest finds out.
//
// All forms but JSON are bounded, whatever the result holds, and say what they
// leave out. All that comes from outside (labels, names, messages, errors) is made
// harmless for the form it is written in. A result that is incomplete never looks
// as if it were not.
package past
