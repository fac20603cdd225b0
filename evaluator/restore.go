package evaluator

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/prometheus/common/model"

	"tocsin/rules"
)

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
	if r.Alert != nil && r.Alert.Episode == "" {
		r.Alert = nil
	}
	i := &instance{
		key: key, series: r.Series, expr: r.Expr, stored: true,
		notice: noticeOf(key), state: r.state(m.last), value: noValue(), alert: r.Alert,
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
	if !i.open() {
		return
	}
	m.owners[keyOf(i.alert.Labels)] = i
	if i.about(m.rule) { // its text was changed while nobody was here
		m.touch(i)
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
