package backtest

import (
	"slices"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/rules"
)

// A Caught is an incident, and whether people were told of it in time.
type Caught struct {
	Incident rules.Incident
	// At is when they heard of it first, by the alert Name; 0: never, or too late,
	// or the period doesn't hold it.
	At      model.Time
	Alert   string
	Late    model.Time // when they heard of it, if that was too late
	Outside bool       // the incident is not in the period: nothing is known
}

// Missed reports whether people should have been told and were not.
func (c Caught) Missed() bool { return c.At == 0 && !c.Outside }

// After is how long after the beginning of the incident people heard of it; it is
// negative if they knew before.
func (c Caught) After() time.Duration { return c.At.Sub(c.Incident.From) }

// Judge holds the result against incidents: one is caught if an alert that fires
// while it lasts is told by its deadline.
func (r *Result) Judge(incidents []rules.Incident) {
	r.Incidents = nil
	for _, i := range incidents {
		c := Caught{Incident: i, Outside: i.From < r.From || i.Until > r.Until}
		if !c.Outside {
			for _, rr := range r.Rules {
				c.look(rr)
			}
		}
		r.Incidents = append(r.Incidents, c)
	}
}

// look looks among the episodes of a rule for the first that was told.
func (c *Caught) look(rr *RuleResult) {
	i := &c.Incident
	if len(i.Alerts) > 0 && !slices.Contains(i.Alerts, rr.Rule.Alert) {
		return
	}
	for _, e := range slices.Concat(rr.Carried, rr.Episodes) {
		if e.Start >= i.Until || e.End != 0 && e.End <= i.From || !rules.Matches(i.Match, e.Labels) {
			continue
		}
		for _, t := range e.Told {
			if t.Level >= i.Level && (i.Receiver == "" || i.Receiver == t.Receiver) {
				c.told(t.At, rr.Rule.Alert)
			}
		}
	}
}

func (c *Caught) told(at model.Time, alert string) {
	switch {
	case at > c.Incident.Until:
	case at > c.Incident.Deadline():
		if c.Late == 0 || at < c.Late {
			c.Late = at
		}
	case c.At == 0 || at < c.At:
		c.At, c.Alert = at, alert
	}
}
