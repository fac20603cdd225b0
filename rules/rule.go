package rules

import (
	"time"

	amlabels "github.com/prometheus/alertmanager/pkg/labels"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
)

// A Kind says how the samples of a rule are read.
type Kind uint8

// The kinds of rule. A threshold rule returns the raw value and tocsin compares
// it; in the answer to a presence rule each series is a breach, as in Prometheus.
const (
	ThresholdRule Kind = iota
	PresenceRule
)

// SelfRule is the rule key that alerts about tocsin itself bear; no rule can have
// it.
const SelfRule = "!tocsin"

// A Rule is one alerting rule, complete: defaults filled in, thresholds of the
// environment merged, overrides merged with what they inherit.
type Rule struct {
	// Key is the rule's identity within its namespace: state, phase and episodes
	// hang on it. It survives edits of threshold, text and interval, and a move
	// to another file.
	Key string
	// Revision changes with everything that evaluation depends on.
	Revision string

	Alert string
	Group string
	File  string
	Line  int

	Kind        Kind
	Source      string
	Expr        string
	QueryOffset time.Duration
	Unit        Unit

	// Interval is the distance of two evaluations. With a Schedule it is 0.
	Interval time.Duration
	Schedule *Schedule
	// PhaseKey is hashed into the phase of the grid; all rules of a group share it.
	PhaseKey string

	Levels    Levels
	Overrides []Override

	Labels      []LabelTemplate
	Annotations []Annotation

	Absent Absent
	NoData NoData
	Expect bool // a result is expected even before the first one came
	Flap   Flap
	Limit  int // most instances with state; 0 is the daemon's own limit
}

// Pace is the distance of two evaluations that defaults are counted in: for a
// schedule the least of its first distances, so that nights and weekends do not
// stretch it.
func (r *Rule) Pace() time.Duration {
	if r.Schedule == nil {
		return r.Interval
	}
	least := time.Duration(0)
	at := r.Schedule.Next(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC))
	for range 12 {
		next := r.Schedule.Next(at)
		if next.IsZero() {
			break
		}
		if d := next.Sub(at); least == 0 || d < least {
			least = d
		}
		at = next
	}
	return least
}

// For returns the levels that apply to a series: those of the first override
// that matches, or the rule's own.
func (r *Rule) For(series labels.Labels) Levels {
	for _, o := range r.Overrides {
		if o.Matches(series) {
			return o.Levels
		}
	}
	return r.Levels
}

// An Override replaces the levels for the series that it matches. Its levels
// are complete: what it doesn't name is inherited; `off` leaves nil.
type Override struct {
	Match  amlabels.Matchers
	Levels Levels
}

// Matches reports whether all matchers match; a label that isn't there is empty.
func (o Override) Matches(series labels.Labels) bool { return Matches(o.Match, series) }

// Matches reports whether all matchers match the labels; a label that is not
// there is the empty string, as in Alertmanager.
func Matches(ms amlabels.Matchers, ls labels.Labels) bool {
	for _, m := range ms {
		if !m.Matches(ls.Get(m.Name)) {
			return false
		}
	}
	return true
}

// An Annotation is a named template, rendered when a message is.
type Annotation struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// A LabelTemplate is a label of a rule. Its template is compiled where the file
// is read; Expand is pure and is called when an alert is raised.
type LabelTemplate struct {
	Name   string
	Text   string
	Expand func(LabelData) (string, error) // nil: Text is the value
}

// LabelData is what a label's template sees.
type LabelData struct {
	Series labels.Labels
	Value  float64
	At     model.Time
}

// A Schedule is a cron schedule in its time zone.
type Schedule struct {
	Text string
	// Next returns the first instant after t, or the zero time if there is none.
	Next func(t time.Time) time.Time
}

// A Then says what to do about data that is missing.
type Then uint8

// What may follow on missing data. Resolve is `resolve` for one absent series
// and `ok` for an empty result. Clear doesn't wait: what is missing counts at once
// as a value that is clear, as it does to a presence rule.
const (
	ThenResolve Then = iota
	ThenKeep
	ThenWarn
	ThenError
	ThenClear
)

// Level returns the level that a missing series is raised to, or OK.
func (t Then) Level() Level {
	switch t {
	case ThenWarn:
		return Warn
	case ThenError:
		return Error
	case ThenResolve, ThenKeep, ThenClear:
	}
	return OK
}

// Absent says when one series that is gone, while others are there, is given
// up, and what follows. After is observed time; with ThenClear it is not used, and
// a series without a value (NaN) counts as gone too.
type Absent struct {
	After time.Duration
	Then  Then
}

// NoData says when a result that is empty as a whole is reported, and how. With
// ThenClear it is not reported: nothing to see is well.
type NoData struct {
	After time.Duration
	Then  Then
}

// Flap says when an instance counts as flapping: at least Raises raises Within
// the last while. Raises 0 switches it off.
type Flap struct {
	Raises int
	Within time.Duration
}
