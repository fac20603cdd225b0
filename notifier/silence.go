package notifier

import (
	"github.com/prometheus/common/model"

	"tocsin/rules"
)

// Silence puts a silence in force, or replaces the one of its id.
func (p *Planner) Silence(at model.Time, s rules.Silence) {
	p.at = at
	p.silences[s.ID] = s
}

// Unsilence ends a silence.
func (p *Planner) Unsilence(at model.Time, id string) {
	p.at = at
	s, ok := p.silences[id]
	if ok && s.EndsAt > at {
		s.EndsAt, s.UpdatedAt = at, at
		p.silences[id] = s
	}
}

// Silences calls f for each silence that is remembered, in the order of their ids.
func (p *Planner) Silences(f func(rules.Silence)) {
	for _, id := range sortedKeys(p.silences) {
		f(p.silences[id])
	}
}
