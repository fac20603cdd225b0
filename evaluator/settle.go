package evaluator

import (
	"cmp"
	"slices"
	"strings"

	"github.com/prometheus/common/model"

	"tocsin/rules"
)

// A move is a step of an instance that others may have to hear of.
type move struct {
	instance *instance
	up       bool // the level goes up
	next     state
	reason   Reason
	sight    sight
}

// move takes an instance to its next state: at once if nobody needs to know,
// else when the round is settled.
func (m *Machine) move(i *instance, next state, why Reason, g sight) {
	from, to := i.state.level(), next.level()
	if from == to && next.flap.on() == i.state.flap.on() {
		m.put(i, next)
		return
	}
	m.moves = append(m.moves, move{i, to > from, next, why, g})
}

// settle makes the moves: what goes down first, so that its labels are free
// for what goes up.
func (m *Machine) settle() {
	slices.SortFunc(m.moves, func(a, b move) int {
		return cmp.Or(rank(a.up)-rank(b.up), strings.Compare(a.instance.key, b.instance.key))
	})
	for _, v := range m.moves {
		m.make(v)
	}
	m.moves = reuse(m.moves)
}

func rank(up bool) int {
	if up {
		return 1
	}
	return 0
}

// make makes one move and says so.
func (m *Machine) make(v move) {
	i := v.instance
	next, free := m.draft(v)
	if !free {
		m.duplicates++
		m.put(i, i.state.refuse(v.next, v.sight.now))
		return
	}
	was := i.state
	m.put(i, v.next)
	m.touch(i)
	if next == nil {
		return
	}
	m.told(i, next, was, v)
	if i.state.notify() == rules.OK {
		m.close(i)
	}
}

// draft returns the alert that a move is to change, which nobody has yet: one like
// that before, that of a new episode, or nil if there is none. It is false if the
// labels are not free.
func (m *Machine) draft(v move) (*Alert, bool) {
	i := v.instance
	switch {
	case i.open():
		a := *i.alert
		return &a, true
	case v.next.level() > rules.OK:
		return m.open(v)
	}
	return nil, true
}

// told makes the changes of a move. The end of a flap comes after the change of
// level that was the last to be held back by it.
func (m *Machine) told(i *instance, a *Alert, was state, v move) {
	from, to := was.level(), v.next.level()
	i.describe(a, m.rule)
	i.judge(a, cmp.Or(to, from), v)
	i.alert = a
	if from != to {
		a.Level, a.LevelSince, a.Reason = to, v.sight.at, v.reason
		a.Notify, a.Flapping = max(to, was.flap.latch), was.flap.on()
		m.say(kindOf(from, to), from, i, v.sight.at)
	}
	if on := v.next.flap.on(); on != was.flap.on() {
		again := *a
		a, i.alert = &again, &again
		a.Notify, a.Flapping = v.next.notify(), on
		kind := Flapping
		a.Reason = Flaps
		if !on {
			kind, a.Reason = Stable, calmed(v.reason)
		}
		m.say(kind, to, i, v.sight.at)
	}
}

// say adds a change; an alert that people need no longer know of is over.
func (m *Machine) say(kind ChangeKind, from rules.Level, i *instance, at model.Time) {
	if i.alert.Notify == rules.OK {
		i.alert.EndsAt = at
	}
	m.changes = append(m.changes, Change{Kind: kind, From: from, To: i.alert.Level, At: at, Alert: i.alert})
}

func kindOf(from, to rules.Level) ChangeKind {
	switch {
	case to > from:
		return Raise
	case to > rules.OK:
		return Lower
	}
	return Resolve
}

// calmed says why a flap ended: by itself, unless something ended the instance.
func calmed(r Reason) Reason {
	if r == Recovered || r == Breached {
		return Calm
	}
	return r
}

// open returns the alert of a new episode of an instance. It is false if another open
// alert of the rule has the same labels.
func (m *Machine) open(v move) (*Alert, bool) {
	i, at := v.instance, v.sight.at
	a := &Alert{
		Rule:     m.rule.Key,
		Instance: i.key,
		Series:   i.series,
		Episode:  episodeOf(m.rule.Key, i.key, at),
		StartsAt: at,
		Value:    rules.Number(noValue()),
	}
	if i.notice != noNotice {
		m.announce(i, a)
	} else {
		a.Labels, a.FixedSeverity = render(m.rule, rules.LabelData{Series: i.series, Value: v.sight.value, At: at})
	}
	a.Name = a.Labels.Get(labelAlert)
	return a, m.own(i, a)
}

// own takes the labels of an alert for an instance, if they are free.
func (m *Machine) own(i *instance, a *Alert) bool {
	if i.notice != noNotice {
		return true
	}
	key := keyOf(a.Labels)
	if m.owners[key] != nil {
		m.example = a.Labels.String()
		return false
	}
	m.owners[key] = i
	return true
}

// close ends the episode of an instance.
func (m *Machine) close(i *instance) {
	if i.notice == noNotice {
		delete(m.owners, keyOf(i.alert.Labels))
	}
	i.alert = nil
}
