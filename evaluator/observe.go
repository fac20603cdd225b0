package evaluator

import (
	"cmp"
	"slices"
	"strings"

	"tocsin/rules"
)

// A newcomer is a sample that breaches and has no state yet.
type newcomer struct {
	saying
	sample int
	level  rules.Level
}

// Observe takes the rule through one evaluation and returns what changed: first
// what went down, then what went up, each in order of instances, then what there
// is to say of the rule as a whole. The slice is valid until the next call.
func (m *Machine) Observe(o Observation) []Change {
	m.begin()
	switch o.Answer.Outcome {
	case Good, Partial:
		m.answered(o)
	case BadQuery, Execution:
		m.failed(o)
	case Unavailable:
		m.health, m.failure = Stale, clip(o.Answer.Error)
	}
	return m.said()
}

// answered takes an answer with samples.
func (m *Machine) answered(o Observation) {
	g := sight{
		now:     nowOf(o),
		partial: o.Answer.Outcome == Partial,
		empty:   len(o.Answer.Samples) == 0,
	}
	m.tick++
	m.health, m.failure = Healthy, clip(o.Answer.Error)
	m.fit(g)
	gaveUp := m.count(g)
	m.see(o, g)
	m.admit(o, g)
	m.overlook(g, gaveUp)
	m.last = o.At
	m.settle()
	m.tidy()
	m.review(g)
}

// see steps the instances that are in the answer, and gathers the samples that
// may need a new one. As long as every instance is found as it was spelled last,
// what doesn't breach is of no interest and its labels are never read.
func (m *Machine) see(o Observation, g sight) {
	seen := 0
	for n, s := range o.Answer.Samples {
		g.present, g.value = true, s.Value
		switch i := m.byRaw[s.Raw]; {
		case i != nil:
			if m.sighted(i, g) > 0 {
				seen++
				m.use(n)
			}
		case len(m.rule.Overrides) > 0 || worst(m.rule.Levels, g) > rules.OK:
			seen += m.meet(o.Answer, n, g)
		}
	}
	if seen < len(m.active) {
		m.search(o, g, len(m.active)-seen)
	} else if len(m.rule.Overrides) == 0 {
		m.lore = lore{}
	}
	m.lore.age(len(o.Answer.Samples))
}

// search looks for instances among the samples that don't breach and are
// spelled as none is, until all are found.
func (m *Machine) search(o Observation, g sight, lost int) {
	for n, s := range o.Answer.Samples {
		if lost == 0 {
			return
		}
		g.present, g.value = true, s.Value
		if m.byRaw[s.Raw] == nil && worst(m.rule.Levels, g) == rules.OK {
			lost -= m.meet(o.Answer, n, g)
		}
	}
}

// meet takes a sample that isn't spelled as any instance is. It returns 1 if it
// is one all the same.
func (m *Machine) meet(a Answer, n int, g sight) int {
	raw := a.Samples[n].Raw
	what, ok := m.meaning(a, raw)
	if !ok {
		return 0
	}
	if i := m.byKey[what.key]; i != nil {
		if i.tick == m.tick {
			return 0
		}
		m.bind(i, raw)
		m.use(n)
		return m.sighted(i, g)
	}
	if level := worst(what.levels, g); level > rules.OK {
		m.use(n)
		m.newcomers = append(m.newcomers, newcomer{what, n, level})
	}
	return 0
}

// sighted steps an instance that is in the answer; of two samples that are the
// same series the first counts. It returns how many instances were found.
func (m *Machine) sighted(i *instance, g sight) int {
	if i.tick == m.tick {
		return 0
	}
	i.tick, i.value, i.seenAt = m.tick, g.value, g.at
	if i.expr != m.expr {
		i.expr = m.expr
		m.touch(i)
	}
	m.advance(i, g)
	return 1
}

// overlook steps the instances that are not in the answer.
func (m *Machine) overlook(g sight, gaveUp bool) {
	for _, i := range m.active {
		switch {
		case i.tick == m.tick:
		case i.expr != m.expr && g.good():
			m.move(i, i.state.end(), RuleChanged, g)
		case gaveUp:
			m.move(i, i.state.end(), ReasonNoData, g)
		default:
			m.advance(i, g)
		}
	}
}

// advance steps an instance.
func (m *Machine) advance(i *instance, g sight) {
	next, reason := step(m.rule, i.levels, i.state, g)
	m.move(i, next, reason, g)
}

// tidy drops the instances of which nothing is left.
func (m *Machine) tidy() {
	for n := len(m.active) - 1; n >= 0; n-- {
		if i := m.active[n]; i.state.empty() && !i.open() {
			m.drop(i)
		}
	}
}

// byRank puts errors first, then goes by key.
func byRank(a, b newcomer) int {
	return cmp.Or(cmp.Compare(b.level, a.level), strings.Compare(a.key, b.key))
}

// admit gives state to the newcomers, as many as there is room for. What is
// there already is never put out.
func (m *Machine) admit(o Observation, g sight) {
	slices.SortStableFunc(m.newcomers, func(a, b newcomer) int { return strings.Compare(a.key, b.key) })
	m.newcomers = slices.CompactFunc(m.newcomers, func(a, b newcomer) bool { return a.key == b.key })
	slices.SortFunc(m.newcomers, byRank)
	room := o.Room
	if m.rule.Limit > 0 {
		room = min(room, m.rule.Limit-len(m.active))
	}
	room = min(max(room, 0), len(m.newcomers))
	m.refused = len(m.newcomers) - room
	m.moves = slices.Grow(m.moves, room)
	for _, c := range m.newcomers[:room] {
		m.welcome(o.Answer, c, g)
	}
	m.newcomers = reuse(m.newcomers)
}

// welcome gives a newcomer state.
func (m *Machine) welcome(a Answer, c newcomer, g sight) {
	s := a.Samples[c.sample]
	ls, err := m.parse(a, s.Raw)
	if err != nil {
		return
	}
	i := &instance{key: c.key, series: ls, levels: c.levels, expr: m.expr}
	m.add(i)
	m.bind(i, s.Raw)
	g.present, g.value = true, s.Value
	m.sighted(i, g)
}
