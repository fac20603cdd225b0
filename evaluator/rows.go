package evaluator

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
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
	r := stateRow{
		At: m.last, Series: i.series, Expr: i.expr,
		Warn: s.levels.warn.row(), Error: s.levels.error.row(),
		Forced: s.forced, Absent: s.absent.row(), Flap: s.flap.row(),
	}
	if i.open() {
		a := i.alert
		r.Alert = &a
	}
	return r
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

// Restore brings back a row of this rule, before anything else happens.
func (m *Machine) Restore(row rules.Stored) error {
	switch row.Kind {
	case rules.KindRule:
		return m.restoreWhole(row)
	case rules.KindState:
		return m.restoreState(row)
	}
	return fmt.Errorf("rule %q: a row of kind %q is not of the evaluator", m.rule.Key, row.Kind)
}

func (m *Machine) restoreWhole(row rules.Stored) error {
	var w wholeRow
	if err := json.Unmarshal(row.Value, &w); err != nil {
		return fmt.Errorf("state of rule %q: %w", row.Key, err)
	}
	m.ruleStored = true
	m.whole = whole{expr: w.Expr, had: w.Had, empty: w.Empty.timer(max(w.At, m.last)), failures: w.Failures}
	return nil
}

func (m *Machine) restoreState(row rules.Stored) error {
	rule, key, ok := strings.Cut(row.Key, "\x00")
	if !ok || rule != m.rule.Key {
		return fmt.Errorf("state %q: not of rule %q", row.Key, m.rule.Key)
	}
	var r stateRow
	if err := json.Unmarshal(row.Value, &r); err != nil {
		return fmt.Errorf("state of %q in rule %q: %w", key, rule, err)
	}
	i := &instance{
		key: key, series: r.Series, expr: r.Expr, stored: true,
		notice: noticeOf(key), state: r.state(m.last), value: noValue(),
	}
	if r.Alert != nil {
		i.alert = *r.Alert
	}
	if i.open() != (i.state.notify() > rules.OK) {
		return fmt.Errorf("state of %q in rule %q: its levels and its alert disagree", key, rule)
	}
	m.restored(i)
	return nil
}

// restored puts a restored instance into its place.
func (m *Machine) restored(i *instance) {
	if i.notice != noNotice {
		m.byKey[i.key] = i
		m.notices[i.notice] = i
		return
	}
	i.levels = m.rule.For(i.series)
	m.add(i)
	if i.open() {
		m.owners[keyOf(i.alert.Labels)] = i
	}
}

// RestoreLast tells when the rule last had an answer, so far as the checkpoint
// knows. Since a checkpoint may be old, timers may lose time by it, and never
// win any.
func (m *Machine) RestoreLast(at model.Time) {
	m.last = at
	revive := func(t timer) timer { return t.revive(at) }
	for _, i := range m.sorted() {
		i.state = i.state.timers(revive)
	}
	m.whole.empty = revive(m.whole.empty)
}

func (r stateRow) state(last model.Time) state {
	at := max(r.At, last)
	return state{
		levels: nest{warn: r.Warn.track(at), error: r.Error.track(at)},
		forced: r.Forced, absent: r.Absent.timer(at), flap: r.Flap.flap(at),
	}
}

func (r *trackRow) track(at model.Time) track {
	if r == nil {
		return track{}
	}
	return track{phase: r.Phase, ring: r.Ring, timer: r.Timer.timer(at)}
}

func (r *flapRow) flap(at model.Time) (f flap) {
	if r == nil {
		return f
	}
	f.n = uint8(copy(f.raises[:], r.Raises))
	f.latch, f.calm = r.Latch, r.Calm.timer(at)
	return f
}

// timer returns the timer of a row; at is when a fresh one was observed last.
func (r *timerRow) timer(at model.Time) timer {
	switch {
	case r == nil:
		return timer{}
	case r.Since == nil:
		return timer{credit: r.Credit}
	case r.Last != nil:
		return timer{since: *r.Since, last: *r.Last, credit: r.Credit, mark: missed}
	}
	return timer{since: *r.Since, last: max(at, *r.Since), credit: r.Credit, mark: fresh}
}
