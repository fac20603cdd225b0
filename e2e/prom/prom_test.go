package prom_test

import (
	"testing"
	"time"

	"tocsin/e2e/exporter"
	"tocsin/e2e/prom"
)

// TestScrapesAndComesBack: what the exporter says can be asked for, also after
// Prometheus was stopped and started, at the same address.
func TestScrapesAndComesBack(t *testing.T) {
	world := exporter.New(t)
	world.Set(`load{instance="a"}`, 3)
	server := prom.Start(t, 200*time.Millisecond, world.Target())
	server.Await("load", 3)

	server.Stop()
	if _, err := server.Query("load"); err == nil {
		t.Fatal("a stopped Prometheus answers")
	}
	server.Start()
	server.Await("load", 3)

	world.Set(`load{instance="a"}`, 4)
	server.Await(`load{instance="a"}`, 4)
	world.Delete(`load{instance="a"}`)
	server.Await("absent(load)", 1)
}
