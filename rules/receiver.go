package rules

import "time"

// A Receiver is a name for the integrations that are told the same things.
type Receiver struct {
	Name         string
	Integrations []Integration
}

// An Integration is one way to reach people: a Slack channel, a list of mail
// addresses, a webhook.
type Integration struct {
	// Key is the integration's identity: its kind and a hash of its non-secret
	// target, never its place in the file. What was told is remembered under it.
	Key          string
	Kind         string // slack, email, webhook
	Receiver     string
	SendResolved bool
	// Lane is shared by integrations that one service counts together, such as a
	// Slack channel: one send at a time, and LaneEvery between the end of one and
	// the start of the next. Empty: none.
	Lane      string
	LaneEvery time.Duration
	// Timeout is the deadline of one attempt.
	Timeout time.Duration
}
