package evaluator

import (
	"slices"
	"strings"

	"github.com/prometheus/common/model"

	"tocsin/rules"
)

// A Machine evaluates one rule: it holds the state of the instances that have
// any. It is a value of one goroutine.
type Machine struct {
	rule *rules.Rule
	expr string // key of the rule's expression

	byKey  map[string]*instance
	byRaw  map[string]*instance
	active []*instance          // the instances of series, in no order that may be seen
	owners map[string]*instance // open alerts by the key of their labels
	lore   lore

	notices [noticeKinds]*instance
	whole   whole

	tick    uint64     // counts answers
	last    model.Time // of the last answer
	adopted bool       // the restored state was fitted to the rule

	health  Health
	failure string

	round
	dirty []*instance
	gone  []string // keys of stored rows to delete
	// ruleDirty says that the row of the rule is behind; ruleStored that it has one.
	ruleDirty, ruleStored bool
}

// round is what one call gathers; its memory is used again by the next.
type round struct {
	changes    []Change
	moves      []move
	newcomers  []newcomer
	refused    int    // for want of room
	duplicates int    // for want of a label set of their own
	example    string // one of those label sets
	used       []int  // samples that belong to an instance or would have one
}

// New returns the machine of a rule, without any state.
func New(rule *rules.Rule) *Machine {
	return &Machine{
		rule:   rule,
		expr:   exprKey(rule.Expr),
		byKey:  map[string]*instance{},
		byRaw:  map[string]*instance{},
		owners: map[string]*instance{},
		whole:  whole{expr: exprKey(rule.Expr)},
	}
}

// Forget says that the clock stepped: the last observations no longer bound
// what a timer is credited.
func (m *Machine) Forget() {
	forget := func(t timer) timer { return t.forget() }
	for _, i := range m.active {
		m.put(i, i.state.timers(forget))
	}
	for _, i := range m.notices {
		if i != nil {
			m.put(i, i.state.timers(forget))
		}
	}
	m.setWhole(m.whole.forget())
	m.last = 0
}

// LastGood returns the time of the last answer that told of the rule's series,
// 0 if there was none or the clock stepped since.
func (m *Machine) LastGood() model.Time { return m.last }

// Remembers reports whether there is state that LastGood belongs to: without it
// in the checkpoint, timers that run would lose time by a restart.
func (m *Machine) Remembers() bool { return len(m.byKey) > 0 || m.whole.empty != timer{} }

// Instances returns how many series have state: what limits count.
func (m *Machine) Instances() int { return len(m.active) }

// Current returns what an instance was last observed at, and when; false before
// the first observation since a start.
func (m *Machine) Current(key string) (rules.Number, model.Time, bool) {
	i := m.byKey[key]
	if i == nil || i.seenAt == 0 {
		return 0, 0, false
	}
	return i.current(), i.seenAt, true
}

// Alerts calls f for each instance that people should know of, in order of
// their keys.
func (m *Machine) Alerts(f func(Alert)) {
	for _, i := range m.sorted() {
		if i.open() && i.alert.Notify > rules.OK {
			a := *i.alert
			a.Current = i.current()
			f(a)
		}
	}
}

// sorted returns all instances in order of their keys.
func (m *Machine) sorted() []*instance {
	all := make([]*instance, 0, len(m.byKey))
	all = append(all, m.active...)
	for _, i := range m.notices {
		if i != nil {
			all = append(all, i)
		}
	}
	slices.SortFunc(all, byKey)
	return all
}

func byKey(a, b *instance) int { return strings.Compare(a.key, b.key) }

// put stores the state of an instance, and remembers to write its row if what
// is stored of it differs.
func (m *Machine) put(i *instance, s state) {
	if s == i.state {
		return
	}
	if s.durable() != i.state.durable() {
		m.touch(i)
	}
	i.state = s
}

// touch remembers that the row of an instance is behind.
func (m *Machine) touch(i *instance) {
	if !i.dirty {
		i.dirty = true
		m.dirty = append(m.dirty, i)
	}
}

// begin starts a round.
func (m *Machine) begin() {
	m.changes = reuse(m.changes)
	m.newcomers = reuse(m.newcomers)
	m.refused, m.duplicates = 0, 0
	m.used = m.used[:0]
	if cap(m.used) > mostReused+4*len(m.active) {
		m.used = nil
	}
}

// use notes a sample that something came of.
func (m *Machine) use(n int) { m.used = append(m.used, n) }

// Used returns which samples of the last answer belonged to an instance, or
// breached, in no order. An answer that is cut to these, or to any one sample where
// there are none of these, leads to the same changes. The slice is valid until
// the next call of the machine.
func (m *Machine) Used() []int { return m.used }

// mostReused is the most elements for which memory is kept for the next round.
const mostReused = 1024

// reuse lets go of what a slice points to and returns its memory for the next
// round; but what a storm needed is not kept.
func reuse[T any](all []T) []T {
	clear(all)
	if cap(all) > mostReused {
		return nil
	}
	return all[:0]
}

// said returns the changes of a round.
func (m *Machine) said() []Change {
	all := m.changes
	if cap(all) > mostReused { // the caller's alone
		m.changes = nil
	}
	return all
}

// add brings an instance of a series in.
func (m *Machine) add(i *instance) {
	m.byKey[i.key] = i
	i.place = len(m.active)
	m.active = append(m.active, i)
}

// drop forgets an instance of which nothing is left to remember.
func (m *Machine) drop(i *instance) {
	m.unbind(i)
	delete(m.byKey, i.key)
	last := len(m.active) - 1
	m.active[i.place] = m.active[last]
	m.active[i.place].place = i.place
	m.active[last] = nil
	m.active = m.active[:last]
	m.erase(i)
}

// erase remembers to delete the row of an instance that is gone.
func (m *Machine) erase(i *instance) {
	if i.stored {
		m.gone = append(m.gone, i.key)
	}
}

// bind notes how the source writes a series now. Of several spellings the last
// is kept.
func (m *Machine) bind(i *instance, raw string) {
	m.unbind(i)
	i.raw, i.bound = strings.Clone(raw), true
	m.byRaw[i.raw] = i
}

func (m *Machine) unbind(i *instance) {
	if i.bound {
		delete(m.byRaw, i.raw)
		i.bound = false
	}
}
