// Package history says why an alert did or did not notify: the value against
// thresholds, the timers, the gates, and what became of each of its changes.
//
// There are two sources of truth. What the core knows now is gathered by Look;
// what has been, is read from the store by Read. Explain joins them into an
// Explanation, a plain value, and Write tells it in words. As of a time in the
// past, the history alone speaks.
//
// Nothing here decides: every reason that it tells was stored, or is the core's.
package history
