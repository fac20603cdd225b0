package rules

import (
	"time"

	"github.com/prometheus/prometheus/model/labels"
)

// A Receiver is a name for the integrations that are told the same things.
type Receiver struct {
	Name         string
	Integrations []Integration
	// Labels are for finding receivers over the API; nobody is told by them.
	Labels labels.Labels
	// Fallback is told what an integration of this one failed to tell for
	// FallbackAfter, or was told never to; empty: nobody.
	Fallback      string
	FallbackAfter time.Duration
	// Budget bounds what each integration posts; errors are told whatever it says.
	Budget Budget
}

// A Budget is the most posts in a window of time. Max 0 is no bound.
type Budget struct {
	Window time.Duration
	Max    int
}

// An Integration is one way to reach people: a Slack channel, a list of mail
// addresses, a webhook.
type Integration struct {
	// Key is the integration's identity: its kind and a hash of its non-secret
	// target, never its place in the file. What was told is remembered under it.
	Key          string
	Kind         string // slack, email, webhook, pagerduty, …
	Receiver     string
	SendResolved bool
	// Lane is shared by integrations that one service counts together, such as a
	// Slack channel: one send at a time, and LaneEvery between the end of one and
	// the start of the next. Empty: none.
	Lane      string
	LaneEvery time.Duration
	// Timeout is the deadline of one attempt.
	Timeout time.Duration
	// Threads says that what was posted can be edited and answered: one message for
	// an episode of a group, kept true, with what is new in its thread.
	Threads bool
	// Incident says that it keeps incidents: their end is told whatever gate is
	// closed, and what exceeds the budget waits and is never summed up.
	Incident bool
	// Resend makes a forwarder of it: another Alertmanager, which groups, holds and
	// repeats by itself, hears of every change at once and of all that fires again
	// each time so long has passed. 0: it is none.
	Resend time.Duration
}
