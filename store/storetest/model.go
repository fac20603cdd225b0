package storetest

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"tocsin/engine"
	"tocsin/rules"
)

// asModel does anything to a store and to two maps, and compares.
func asModel(t *testing.T, open Opener) {
	rapid.Check(t, func(rt *rapid.T) {
		dir, err := os.MkdirTemp(t.TempDir(), "")
		must(t, err)
		m := &model{
			t: t, open: open, dir: dir, current: map[string]string{}, history: map[string]string{},
			kinds: rapid.SampledFrom([]string{rules.KindState, rules.KindTold, rules.KindChange, rules.KindDecision}),
			keys:  rapid.StringMatching(`[a-d]{0,2}`),
		}
		m.store = open(t, dir)
		defer func() { must(t, m.store.Close()) }()
		rt.Repeat(map[string]func(*rapid.T){
			"commit": m.commit,
			"prune":  m.prune,
			"reopen": m.reopen,
			"":       m.check,
		})
	})
}

// A model is what a store should hold: lines by kind NUL key.
type model struct {
	t       *testing.T
	open    Opener
	dir     string
	store   engine.Store
	kinds   *rapid.Generator[string]
	keys    *rapid.Generator[string]
	current map[string]string
	history map[string]string
}

func (m *model) commit(rt *rapid.T) {
	n := rapid.IntRange(0, 200).Draw(rt, "rows")
	rows := make([]rules.Row, n)
	for i := range rows {
		rows[i] = row(m.kinds.Draw(rt, "kind"), m.keys.Draw(rt, "key"), nil)
		if rapid.IntRange(0, 3).Draw(rt, "keep") > 0 {
			rows[i].Value = rapid.Int().Draw(rt, "value")
		}
		m.put(rows[i])
	}
	must(m.t, m.store.Commit(m.t.Context(), rows))
}

func (m *model) put(r rules.Row) {
	table := m.current
	if rules.IsHistory(r.Kind) {
		table = m.history
	}
	if r.Value == nil {
		delete(table, r.Kind+"\x00"+r.Key)
		return
	}
	table[r.Kind+"\x00"+r.Key] = fmt.Sprintf("%s %s %v", r.Kind, r.Key, r.Value)
}

func (m *model) prune(rt *rapid.T) {
	kind, before := m.kinds.Draw(rt, "kind"), m.keys.Draw(rt, "before")
	maps.DeleteFunc(m.history, func(k, _ string) bool {
		return k >= kind+"\x00" && k < kind+"\x00"+before
	})
	must(m.t, m.store.Prune(m.t.Context(), kind, before))
}

func (m *model) reopen(*rapid.T) {
	must(m.t, m.store.Close())
	m.store = m.open(m.t, m.dir)
}

func (m *model) check(rt *rapid.T) {
	got := Current(m.t, m.store)
	if wanted := inOrder(m.current); !slices.Equal(got, wanted) {
		rt.Fatalf("rows are %q\nwant %q", got, wanted)
	}
	got = slices.Concat(
		History(m.t, m.store, rules.KindChange, "", "\xff"),
		History(m.t, m.store, rules.KindDecision, "", "\xff"))
	if wanted := inOrder(m.history); !slices.Equal(got, wanted) {
		rt.Fatalf("history is %q\nwant %q", got, wanted)
	}
}

func inOrder(table map[string]string) (ls []string) {
	for _, k := range slices.Sorted(maps.Keys(table)) {
		ls = append(ls, table[k])
	}
	return ls
}
