package backtest

import (
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"tocsin/evaluator"
	"tocsin/notifier"
	"tocsin/rules"
)

// A Result is what a configuration would have done in a period.
type Result struct {
	// From and Until are the period that counts: from From up to but without Until.
	// A run that was cut short ends earlier than was asked for.
	From, Until model.Time
	// Incomplete says why not everything is known; empty: everything is.
	Incomplete []string

	Rules []*RuleResult // sorted by file, then by place in it
	// Notifications are those that would have reached people, in order of time.
	Notifications []Notification
	// Quiet counts deliveries that reach nobody at once: edits and answers in threads.
	Quiet int
	// Incidents are those that the rules were held against, in their order.
	Incidents []Caught

	Queries, Samples int64 // that were asked for; what the cache held is not in it
}

// Days is the length of the period.
func (r *Result) Days() float64 { return r.Until.Sub(r.From).Hours() / 24 }

// A RuleResult is what one rule would have done.
type RuleResult struct {
	Rule *rules.Rule
	// Notifications counts those with news of the rule, or that remind of it. One
	// that tells of several rules counts for each.
	Notifications int
	Night         int // of them, those between 22:00 and 07:00
	Receivers     map[string]int
	Episodes      []*Episode // that began in the period, in order
	Carried       []*Episode // that began before it, and were not over
	Flaps         int        // episodes that began to flap
	// Refires are raises within an hour of the end of the episode before, of the same
	// alert, and those within an episode that flaps.
	Refires int
	// Warn and Error are for how long any alert of the rule was at that level or
	// above; Longest is the longest of its episodes.
	Warn, Error, Longest time.Duration
	Problems             []string // such as queries that failed
	Series               int      // most that its expression returned at an instant
	Messages             []string // the first ones, rendered
	Chart                Chart
}

// An Episode is an alert from its first raise until it is resolved. A flap is one
// episode, which ends when it is stable.
type Episode struct {
	ID     string
	Labels labels.Labels
	Series labels.Labels
	Start  model.Time
	End    model.Time // 0: it goes on beyond the period
	Worst  rules.Level
	Peak   float64 // the value that was farthest beyond the threshold; NaN of none
	Side   rules.Side
	Flap   bool
	Reason evaluator.Reason // why it was resolved
	Spans  []Span           // by level, with gaps only while it flaps; the last may be open
	Told   []Telling        // when people heard of it as it fired

	bound  float64 // that decided first
	series string  // as text
	page   *page   // on which it was found last, and where
	column int
}

// A Telling is one time that people heard of an alert.
type Telling struct {
	At       model.Time
	Receiver string
	Level    rules.Level
}

// A Span is a time at one level.
type Span struct {
	Level       rules.Level
	From, Until model.Time // Until 0: it goes on
}

// Lasted is how long an episode lasted until a time.
func (e *Episode) Lasted(until model.Time) time.Duration {
	if e.End != 0 {
		until = e.End
	}
	return until.Sub(e.Start)
}

// A Notification is one message to one integration of a receiver.
type Notification struct {
	At       model.Time
	Receiver string
	Kind     string // slack, email, …
	Reason   notifier.Reason
	Level    rules.Level // OK: all is resolved
	Group    labels.Labels
	Alerts   []Entry // what it tells of, with what is merely shown too
	Hidden   int     // alerts beyond those
	Night    bool
}

// An Entry is one alert in a notification.
type Entry struct {
	Rule    string // key
	Name    string
	Labels  labels.Labels
	News    notifier.News
	Level   rules.Level
	Episode string
}

// mostEntries bounds what is remembered of one notification.
const mostEntries = 20

// Night reports whether people may be asleep: between 22:00 and 07:00 where they
// live.
func Night(at time.Time) bool { return at.Hour() >= 22 || at.Hour() < 7 }

// Busiest returns the most notifications within 24 hours, and when these begin.
func (r *Result) Busiest() (most int, from model.Time) {
	first := 0
	for i, n := range r.Notifications {
		for n.At.Sub(r.Notifications[first].At) >= 24*time.Hour {
			first++
		}
		if i-first+1 > most {
			most, from = i-first+1, r.Notifications[first].At
		}
	}
	return most, from
}
