package evaluator

import (
	"github.com/prometheus/common/model"

	"tocsin/rules"
)

// Reload gives the machine a new version of its rule, with the same key. What
// fires goes on firing until an observation is beyond the new clear value; only
// what the rule has no level for any more ends at once.
func (m *Machine) Reload(rule *rules.Rule, at model.Time) []Change {
	m.begin()
	m.rule = rule
	m.expr = exprKey(rule.Expr)
	m.lore = lore{}
	m.adopt(sight{now: now{at: at}, partial: true})
	return m.said()
}

// fit fits what was restored to a rule that may have changed meanwhile, once
// there is an answer to go by.
func (m *Machine) fit(g sight) {
	if m.adopted || !g.good() {
		return
	}
	m.adopt(sight{now: g.now, partial: true})
}

// adopt fits the state of all instances to the rule.
func (m *Machine) adopt(g sight) {
	m.adopted = true
	for _, i := range m.active {
		i.levels = m.rule.For(i.series)
		m.move(i, i.state.adopt(m.rule, i.levels), RuleChanged, g)
	}
	m.settle()
	m.tidy()
	m.adoptWhole(g)
	for _, i := range m.active {
		if i.open() && i.about(m.rule) {
			m.touch(i)
		}
	}
}

// adoptWhole fits what is known of the rule as a whole: of a new expression it
// isn't known whether it ever had data.
func (m *Machine) adoptWhole(g sight) {
	changed := m.whole.expr != m.expr
	if changed {
		m.setWhole(whole{expr: m.expr, failures: m.whole.failures})
	}
	if then := m.rule.NoData.Then.Level(); changed || then == rules.OK || m.rule.Kind == rules.PresenceRule {
		m.retract(noData, g)
	}
}

// retract ends a notice that the new rule has no use for.
func (m *Machine) retract(k notice, g sight) {
	if i := m.notices[k]; i != nil {
		m.move(i, i.state.end(), RuleChanged, g)
		m.settle()
		m.discard(k)
	}
}

// adopt fits a state to levels that may be others than it was made by.
func (s state) adopt(r *rules.Rule, levels rules.Levels) state {
	s.levels.warn = s.levels.warn.adopt(levels.Warn)
	s.levels.error = s.levels.error.adopt(levels.Error)
	if s.levels.error.active() && levels.Warn != nil && !s.levels.warn.active() {
		s.levels.warn = track{phase: Firing}
	}
	if r.Flap.Raises == 0 {
		s.flap = flap{}
	}
	if r.Kind == rules.PresenceRule || r.Absent.Then.Level() == rules.OK {
		s.forced = rules.OK
	}
	if r.Kind == rules.PresenceRule || !s.tracked() {
		s.absent = timer{}
	}
	return s
}

// adopt drops a track that has no rule any more, and what is pending by another
// kind of debounce than the rule's.
func (k track) adopt(r *rules.LevelRule) track {
	if r == nil || k.phase == Pending && (k.ring != 0) != (r.Votes.Of > 0) {
		return track{}
	}
	return k
}

// Remove ends the rule: what is open is resolved, and nothing is remembered. The
// state of a rule that was removed while the daemon was down is ended in the
// same way, by a machine of a rule that has a key and nothing else.
func (m *Machine) Remove(at model.Time) []Change {
	m.begin()
	g := sight{now: now{at: at}, partial: true}
	for _, i := range m.sorted() {
		m.move(i, i.state.end(), RuleRemoved, g)
	}
	m.settle()
	for _, i := range m.sorted() {
		m.put(i, state{})
	}
	m.tidy()
	for k := range m.notices {
		m.discard(notice(k))
	}
	m.setWhole(whole{expr: m.expr})
	return m.said()
}

// End resolves an instance by hand. What still breaches at the next evaluation
// is raised anew.
func (m *Machine) End(instance string, at model.Time) []Change {
	m.begin()
	i := m.byKey[instance]
	if i == nil {
		return nil
	}
	m.move(i, i.state.end(), Manual, sight{now: now{at: at}, partial: true})
	m.settle()
	m.tidy()
	m.discard(i.notice)
	return m.said()
}
