// Package storetest is the one suite that every store must pass.
package storetest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tocsin/engine"
	"tocsin/rules"
)

// An Opener opens the store in a folder. Opened again in the same folder, after
// the one before was closed, it holds what was committed.
type Opener func(t testing.TB, dir string) engine.Store

// Run runs the suite.
func Run(t *testing.T, open Opener) {
	for _, c := range []struct {
		sentence string
		test     func(*testing.T, Opener)
	}{
		{"a new store is empty", isEmpty},
		{"rows come back by kind and key", order},
		{"a row replaces the one before", replace},
		{"of rows with one key in one commit the last counts", lastWrite},
		{"nil deletes, and deleting nothing is no error", remove},
		{"a commit of nothing is no error", nothing},
		{"history is apart from what Load returns", historyApart},
		{"history comes by key from the first up to before the last", historyRange},
		{"pruning takes what is before a key, of one kind", prune},
		{"a large prune takes all", largePrune},
		{"a commit with a row that can't be encoded keeps nothing", atomic},
		{"what was committed is there after opening again", reopen},
		{"values of a megabyte come back whole", bigValues},
		{"keys may hold any bytes", anyKeys},
		{"values may hold any text", anyValues},
		{"a value isn't changed by what its owner does after the commit", owned},
		{"what Load hands out belongs to the caller", handedOut},
		{"an error of the caller's function ends Load", stopsLoad},
		{"the caller of Load may commit meanwhile, and doesn't see it", commitInLoad},
		{"readers see whole commits only", wholeCommits},
		{"several may commit at once", manyWriters},
		{"a context that is over stops everything", contextOver},
		{"a closed store says so", closedStore},
	} {
		t.Run(strings.ReplaceAll(c.sentence, " ", "_"), func(t *testing.T) { c.test(t, open) })
	}
	t.Run("any sequence of commits is as a map would have it", func(t *testing.T) { asModel(t, open) })
}

func isEmpty(t *testing.T, open Opener) {
	s := opened(t, open)
	want(t, Current(t, s), nil)
	want(t, History(t, s, rules.KindChange, "", "\xff"), nil)
}

func order(t *testing.T, open Opener) {
	s := opened(t, open)
	commit(t, s, row("state", "b", 1), row("told", "a", 2), row("state", "a", 3), row("group", "z", 4))
	want(t, Current(t, s), []string{"group z 4", "state a 3", "state b 1", "told a 2"})
}

func replace(t *testing.T, open Opener) {
	s := opened(t, open)
	commit(t, s, row("state", "a", 1), row("state", "b", 1))
	commit(t, s, row("state", "a", 2))
	want(t, Current(t, s), []string{"state a 2", "state b 1"})
}

func lastWrite(t *testing.T, open Opener) {
	s := opened(t, open)
	commit(t, s,
		row("state", "a", 1), row("state", "a", 2),
		row("state", "b", 1), row("state", "b", nil),
		row("state", "c", nil), row("state", "c", 1),
		row(rules.KindChange, "1", "x"), row(rules.KindChange, "1", "y"))
	want(t, Current(t, s), []string{"state a 2", "state c 1"})
	want(t, History(t, s, rules.KindChange, "", "\xff"), []string{`change 1 "y"`})
}

func remove(t *testing.T, open Opener) {
	s := opened(t, open)
	commit(t, s, row("state", "a", 1), row("state", "b", 1), row("told", "a", 1), row(rules.KindChange, "1", 1))
	commit(t, s, row("state", "a", nil), row("state", "never", nil), row(rules.KindChange, "1", nil))
	want(t, Current(t, s), []string{"state b 1", "told a 1"})
	want(t, History(t, s, rules.KindChange, "", "\xff"), nil)
}

func nothing(t *testing.T, open Opener) {
	s := opened(t, open)
	commit(t, s)
	want(t, Current(t, s), nil)
}

func historyApart(t *testing.T, open Opener) {
	s := opened(t, open)
	commit(t, s, row("state", "a", 1), row(rules.KindChange, "1", 2), row(rules.KindDecision, "1", 3))
	want(t, Current(t, s), []string{"state a 1"})
	want(t, History(t, s, rules.KindDecision, "", "\xff"), []string{"decision 1 3"})
	want(t, History(t, s, "state", "", "\xff"), nil)
}

