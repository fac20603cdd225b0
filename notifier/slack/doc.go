// Package slack posts deliveries to Slack, by an incoming webhook or by a bot's
// token.
//
// Build is pure and makes the body in Block Kit; whatever a label holds, the
// body stays within Slack's limits and nothing in a label is mark-up: text is
// either plain or a code span, and & < > are escaped. A Sender posts it and says
// how the attempt ended; retries are the planner's.
package slack
