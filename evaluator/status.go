package evaluator

import (
	"fmt"
	"math/bits"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"tocsin/rules"
)

// A Health says how the queries of a rule go. It is kept apart from levels.
type Health uint8

// The healths. Stale is a source that doesn't answer, Failing a query that it
// answers with an error.
const (
	Unknown Health = iota
	Healthy
	Stale
	Failing
)

// String returns unknown, ok, stale or failing.
func (h Health) String() string {
	switch h {
	case Unknown:
		return "unknown"
	case Healthy:
		return "ok"
	case Stale:
		return "stale"
	case Failing:
		return "failing"
	}
	return fmt.Sprintf("Health(%d)", uint8(h))
}

// A Status is how a rule is doing.
type Status struct {
	Health   Health
	Error    string // of the last query; a warning while Healthy
	LastGood model.Time
	// How many series are doing what; one that recovers still counts as what it
	// is known as, and one that waits to get worse counts twice.
	Pending, Warning, Erring, Flapping int
}

// Status returns how the rule is doing.
func (m *Machine) Status() Status {
	s := Status{Health: m.health, Error: m.failure, LastGood: m.last}
	for _, i := range m.active {
		s.count(i.state)
	}
	return s
}

// An Instance is what there is to show of one instance.
type Instance struct {
	Key    string
	Series labels.Labels
	// Labels are those of the alert, or what they would be if it were raised now.
	Labels labels.Labels
	// Alert is nil while nothing is open.
	Alert *Alert
	// Value is the last observed one, of SeenAt; NaN and 0 since a start without one.
	Value  rules.Number
	SeenAt model.Time
	Levels []LevelStatus // of the rule, warn first; none of an alert about the rule itself
	// Absent is for how long the series has been missing, in observed time.
	Absent time.Duration
	// Raises are those that count towards a flap; Calm is the time without any.
	Raises int
	Calm   time.Duration
}

// A LevelStatus is where a level of an instance stands.
type LevelStatus struct {
	Level rules.Level
	Phase Phase
	Rule  rules.LevelRule
	// Since is when the current stretch of observations began, Credit the observed
	// time so far, Needed what it takes to fire or, from Firing on, to be over.
	Since          model.Time
	Credit, Needed time.Duration
	// Breached are the votes so far.
	Breached int
}

// List calls f for each instance with state, in order of their keys.
func (m *Machine) List(f func(Instance)) {
	for _, i := range m.sorted() {
		f(i.show(m.rule, m.last))
	}
}

func (i *instance) show(r *rules.Rule, at model.Time) Instance {
	s := i.state
	v := Instance{
		Key: i.key, Series: i.series, Value: rules.Number(i.value), SeenAt: i.seenAt,
		Absent: s.absent.spent(), Raises: s.flap.within(r.Flap, at), Calm: s.flap.calm.spent(),
	}
	if i.open() {
		a := *i.alert
		a.Current = i.current()
		v.Alert, v.Labels = &a, a.Labels
	} else if i.notice == noNotice {
		v.Labels, _ = render(r, rules.LabelData{Series: i.series, Value: i.value, At: at})
	}
	for _, l := range []rules.Level{rules.Warn, rules.Error} {
		if lr := i.levels.At(l); lr != nil {
			v.Levels = append(v.Levels, s.levels.at(l).show(l, *lr))
		}
	}
	return v
}

func (k track) show(l rules.Level, r rules.LevelRule) LevelStatus {
	v := LevelStatus{
		Level: l, Phase: k.phase, Rule: r,
		Since: k.timer.since, Credit: k.timer.spent(), Needed: r.For,
		Breached: bits.OnesCount64(uint64(k.ring)),
	}
	if k.active() {
		v.Needed = r.KeepFiringFor
	}
	return v
}

// count adds one instance.
func (s *Status) count(i state) {
	if i.levels.warn.phase == Pending || i.levels.error.phase == Pending {
		s.Pending++
	}
	switch i.level() {
	case rules.Warn:
		s.Warning++
	case rules.Error:
		s.Erring++
	case rules.OK:
	}
	if i.flap.on() {
		s.Flapping++
	}
}