func historyRange(t *testing.T, open Opener) {
	s := opened(t, open)
	for _, k := range []string{"3", "1", "4", "2"} {
		commit(t, s, row(rules.KindChange, k, "v"+k))
	}
	want(t, History(t, s, rules.KindChange, "2", "4"), []string{`change 2 "v2"`, `change 3 "v3"`})
	want(t, History(t, s, rules.KindChange, "", "2"), []string{`change 1 "v1"`})
	want(t, History(t, s, rules.KindChange, "4", "4"), nil)
	want(t, History(t, s, rules.KindChange, "3", "1"), nil)
}

func prune(t *testing.T, open Opener) {
	s := opened(t, open)
	for _, k := range []string{"1", "2", "3"} {
		commit(t, s, row(rules.KindChange, k, 1), row(rules.KindDecision, k, 1), row("state", k, 1))
	}
	must(t, s.Prune(t.Context(), rules.KindChange, "3"))
	want(t, History(t, s, rules.KindChange, "", "\xff"), []string{"change 3 1"})
	want(t, History(t, s, rules.KindDecision, "", "\xff"), []string{"decision 1 1", "decision 2 1", "decision 3 1"})
	want(t, Current(t, s), []string{"state 1 1", "state 2 1", "state 3 1"})
	must(t, s.Prune(t.Context(), rules.KindChange, "3"))
}

func largePrune(t *testing.T, open Opener) {
	s := opened(t, open)
	var rows []rules.Row
	for i := range 12_000 {
		rows = append(rows, row(rules.KindChange, fmt.Sprintf("%08d", i), i))
	}
	commit(t, s, rows...)
	must(t, s.Prune(t.Context(), rules.KindChange, "00011999"))
	want(t, History(t, s, rules.KindChange, "", "\xff"), []string{"change 00011999 11999"})
}

func atomic(t *testing.T, open Opener) {
	s := opened(t, open)
	commit(t, s, row("state", "a", 1))
	err := s.Commit(t.Context(), []rules.Row{row("state", "a", 2), row("state", "b", math.NaN()), row("state", "c", 2)})
	if err == nil || !strings.Contains(err.Error(), `"b"`) {
		t.Errorf("commit of NaN: %v: want an error that names the row", err)
	}
	want(t, Current(t, s), []string{"state a 1"})
	commit(t, s, row("state", "a", 3))
	want(t, Current(t, s), []string{"state a 3"})
}

func reopen(t *testing.T, open Opener) {
	dir := t.TempDir()
	for i := range 3 {
		s := open(t, dir)
		if i > 0 {
			want(t, Current(t, s), []string{fmt.Sprintf("state a %d", i-1)})
			want(t, History(t, s, rules.KindChange, "1", "2"), []string{"change 1 1"})
		}
		commit(t, s, row("state", "a", i), row(rules.KindChange, "1", 1), row("state", "gone", 1))
		commit(t, s, row("state", "gone", nil))
		must(t, s.Close())
	}
}

func bigValues(t *testing.T, open Opener) {
	s := opened(t, open)
	big := strings.Repeat("0123456789abcdef", 1<<16)
	commit(t, s, row("state", "a", big), row("state", big, "long key"), row(rules.KindChange, "1", big))
	want(t, Current(t, s), []string{"state " + big + ` "long key"`, `state a "` + big + `"`})
	want(t, History(t, s, rules.KindChange, "", "\xff"), []string{`change 1 "` + big + `"`})
	commit(t, s, row("state", "a", "small"), row("state", big, nil))
	want(t, Current(t, s), []string{`state a "small"`})
}

func anyKeys(t *testing.T, open Opener) {
	s := opened(t, open)
	keys := []string{"", "\x00", "\x00\x00", "\x01", "a", "a\x00", "a\x00b", "a'b\"c;--", "ä", "日本", "\xff", "\xff\xfe"}
	var wanted []string
	for _, k := range keys {
		commit(t, s, row("state", k, k == ""), row(rules.KindChange, k, 1))
		wanted = append(wanted, fmt.Sprintf("state %s %v", k, k == ""))
	}
	want(t, Current(t, s), wanted)
	want(t, History(t, s, rules.KindChange, "a", "a\x00b"), []string{"change a 1", "change a\x00 1"})
	commit(t, s, row("state", "a\x00", nil), row("state", "", nil))
	want(t, Current(t, s), slices.Delete(slices.Delete(wanted, 5, 6), 0, 1))
}

