// Package online asks a source what only the source can tell of rules: whether the metrics,
// labels and values that they name exist, and existed until when; how large, slow or empty
// their results are; and whether the values of the last days ever passed a threshold, or
// always did.
//
// It decides from answers and knows nothing of HTTP: see Source. A question without an
// answer finds nothing. The rule is listed as unchecked then, and where the source is down
// all of its rules are: what could not be looked at is never called clean.
//
//	now        the expression at this instant: refused, failing, slow, too many series
//	selectors  for each that finds nothing: no such metric, label, value, or gone since
//	past       the expression at instants of the last days: empty, never and always
//
// Each selector and each name is asked for once in a run. Goroutines belong to Run, which
// waits for them.
package online
