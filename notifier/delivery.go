package notifier

import (
	"fmt"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"tocsin/evaluator"
	"tocsin/rules"
)

// A Delivery is one external effect: one message, one edit, one request. It is
// a value with all the facts that its text is made of.
type Delivery struct {
	// ID is made once and names this content; a retry bears the same.
	ID          string `json:"id"`
	Integration string `json:"integration"` // key
	Kind        string `json:"kind"`        // slack, email, webhook
	Receiver    string `json:"receiver"`    // name

	// Effect says what is to be done where messages can be edited and answered;
	// elsewhere it is Post.
	Effect Effect `json:"effect,omitempty"`
	Group  Group  `json:"group"`
	Reason Reason `json:"reason"`
	// At is the instant it was planned: what `now` is in its text.
	At model.Time `json:"at"`
	// Level is the highest level among what fires; OK when all is resolved.
	Level rules.Level `json:"level"`
	// Worst is the highest level that the integration was told of since the
	// group's episode began, this delivery included.
	Worst rules.Level `json:"worst"`
	// Firing and Resolved are sorted: errors first, then by start, then by labels.
	Firing   []Entry `json:"firing,omitempty"`
	Resolved []Entry `json:"resolved,omitempty"`
	// RouteLabels are templates that the route has for those of its receivers.
	RouteLabels []rules.Annotation `json:"routeLabels,omitempty"`
	// Marks are notes to show with the message, such as "state was lost".
	Marks []string `json:"marks,omitempty"`

	Attempt int `json:"attempt"` // from 1
	// Handle and Left are what the attempts before brought back: the place of the
	// message (Slack's channel and ts, a Message-ID), the recipients still to serve.
	Handle string   `json:"handle,omitempty"`
	Left   []string `json:"left,omitempty"`
	// Root is the handle of the group's message: what Edit and Moved change and
	// Reply and Broadcast answer. Next is, for Moved, that of the one that follows.
	Root string `json:"root,omitempty"`
	Next string `json:"next,omitempty"`
	// Incident is the key of the incident that it is about, for integrations that keep
	// some: 64 hexadecimal digits.
	Incident string `json:"incident,omitempty"`
}

// An Effect is what a delivery does where messages can be edited and answered.
type Effect uint8

// The effects. Only Post, Reply and Broadcast tell news, and of these Post and
// Broadcast reach people at once; Edit keeps the group's message true.
const (
	Post      Effect = iota // a new message
	Edit                    // the group's message says what is true now
	Reply                   // an answer in the thread
	Broadcast               // an answer in the thread that the channel sees
	Moved                   // the group's message says where the next one is
)

// String returns the word for it.
func (e Effect) String() string {
	switch e {
	case Post:
		return "post"
	case Edit:
		return "edit"
	case Reply:
		return "reply"
	case Broadcast:
		return "broadcast"
	case Moved:
		return "moved"
	}
	return fmt.Sprintf("Effect(%d)", uint8(e))
}

// Status is firing while something fires, else resolved.
func (d Delivery) Status() string {
	if len(d.Firing) > 0 {
		return "firing"
	}
	return "resolved"
}

// A Group is a set of alerts that are told together.
type Group struct {
	Key    string        `json:"key"` // route and labels
	Route  string        `json:"route"`
	Labels labels.Labels `json:"labels"`
	// Episode names the time from the group's first alert until its last is over.
	Episode string `json:"episode"`
}

// An Entry is one alert in a delivery.
type Entry struct {
	// Alert is shared with others who know of it: it is never changed.
	Alert *evaluator.Alert `json:"alert"`
	// Labels are the alert's as people see them: with severity of the level,
	// external labels, and relabelled.
	Labels labels.Labels `json:"labels"`
	News   News          `json:"news"`
	// Was is the level told before; OK if nothing was.
	Was rules.Level `json:"was"`
	// Held says what keeps the alert as it was told: "silenced by …", "acknowledged
	// by …"; empty: nothing does.
	Held string `json:"held,omitempty"`
	// Seen is when the alert's value was observed, if that was after its last
	// change; 0: at the change.
	Seen model.Time `json:"seen,omitempty"`
}

// A News says what is new about an entry since the last message.
type News uint8

// What may be new about an entry.
const (
	Same News = iota
	New
	Raised
	Lowered
	Resolved
	FlapBegan
	FlapEnded
)

// String returns the word for it in lower case.
func (n News) String() string {
	switch n {
	case Same:
		return "same"
	case New:
		return "new"
	case Raised:
		return "raised"
	case Lowered:
		return "lowered"
	case Resolved:
		return "resolved"
	case FlapBegan:
		return "flapping"
	case FlapEnded:
		return "stable"
	}
	return fmt.Sprintf("News(%d)", uint8(n))
}

// A Reason says why a delivery is made: the most pressing news in it.
type Reason string

// The reasons of a delivery, in the order in which they win.
const (
	ReasonFirst    Reason = "first"    // nothing of this group was told before
	ReasonRaised   Reason = "raised"   // an alert got worse
	ReasonNew      Reason = "new"      // an alert joined
	ReasonResolved Reason = "resolved" // all are resolved
	ReasonChanged  Reason = "changed"  // some resolved, were lowered, began or ceased to flap
	ReasonReminder Reason = "reminder" // nothing is new, and repeat_interval has passed
	ReasonDigest   Reason = "digest"   // what the budget held back, of several groups
	ReasonFace     Reason = "face"     // an edit: nothing is told by it
)

// An Outcome says how an attempt ended.
type Outcome uint8

// The outcomes of an attempt. Unknown is a timeout or a connection cut after
// the first byte of the body: it may have been delivered or not.
const (
	Delivered Outcome = iota + 1
	Refused           // try later
	Rejected          // never, with this content
	Unknown
)

// String returns the word for it.
func (o Outcome) String() string {
	switch o {
	case Delivered:
		return "delivered"
	case Refused:
		return "refused"
	case Rejected:
		return "rejected"
	case Unknown:
		return "unknown"
	}
	return fmt.Sprintf("Outcome(%d)", uint8(o))
}

// Settled is the end of one attempt.
type Settled struct {
	ID         string        `json:"id"`
	Attempt    int           `json:"attempt"`
	Outcome    Outcome       `json:"outcome"`
	RetryAfter time.Duration `json:"retryAfter,omitempty"` // asked for by the service; 0 if it did not
	Handle     string        `json:"handle,omitempty"`
	Left       []string      `json:"left,omitempty"`
	Error      string        `json:"error,omitempty"` // redacted
	// Gone says, with Rejected, that the message to edit or answer is not there any
	// more, or can't be changed: a new one takes its place.
	Gone bool `json:"gone,omitempty"`
}
