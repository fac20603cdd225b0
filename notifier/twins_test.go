package notifier

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/model"

	"tocsin/evaluator"
	"tocsin/rules"
)

// twins are two planners that get the same inputs and must say the same, row by
// row: Go walks its maps in another order each time, so what depends on that
// order comes out. Without the other they are a planner like any.
type twins struct {
	*Planner
	other *Planner
	t     fataler
}

func newTwins(t fataler, single bool) *twins {
	tw := &twins{Planner: NewPlanner("test"), t: t}
	if !single {
		tw.other = NewPlanner("test")
	}
	return tw
}

func (tw *twins) both(f func(p *Planner)) {
	f(tw.Planner)
	if tw.other != nil {
		f(tw.other)
	}
}

func (tw *twins) same(what string, a, b any) {
	if tw.other == nil {
		return
	}
	x, errX := json.MarshalIndent(a, "", " ")
	y, errY := json.MarshalIndent(b, "", " ")
	if errX != nil || errY != nil || string(x) != string(y) {
		tw.t.Fatalf("two planners part in their %s: %v %v\n%s", what, errX, errY, cmp.Diff(string(x), string(y)))
	}
}

func (tw *twins) Restore(row rules.Stored) (err error) {
	tw.both(func(p *Planner) { err = p.Restore(row) })
	return err
}

func (tw *twins) Seed(a evaluator.Alert) { tw.both(func(p *Planner) { p.Seed(a) }) }

func (tw *twins) Reload(at model.Time, cfg *rules.Config) {
	tw.both(func(p *Planner) { p.Reload(at, cfg) })
}

func (tw *twins) Change(at model.Time, c evaluator.Change) {
	tw.both(func(p *Planner) { p.Change(at, c) })
}

func (tw *twins) Ready(at model.Time, rule string) {
	tw.both(func(p *Planner) { p.Ready(at, rule) })
}

func (tw *twins) Settle(at model.Time, s Settled) {
	tw.both(func(p *Planner) { p.Settle(at, s) })
}

func (tw *twins) Silence(at model.Time, s rules.Silence) {
	tw.both(func(p *Planner) { p.Silence(at, s) })
}

func (tw *twins) Unsilence(at model.Time, id string) {
	tw.both(func(p *Planner) { p.Unsilence(at, id) })
}

func (tw *twins) Ack(at model.Time, acks []rules.Ack) {
	tw.both(func(p *Planner) { p.Ack(at, acks) })
}

func (tw *twins) Unack(at model.Time, alerts []AlertID) {
	tw.both(func(p *Planner) { p.Unack(at, alerts) })
}

func (tw *twins) Troubles() []Trouble {
	all := tw.Planner.Troubles()
	if tw.other != nil {
		tw.same("troubles", all, tw.other.Troubles())
	}
	return all
}

func (tw *twins) Shift(by time.Duration) { tw.both(func(p *Planner) { p.Shift(by) }) }

func (tw *twins) Mark(text string, on bool) { tw.both(func(p *Planner) { p.Mark(text, on) }) }

func (tw *twins) Step(at model.Time) []Send {
	sends := tw.Planner.Step(at)
	if tw.other != nil {
		tw.same("sends", sends, tw.other.Step(at))
	}
	return sends
}

func (tw *twins) Rows(add func(rules.Row)) {
	if tw.other == nil {
		tw.Planner.Rows(add)
		return
	}
	var a, b []rules.Row
	tw.Planner.Rows(func(r rules.Row) { a = append(a, r) })
	tw.other.Rows(func(r rules.Row) { b = append(b, r) })
	tw.same("rows", a, b)
	for r := range slices.Values(a) {
		add(r)
	}
}

func (tw *twins) Next() (model.Time, bool) {
	at, ok := tw.Planner.Next()
	if tw.other != nil {
		other, is := tw.other.Next()
		tw.same("next", []any{at, ok}, []any{other, is})
	}
	return at, ok
}
