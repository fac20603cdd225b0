package memory_test

import (
	"testing"

	"tocsin/engine"
	"tocsin/rules"
	"tocsin/store/memory"
	"tocsin/store/storetest"
)

func TestStore(t *testing.T) {
	disks := map[string]*memory.Disk{}
	storetest.Run(t, func(_ testing.TB, dir string) engine.Store {
		if disks[dir] == nil {
			disks[dir] = new(memory.Disk)
		}
		return disks[dir].Open()
	})
}

func TestDyingDaemon(t *testing.T) {
	var disk memory.Disk
	before := disk.Open()
	rows := []rules.Row{{Kind: rules.KindState, Key: "a", Value: 1}}
	if err := before.Commit(t.Context(), rows); err != nil {
		t.Fatal(err)
	}
	after := disk.Open()
	if err := before.Commit(t.Context(), rows); err == nil {
		t.Error("the store of a daemon that is dead kept a row")
	}
	if got := storetest.Current(t, after); len(got) != 1 {
		t.Errorf("rows are %q: want what was committed before the death", got)
	}
}