func anyValues(t *testing.T, open Opener) {
	s := opened(t, open)
	values := []any{"\x00", "'; DROP TABLE", "日本\u2028", true, 0, []int{}, map[string]any{"a": nil}, json.RawMessage("null")}
	var wanted []string
	for i, v := range values {
		commit(t, s, row("state", fmt.Sprint(i), v))
		b, err := json.Marshal(v)
		must(t, err)
		wanted = append(wanted, fmt.Sprintf("state %d %s", i, b))
	}
	want(t, Current(t, s), wanted)
}

func owned(t *testing.T, open Opener) {
	s := opened(t, open)
	v := json.RawMessage(`"before"`)
	commit(t, s, row("state", "a", v))
	copy(v, `"after."`)
	want(t, Current(t, s), []string{`state a "before"`})
}

func handedOut(t *testing.T, open Opener) {
	s := opened(t, open)
	commit(t, s, row("state", "a", "first"), row("state", "b", "other"))
	var kept []rules.Stored
	must(t, s.Load(t.Context(), func(r rules.Stored) error { kept = append(kept, r); return nil }))
	for _, r := range kept {
		copy(r.Value, bytes.Repeat([]byte("!"), len(r.Value)))
	}
	want(t, Current(t, s), []string{`state a "first"`, `state b "other"`})
	want(t, lines(kept), []string{"state a !!!!!!!", "state b !!!!!!!"})
}

func stopsLoad(t *testing.T, open Opener) {
	s := opened(t, open)
	commit(t, s, row("state", "a", 1), row("state", "b", 1))
	calls := 0
	err := s.Load(t.Context(), func(rules.Stored) error { calls++; return errStop })
	if calls != 1 || err != errStop { //nolint:errorlint // it must be the very error
		t.Errorf("Load called %d times and returned %v: want 1 and the caller's error", calls, err)
	}
	commit(t, s, row("state", "c", 1))
}

func contextOver(t *testing.T, open Opener) {
	s := opened(t, open)
	commit(t, s, row("state", "a", 1), row(rules.KindChange, "1", 1))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	fail := func(rules.Stored) error { t.Error("a row was handed out"); return nil }
	for what, err := range map[string]error{
		"Load":    s.Load(ctx, fail),
		"History": s.History(ctx, rules.KindChange, "", "\xff", fail),
		"Commit":  s.Commit(ctx, []rules.Row{row("state", "a", 2)}),
		"Prune":   s.Prune(ctx, rules.KindChange, "\xff"),
	} {
		if err == nil {
			t.Errorf("%s returned nil", what)
		}
	}
	want(t, Current(t, s), []string{"state a 1"})
	want(t, History(t, s, rules.KindChange, "", "\xff"), []string{"change 1 1"})
}

func closedStore(t *testing.T, open Opener) {
	s := open(t, t.TempDir())
	must(t, s.Close())
	must(t, s.Close())
	fail := func(rules.Stored) error { t.Error("a row was handed out"); return nil }
	for what, err := range map[string]error{
		"Load":    s.Load(t.Context(), fail),
		"History": s.History(t.Context(), rules.KindChange, "", "\xff", fail),
		"Commit":  s.Commit(t.Context(), []rules.Row{row("state", "a", 2)}),
		"Prune":   s.Prune(t.Context(), rules.KindChange, "\xff"),
	} {
		if err == nil || !strings.Contains(err.Error(), "closed") {
			t.Errorf("%s: %v: want an error that says closed", what, err)
		}
	}
}

func manyWriters(t *testing.T, open Opener) {
	s := opened(t, open)
	var wg sync.WaitGroup
	var wanted []string
	for w := range 4 {
		for i := range 25 {
			wanted = append(wanted, fmt.Sprintf("state %d.%02d 1", w, i))
		}
		wg.Go(func() {
			for i := range 25 {
				if err := s.Commit(t.Context(), []rules.Row{row("state", fmt.Sprintf("%d.%02d", w, i), 1)}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	want(t, Current(t, s), wanted)
}

// want compares rows, written as lines.
func want(t testing.TB, got, wanted []string) {
	t.Helper()
	if d := cmp.Diff(wanted, got); d != "" {
		t.Fatalf("rows (-want +got):\n%.2000s", d)
	}
}
