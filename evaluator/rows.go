package evaluator

import (
	"slices"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"tocsin/rules"
)

// stateRow is what is stored of an instance.
type stateRow struct {
	// At is the rule's last answer when the row was written: fresh timers without
	// a time of their own were observed then, and go on from the checkpoint.
	At     model.Time    `json:"at"`
	Series labels.Labels `json:"series"`
	Expr   string        `json:"expr"`
	Warn   *trackRow     `json:"warn,omitempty"`
	Error  *trackRow     `json:"error,omitempty"`
	Forced rules.Level   `json:"forced,omitempty"`
	Absent *timerRow     `json:"absent,omitempty"`
	Flap   *flapRow      `json:"flap,omitempty"`
	Alert  *Alert        `json:"alert,omitempty"`
}

type trackRow struct {
	Phase Phase     `json:"phase"`
	Ring  ring      `json:"ring,omitempty"`
	Timer *timerRow `json:"timer,omitempty"`
}

type flapRow struct {
	Raises []model.Time `json:"raises"`
	Latch  rules.Level  `json:"latch,omitempty"`
	Calm   *timerRow    `json:"calm,omitempty"`
}

// timerRow is a timer: Last is nil if it was fresh, Since too if it is unbound.
type timerRow struct {
	Since  *model.Time   `json:"since,omitempty"`
	Last   *model.Time   `json:"last,omitempty"`
	Credit time.Duration `json:"credit,omitempty"`
}

// wholeRow is what is stored of a rule.
type wholeRow struct {
	At       model.Time `json:"at"`
	Expr     string     `json:"expr"`
	Had      bool       `json:"had,omitempty"`
	Empty    *timerRow  `json:"empty,omitempty"`
	Failures uint8      `json:"failures,omitempty"`
}

// Behind returns how many rows Rows has at most.
func (m *Machine) Behind() int {
	n := len(m.dirty) + len(m.gone)
	if m.ruleDirty {
		n++
	}
	return n
}

// Rows calls add for each row that changed since the last call, in order of
// their keys. It costs nothing if none did.
func (m *Machine) Rows(add func(rules.Row)) {
	m.deletes(add)
	slices.SortFunc(m.dirty, byKey)
	for _, i := range m.dirty {
		i.dirty = false
		if m.byKey[i.key] == i {
			i.stored = true
			add(rules.Row{Kind: rules.KindState, Key: m.rowKey(i.key), Value: m.rowOf(i)})
		}
	}
	clear(m.dirty)
	m.dirty = m.dirty[:0]
	m.wholeRow(add)
}

// deletes calls add for the rows of instances that are gone and not back.
func (m *Machine) deletes(add func(rules.Row)) {
	slices.Sort(m.gone)
	for _, key := range slices.Compact(m.gone) {
		if i := m.byKey[key]; i == nil || !i.dirty {
			add(rules.Row{Kind: rules.KindState, Key: m.rowKey(key)})
		}
	}
	m.gone = m.gone[:0]
}

// wholeRow calls add for the row of the rule, if that changed.
func (m *Machine) wholeRow(add func(rules.Row)) {
	if !m.ruleDirty {
		return
	}
	m.ruleDirty = false
	row := rules.Row{Kind: rules.KindRule, Key: m.rule.Key}
	if w := m.whole; !w.bare() {
		row.Value = wholeRow{At: m.last, Expr: w.expr, Had: w.had, Empty: w.empty.row(), Failures: w.failures}
	} else if !m.ruleStored {
		return
	}
	m.ruleStored = row.Value != nil
	add(row)
}

func (m *Machine) rowKey(instance string) string { return m.rule.Key + "\x00" + instance }

func (m *Machine) rowOf(i *instance) stateRow {
	s := i.state
	return stateRow{
		At: m.last, Series: i.series, Expr: i.expr,
		Warn: s.levels.warn.row(), Error: s.levels.error.row(),
		Forced: s.forced, Absent: s.absent.row(), Flap: s.flap.row(),
		Alert: i.alert,
	}
}

func (k track) row() *trackRow {
	if k == (track{}) {
		return nil
	}
	return &trackRow{Phase: k.phase, Ring: k.ring, Timer: k.timer.row()}
}

func (f flap) row() *flapRow {
	if f == (flap{}) {
		return nil
	}
	return &flapRow{Raises: slices.Clone(f.raises[:f.n]), Latch: f.latch, Calm: f.calm.row()}
}

func (t timer) row() *timerRow {
	if t == (timer{}) {
		return nil
	}
	r := &timerRow{Credit: t.credit}
	if t.mark != unbound {
		r.Since = &t.since
	}
	if t.mark == missed {
		r.Last = &t.last
	}
	return r
}
