package replay_test

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tocsin/engine"
	"tocsin/engine/live"
	"tocsin/journal"
	"tocsin/store/memory"
)

// TestJournal lives through each scenario with a journal, and wants a core that is
// given what the journal says to decide the same.
func TestJournal(t *testing.T) {
	var sends, changes int
	for _, sc := range scenarios() {
		t.Run(sc.name, func(t *testing.T) {
			sc := sc.acknowledged(t)
			dir := t.TempDir()
			journalled(t, sc, journal.Options{Dir: dir})
			r := verified(t, dir)
			sends, changes = sends+r.Notifications, changes+r.Changes
		})
	}
	if sends < 1000 || changes < 1000 {
		t.Errorf("%d notifications and %d changes were compared: the test tests too little", sends, changes)
	}
}

// verified wants a journal without difference or hole.
func verified(t *testing.T, dir string) *journal.Report {
	t.Helper()
	r, err := journal.Verify(t.Context(), dir, journal.VerifyOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if !r.Same() || !r.Complete() || r.Inputs == 0 {
		var b strings.Builder
		_ = r.Write(&b)
		t.Errorf("not the same:\n%s", b.String())
	}
	return r
}

// journalled lives through a scenario in real time and takes it down.
func journalled(t *testing.T, sc scenario, o journal.Options) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		o.Core, o.Namespace = engine.New("parity"), "parity"
		o.Log = slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
		w := journal.Open(o)
		driver := live.New(live.Options{
			Core: o.Core, Store: memory.New(), Config: sc.config(0), World: sc.world(),
			Wall: sc.wall(time.Now()), Journal: w,
		})
		ended := make(chan error, 1)
		began := time.Now()
		go func() { ended <- driver.Run(ctx) }()
		for _, e := range sc.events {
			go sc.happen(t, driver, e, e.at-time.Since(began))
		}
		time.Sleep(sc.lasts)
		synctest.Wait()
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		w.Close()
	})
}

// TestJournalFiles lives through scenarios with a journal of small files, and wants
// each file to be a beginning from which all that follows is the same.
func TestJournalFiles(t *testing.T) {
	for n, sc := range scenarios() {
		if n%3 != 1 {
			continue
		}
		t.Run(sc.name, func(t *testing.T) {
			sc := sc.acknowledged(t)
			dir := t.TempDir()
			journalled(t, sc, journal.Options{Dir: dir, FileSize: 24 << 10})
			files, err := filepath.Glob(filepath.Join(dir, "*"))
			if err != nil || len(files) < 3 {
				t.Fatalf("%d files, %v: too few to say anything", len(files), err)
			}
			before := verified(t, dir)
			for _, f := range files[:len(files)-1] {
				if err := os.Remove(f); err != nil {
					t.Fatal(err)
				}
				after := verified(t, dir)
				if after.Inputs >= before.Inputs {
					t.Errorf("%d steps after a file was removed, %d before", after.Inputs, before.Inputs)
				}
				before = after
			}
		})
	}
}
