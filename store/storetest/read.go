package storetest

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"tocsin/engine"
	"tocsin/rules"
)

var errStop = errors.New("stop")

// Current returns what Load hands out, a line for each row.
func Current(t testing.TB, s engine.Store) []string {
	t.Helper()
	var rows []rules.Stored
	must(t, s.Load(t.Context(), func(r rules.Stored) error { rows = append(rows, r); return nil }))
	return lines(rows)
}

// History returns what the method hands out, a line for each row.
func History(t testing.TB, s engine.Store, kind, from, until string) []string {
	t.Helper()
	var rows []rules.Stored
	must(t, s.History(t.Context(), kind, from, until, func(r rules.Stored) error { rows = append(rows, r); return nil }))
	return lines(rows)
}

func lines(rows []rules.Stored) (ls []string) {
	for _, r := range rows {
		ls = append(ls, fmt.Sprintf("%s %s %s", r.Kind, r.Key, r.Value))
	}
	return ls
}

func row(kind, key string, value any) rules.Row {
	return rules.Row{Kind: kind, Key: key, Value: value}
}

func commit(t testing.TB, s engine.Store, rows ...rules.Row) {
	t.Helper()
	must(t, s.Commit(t.Context(), rows))
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// opened returns a new store that is closed with the test.
func opened(t *testing.T, open Opener) engine.Store {
	t.Helper()
	s := open(t, t.TempDir())
	t.Cleanup(func() { must(t, s.Close()) })
	return s
}

func commitInLoad(t *testing.T, open Opener) {
	s := opened(t, open)
	commit(t, s, row("state", "a", 1), row("state", "b", 1))
	var seen []rules.Stored
	must(t, s.Load(t.Context(), func(r rules.Stored) error {
		seen = append(seen, r)
		return s.Commit(t.Context(), []rules.Row{row("state", "b", 2), row("state", "c"+r.Key, 2)})
	}))
	want(t, lines(seen), []string{"state a 1", "state b 1"})
	want(t, Current(t, s), []string{"state a 1", "state b 2", "state ca 2", "state cb 2"})
}

// wholeCommits writes the same number into several rows, over and over, while
// others read them: no reader may see two numbers.
func wholeCommits(t *testing.T, open Opener) {
	s := opened(t, open)
	write := func(n int) {
		var rows []rules.Row
		for i := range 100 {
			rows = append(rows, row("state", fmt.Sprintf("%03d", i), n))
		}
		commit(t, s, rows...)
	}
	write(0)
	done := make(chan struct{})
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() { readUntil(t, s, done) })
	}
	for n := range 50 {
		write(n + 1)
	}
	close(done)
	wg.Wait()
}

// readUntil loads again and again until done is closed.
func readUntil(t *testing.T, s engine.Store, done <-chan struct{}) {
	for {
		values := map[string]int{}
		err := s.Load(t.Context(), func(r rules.Stored) error { values[string(r.Value)]++; return nil })
		if err != nil || len(values) != 1 {
			t.Errorf("a reader saw %v, and the error %v: want one value", values, err)
			return
		}
		select {
		case <-done:
			return
		default:
		}
	}
}
