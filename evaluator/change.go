package evaluator

import (
	"fmt"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"tocsin/rules"
)

// A ChangeKind says what happened to an instance.
type ChangeKind uint8

// The kinds of change. Flapping and Stable begin and end a flap; in between the
// level that people are told stays at the highest.
const (
	Raise ChangeKind = iota + 1
	Lower
	Resolve
	Flapping
	Stable
)

// String returns the word for it.
func (k ChangeKind) String() string {
	switch k {
	case Raise:
		return "raise"
	case Lower:
		return "lower"
	case Resolve:
		return "resolve"
	case Flapping:
		return "flapping"
	case Stable:
		return "stable"
	}
	return fmt.Sprintf("ChangeKind(%d)", uint8(k))
}

// A Reason says why a change happened.
type Reason string

// The reasons. A raise by a threshold has Breached; a raise by the lack of data
// has Absent or NoData.
const (
	Breached      Reason = "breached"
	Recovered     Reason = "recovered"
	ReasonAbsent  Reason = "absent"
	ReasonNoData  Reason = "no_data"
	RuleRemoved   Reason = "rule_removed"
	RuleChanged   Reason = "rule_changed"
	Manual        Reason = "manual"
	Flaps         Reason = "flapping"
	Calm          Reason = "stable"
	QueryFailing  Reason = "query_failing"
	TooMany       Reason = "limit"
	SameLabels    Reason = "duplicate_labels"
	SourceFailing Reason = "source_failing"
	StoreFailing  Reason = "store_failing"
	RulesMissing  Reason = "rules_missing"

	ReceiverFailing Reason = "receiver_failing"
)

// An Alert is an instance as others see it: what is true of it, and what people
// should know of it. Once it has been handed out nothing in it is changed, so that all
// who remember it share it: of a storm there would else be many copies.
type Alert struct {
	Rule     string        `json:"rule"`     // key of the rule
	Instance string        `json:"instance"` // key within the rule, stable
	Name     string        `json:"name"`     // alertname
	Labels   labels.Labels `json:"labels"`   // rendered at the raise; without severity of a threshold rule, and before external labels
	Series   labels.Labels `json:"series"`   // as the source gave them: what $labels is

	Level    rules.Level `json:"level"`  // true now
	Notify   rules.Level `json:"notify"` // what people should know: Level, or the latch while flapping
	Flapping bool        `json:"flapping,omitempty"`

	Episode    string     `json:"episode"`
	StartsAt   model.Time `json:"startsAt"`   // first raise of the episode
	LevelSince model.Time `json:"levelSince"` // when Level was reached
	EndsAt     model.Time `json:"endsAt,omitempty"`

	Value rules.Number `json:"value"` // at the change; may be NaN
	Bound rules.Number `json:"bound"` // the threshold that decided
	// Current is the value that was observed last. It moves without a change, is
	// not stored, and is for pages alone.
	Current rules.Number `json:"-"`
	Side    rules.Side   `json:"side"` // Present: there is no threshold
	Unit    rules.Unit   `json:"unit,omitempty"`
	Reason  Reason       `json:"reason"`

	// FixedSeverity is the severity label of a presence rule, which its level was
	// taken from and which stays as written; empty on threshold rules.
	FixedSeverity string             `json:"fixedSeverity,omitempty"`
	Annotations   []rules.Annotation `json:"annotations,omitempty"` // templates
	Source        string             `json:"source,omitempty"`
	Expr          string             `json:"expr,omitempty"`
	// Has is the set of levels that the rule has: routing runs for each of them up
	// to Notify. Bit 1<<Level.
	Has uint8 `json:"has"`
}

// A Change is one step of an alert, with the alert as it is after it.
type Change struct {
	Kind  ChangeKind  `json:"kind"`
	From  rules.Level `json:"from"`
	To    rules.Level `json:"to"`
	At    model.Time  `json:"at"`
	Alert *Alert      `json:"alert"`
}
