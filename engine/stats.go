package engine

import (
	"github.com/prometheus/common/model"

	"tocsin/evaluator"
	"tocsin/notifier"
	"tocsin/rules"
)

// SourceStats count what a source was asked since the process started.
type SourceStats struct {
	Queries  uint64 // answers, good or not
	Failures map[evaluator.Outcome]uint64
	Missed   uint64 // evaluations of rules that did not take place
}

// counters hold the stats by source.
type counters struct{ sources map[string]*SourceStats }

func (c *counters) of(source string) *SourceStats {
	if c.sources == nil {
		c.sources = map[string]*SourceStats{}
	}
	s := c.sources[source]
	if s == nil {
		s = &SourceStats{Failures: map[evaluator.Outcome]uint64{}}
		c.sources[source] = s
	}
	return s
}

// Stats are figures of the core at an instant.
type Stats struct {
	Rules     int
	Instances int // with state
	Alerts    map[rules.Level]int
	Asking    int // questions in flight
	Queued    int // questions that wait for their turn
	Sources   map[string]SourceStats
	Notifier  notifier.Stats
}

// Stats counts; it walks over what is active.
func (c *Core) Stats() Stats {
	s := Stats{
		Rules: len(c.runs), Instances: c.instances, Asking: len(c.asks),
		Alerts:  map[rules.Level]int{rules.Warn: 0, rules.Error: 0},
		Sources: map[string]SourceStats{}, Notifier: c.planner.Stats(),
	}
	c.Alerts(func(a evaluator.Alert) { s.Alerts[a.Notify]++ })
	for name, src := range c.sources {
		s.Queued += len(src.queue)
		n := *c.counters.of(name)
		failures := map[evaluator.Outcome]uint64{}
		for k, v := range n.Failures {
			failures[k] = v
		}
		n.Failures = failures
		s.Sources[name] = n
	}
	return s
}

// Alerts calls f for each alert that people should know of: by rule, then as the
// machine orders them, those about tocsin itself last.
func (c *Core) Alerts(f func(evaluator.Alert)) {
	for _, key := range c.runKeys() {
		c.runs[key].machine.Alerts(f)
	}
	for _, key := range c.selfKeys() {
		f(*c.self[key])
	}
}

// RuleStatus is a rule with the state of its machine.
type RuleStatus struct {
	Rule   *rules.Rule
	Next   model.Time
	Status evaluator.Status
	// Instances calls its argument for each instance with state, in order of keys.
	Instances func(func(evaluator.Instance))
}

// Rules calls f for each rule in order of keys.
func (c *Core) Rules(f func(RuleStatus)) {
	for _, key := range c.runKeys() {
		r := c.runs[key]
		f(RuleStatus{Rule: r.rule, Next: r.next, Status: r.machine.Status(), Instances: r.machine.List})
	}
}

// SourceStatus is a source's health.
type SourceStatus struct {
	Name         string
	LastGood     model.Time // 0: none yet
	FailingSince model.Time // 0: not failing
	Tries        int
	Error        string
}

// Sources calls f for each source in order of names.
func (c *Core) Sources(f func(SourceStatus)) {
	for _, name := range c.sourceNames() {
		s := c.sources[name]
		f(SourceStatus{name, s.lastGood, s.failingSince, s.tries, s.lastError})
	}
}

// AlertViews calls f for each alert that people should know of, with what keeps it
// from being told and whom it goes to.
func (c *Core) AlertViews(f func(notifier.AlertView)) { c.planner.Alerts(f) }

// Silences calls f for each silence that is remembered, in the order of their ids.
func (c *Core) Silences(f func(notifier.SilenceStatus)) { c.planner.Silences(f) }

// Lanes calls f for each lane, in the order of groups and integrations.
func (c *Core) Lanes(f func(notifier.LaneState)) { c.planner.Lanes(f) }
