package sqlite_test

import (
	"path/filepath"
	"testing"

	"tocsin/engine"
	"tocsin/store/sqlite"
	"tocsin/store/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, func(t testing.TB, dir string) engine.Store { return open(t, dir) })
}

// open opens the store of a folder, and fails the test if it was damaged.
func open(t testing.TB, dir string) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), filepath.Join(dir, "tocsin.db"), sqlite.Options{
		Damaged: func(d sqlite.Damage) { t.Errorf("damaged: %+v", d) },
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}
