package evaluator

import "tocsin/rules"

// failuresToTell is how many failed executions in a row are told of; a query
// that is wrong is told of at once.
const failuresToTell = 3

// whole is what is remembered of a rule as a whole.
type whole struct {
	expr     string // what the rest is about
	had      bool   // there were data once
	empty    timer  // how long the result has been empty
	failures uint8  // executions that failed in a row
}

// setWhole stores it, and remembers to write its row if need be.
func (m *Machine) setWhole(w whole) {
	m.ruleDirty = m.ruleDirty || w.durable() != m.whole.durable()
	m.whole = w
}

func (w whole) durable() whole {
	w.empty = w.empty.durable()
	return w
}

func (w whole) forget() whole {
	w.empty = w.empty.forget()
	return w
}

// bare reports whether there is nothing to remember.
func (w whole) bare() bool { return !w.had && w.failures == 0 && w.empty == timer{} }

// count takes an answer into account, and reports whether the rule gives up its
// instances for want of any data. A presence rule that returns nothing is well.
func (m *Machine) count(g sight) bool {
	w := m.whole
	w.failures = 0
	switch {
	case m.rule.Kind == rules.PresenceRule:
		w.empty = timer{}
	case !g.empty:
		w.empty = timer{}
		w.had = true
	case m.rule.NoData.Then == rules.ThenClear && g.good():
		w.empty = timer{}
	case g.partial:
		w.empty = w.empty.unseen()
	default:
		w.empty = w.empty.held(g.now)
	}
	m.setWhole(w)
	return m.starved(g) && m.rule.NoData.Then == rules.ThenResolve
}

// starved reports whether data are missing for so long that it counts.
func (m *Machine) starved(g sight) bool {
	w := m.whole
	return g.empty && g.good() && w.empty.mark == fresh &&
		(w.had || m.rule.Expect) && w.empty.spent() >= m.rule.NoData.After
}

// review says what there is to say of the rule after an answer. A partial one
// takes nothing back but that the query failed.
func (m *Machine) review(g sight) {
	m.post(failing, rules.OK, g)
	switch {
	case m.starved(g):
		m.post(noData, m.rule.NoData.Then.Level(), g)
	case g.good() && (!g.empty || m.rule.NoData.Then == rules.ThenClear):
		m.post(noData, rules.OK, g)
	default:
		m.keep(noData, g)
	}
	m.report(limited, m.refused > 0, g)
	m.report(duplicated, m.duplicates > 0, g)
}

// report posts a notice while there is a reason for it.
func (m *Machine) report(k notice, on bool, g sight) {
	switch {
	case on:
		m.post(k, rules.Warn, g)
	case g.good():
		m.post(k, rules.OK, g)
	default:
		m.keep(k, g)
	}
}

// keep leaves a notice at its level.
func (m *Machine) keep(k notice, g sight) {
	if i := m.notices[k]; i != nil {
		m.post(k, i.state.level(), g)
	}
}

// failed takes a query that the source answered with an error.
func (m *Machine) failed(o Observation) {
	m.health, m.failure = Failing, clip(o.Answer.Error)
	w := m.whole
	w.failures = min(w.failures+1, failuresToTell)
	if o.Answer.Outcome == BadQuery {
		w.failures = failuresToTell
	}
	m.setWhole(w)
	if w.failures == failuresToTell {
		m.post(failing, rules.Warn, sight{now: nowOf(o), partial: true})
	}
}
