package message

import (
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"tocsin/evaluator"
	"tocsin/notifier"
	"tocsin/rules"
)

// A Message is what a delivery says, before Slack, mail or webhook gives it a
// form. Its texts are clean (see Clean) but not escaped or cut to fit: each form
// has its own rules for that. Labels and annotations are as they came.
type Message struct {
	ID          string // of the delivery
	Integration string
	Receiver    string
	Group       notifier.Group
	Reason      notifier.Reason
	Effect      notifier.Effect
	At          time.Time

	// Level is the highest level that fires, Worst the highest that was told of
	// since the group's episode began.
	Level rules.Level
	Worst rules.Level

	Name   string
	Counts Counts
	Marks  []string
	// RouteLabels are templates that the route has for those of its receivers.
	RouteLabels []rules.Annotation
	// Items are the alerts, firing ones first, as many as were asked for; More is
	// how many are not among them. In a reply they are those with news.
	Items []Item
	More  int
	// Held are the reasons that hold what fires, each once; none if anything that
	// fires is not held.
	Held []string
	// Digest sums a digest up; none in any other message.
	Digest []Tally
	// Common are the labels that all alerts have. Links are the addresses that all
	// items have; those of one item alone are in the item.
	Common labels.Labels
	Links  []Link
	// Home is the address of tocsin's own pages; it may be empty.
	Home string

	// Errors are those of templates. The message is complete all the same.
	Errors []error

	texts *texts
}

// An Item is one alert of a message.
type Item struct {
	Name     string
	Firing   bool
	Level    rules.Level // as people should know it; OK if it is over
	Was      rules.Level
	News     notifier.News
	Reason   evaluator.Reason
	Flapping bool

	Value     Quantity
	Threshold Quantity
	Side      rules.Side
	Versus    string // 412 ms > 300 ms
	Since     string // for 5m, since 14:05 UTC
	What      string // what is new, or why it is over; may be empty
	Held      string // silenced by …, acknowledged by …; empty: nothing holds it

	Summary     string
	Description string
	Annotations []Pair
	Labels      labels.Labels // all
	Own         labels.Labels // those that set it apart from the others of this message
	Links       []Link

	// Series are the labels as the source gave them. Whole says that there is no
	// series: the alert is about a rule as a whole, a source or tocsin.
	Series labels.Labels
	Whole  bool

	Source      string
	Expr        string
	Graph       string // address of the expression's graph; may be empty
	Rule        string
	Episode     string
	StartsAt    time.Time
	LevelSince  time.Time // when the level was reached that is true now
	EndsAt      time.Time // zero while it fires
	Fingerprint string
}

// A Pair is a name and its text.
type Pair struct{ Name, Value string }

// Status is firing while something fires, else resolved.
func (m *Message) Status() string { return status(m.Level > rules.OK) }

// Status is firing or resolved.
func (i Item) Status() string { return status(i.Firing) }

func status(firing bool) string {
	if firing {
		return "firing"
	}
	return "resolved"
}

// State is the one word for an item: ERROR, WARN, RESOLVED, or REROUTED: it fires on,
// and is told elsewhere.
func (i Item) State() string {
	switch {
	case !i.Firing && i.Reason == notifier.ReasonRerouted:
		return rerouted
	case !i.Firing:
		return "RESOLVED"
	case i.Level == rules.Error:
		return "ERROR"
	}
	return "WARN"
}

// Note adds the errors of templates to the error of an attempt, for the report:
// that the message went out does not make them right.
func (m *Message) Note(failure string) string {
	for _, err := range m.Errors {
		if failure != "" {
			failure += "; "
		}
		failure += err.Error()
	}
	return failure
}
