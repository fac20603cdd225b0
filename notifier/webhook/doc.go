// Package webhook posts deliveries as JSON: Alertmanager's version 4, so that
// what exists keeps working, and what tocsin knows besides. It builds the body,
// signs it and says how the attempt ended; it decides nothing.
package webhook
