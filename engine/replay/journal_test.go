package replay_test

import (
	"context"
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
