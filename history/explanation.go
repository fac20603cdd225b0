package history

import (
	"time"

	"github.com/prometheus/common/model"

	"tocsin/rules"
)

// An Explanation is the answer to "why was I (not) notified?".
type Explanation struct {
	Asked string    `json:"asked"`
	At    time.Time `json:"at"`
	// Past is set where only the history speaks: as of a time that is over.
	Past bool `json:"past"`
	// From is how far back the history was read.
	From time.Time `json:"from"`
	// Cut says that there is more than is told; empty: there is not.
	Cut    string  `json:"cut,omitempty"`
	Alerts []Alert `json:"alerts"`
	// Rules are those that the query names, whether any series of theirs has state.
	Rules []Rule `json:"rules,omitempty"`
}

// An Alert is one alert, or a series on its way to be one.
type Alert struct {
	Name     string            `json:"name"`
	Labels   map[string]string `json:"labels"`
	Rule     string            `json:"rule"`     // key
	Instance string            `json:"instance"` // key within the rule
	Episode  string            `json:"episode,omitempty"`

	Level    rules.Level `json:"level"`
	Notify   rules.Level `json:"notify"` // what people should know
	Flapping bool        `json:"flapping,omitempty"`
	Since    time.Time   `json:"since,omitzero"` // of the level
	StartsAt time.Time   `json:"startsAt,omitzero"`
	Reason   string      `json:"reason,omitempty"`

	Value  *Value  `json:"value,omitempty"`
	Levels []Level `json:"levels,omitempty"`
	Flap   *Flap   `json:"flap,omitempty"`
	// AbsentFor is for how long the series has been missing, in observed time.
	AbsentFor model.Duration `json:"absentFor,omitempty"`

	Holds   []Hold   `json:"holds,omitempty"`
	GoesTo  []string `json:"goesTo,omitempty"` // receivers
	Lanes   []Lane   `json:"lanes,omitempty"`
	Changes []Change `json:"changes"`
	Earlier int      `json:"earlier,omitempty"` // changes before those
}

// A Value is what was observed.
type Value struct {
	Number rules.Number `json:"number"`
	Text   string       `json:"text"`
	SeenAt time.Time    `json:"seenAt,omitzero"`
}

// A Level is where a level stands: its threshold, its timer, what is missing.
type Level struct {
	Level     rules.Level `json:"level"`
	Phase     string      `json:"phase"`
	Threshold string      `json:"threshold"` // above 300 ms
	Clear     string      `json:"clear,omitempty"`
	Verdict   string      `json:"verdict"` // breached, clear, between, unknown
	// Spent of Needed have passed until it fires or is over; both are 0 if no timer
	// runs. Missing is the rest.
	Spent   model.Duration `json:"spent,omitempty"`
	Needed  model.Duration `json:"needed,omitempty"`
	Missing model.Duration `json:"missing,omitempty"`
	Votes   *Votes         `json:"votes,omitempty"`
}

// Votes are breaches among the last evaluations.
type Votes struct {
	Have int `json:"have"`
	Need int `json:"need"`
	Of   int `json:"of"`
}

// A Flap is how near an instance is to flapping, or to the end of it.
type Flap struct {
	Raises int            `json:"raises"`
	Need   int            `json:"need"`
	Within model.Duration `json:"within"`
	Calm   model.Duration `json:"calm,omitempty"`
}

// A Hold is what keeps an alert from being told: an acknowledgement only what is up
// to its level.
type Hold struct {
	Gate          string      `json:"gate"` // silence, inhibition, acknowledgement, mute time
	By            string      `json:"by"`
	Level         rules.Level `json:"level,omitempty"`
	Since         time.Time   `json:"since,omitzero"`
	Until         time.Time   `json:"until,omitzero"`
	UntilResolved bool        `json:"untilResolved,omitempty"`
}

// A Lane is a way to a receiver, and what keeps it closed.
type Lane struct {
	Receiver    string    `json:"receiver"`
	Kind        string    `json:"kind"`
	Integration string    `json:"integration"`
	Group       string    `json:"group"`
	Gate        string    `json:"gate"`
	Why         string    `json:"why,omitempty"` // it is told besides the route's receiver
	NextFlush   time.Time `json:"nextFlush,omitzero"`
	NotBefore   time.Time `json:"notBefore,omitzero"`
	LastTold    time.Time `json:"lastTold,omitzero"`
	Failures    int       `json:"failures,omitempty"`
	Owed        int       `json:"owed,omitempty"`
	Delivery    string    `json:"delivery,omitempty"`
}

// A Change is one step of an alert and what became of it.
type Change struct {
	At       time.Time   `json:"at"`
	Kind     string      `json:"kind"`
	From     rules.Level `json:"from"`
	To       rules.Level `json:"to"`
	Reason   string      `json:"reason"`
	Text     string      `json:"text"` // 612 ms > 500 ms
	Episode  string      `json:"episode"`
	Fates    []Fate      `json:"fates,omitempty"`
	Attempts []Attempt   `json:"attempts,omitempty"`
}

// A Fate is what became of a change at one integration.
type Fate struct {
	At          time.Time `json:"at"`
	Receiver    string    `json:"receiver,omitempty"`
	Integration string    `json:"integration,omitempty"`
	Outcome     string    `json:"outcome"` // delivered, collapsed, suppressed, failed; held for now
	Why         string    `json:"why,omitempty"`
	Delivery    string    `json:"delivery,omitempty"`
	Attempt     int       `json:"attempt,omitempty"`
}

// An Attempt is one attempt at a delivery that was about the alert.
type Attempt struct {
	At          time.Time `json:"at"`
	Receiver    string    `json:"receiver"`
	Integration string    `json:"integration"`
	Kind        string    `json:"kind"`
	Effect      string    `json:"effect,omitempty"`
	Reason      string    `json:"reason,omitempty"`
	Outcome     string    `json:"outcome"`
	Error       string    `json:"error,omitempty"`
	Delivery    string    `json:"delivery"`
	Attempt     int       `json:"attempt"`
}

// A Rule is how a rule is doing.
type Rule struct {
	Key      string         `json:"key"`
	Alert    string         `json:"alert"`
	Place    string         `json:"place,omitempty"` // file:line
	Source   string         `json:"source"`
	Expr     string         `json:"expr"`
	Interval model.Duration `json:"interval,omitempty"`
	Schedule string         `json:"schedule,omitempty"`
	Health   string         `json:"health"`
	Error    string         `json:"error,omitempty"`
	LastGood time.Time      `json:"lastGood,omitzero"`
	Next     time.Time      `json:"next,omitzero"`
	Pending  int            `json:"pending"`
	Warn     int            `json:"warn"`
	Erring   int            `json:"erring"`
}
