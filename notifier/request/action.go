package request

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"tocsin/notifier"
)

// An Action is what a delivery means to a service that keeps incidents.
type Action uint8

// The actions.
const (
	Update  Action = iota // something has changed, or it is a reminder
	Raise                 // something is new or worse
	Resolve               // all is over
)

// String returns the word for it.
func (a Action) String() string {
	switch a {
	case Update:
		return "update"
	case Raise:
		return "raise"
	case Resolve:
		return "resolve"
	}
	return fmt.Sprintf("Action(%d)", uint8(a))
}

// ActionOf returns what a delivery means.
func ActionOf(d notifier.Delivery) Action {
	if d.Status() == "resolved" {
		return Resolve
	}
	if d.Reason == notifier.ReasonFirst {
		return Raise
	}
	for i := range d.Firing {
		if n := d.Firing[i].News; n == notifier.New || n == notifier.Raised {
			return Raise
		}
	}
	return Update
}

// Key names the incident that a delivery is about. One that bears none, such as a
// sample, has that of its group.
func Key(d notifier.Delivery) string {
	if d.Incident != "" {
		return d.Incident
	}
	sum := sha256.Sum256([]byte(d.Group.Key + "\x00" + d.Group.Episode))
	return hex.EncodeToString(sum[:])
}
