package e2e

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"tocsin/e2e/daemon"
	"tocsin/e2e/eventually"
)

// TestHeartbeat: a dead man's switch hears of the daemon while Prometheus answers,
// no longer when it is gone, and again when it is back.
func TestHeartbeat(t *testing.T) {
	t.Parallel()
	var beats atomic.Int64
	board := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { beats.Add(1) }))
	t.Cleanup(board.Close)
	w := newWorld(t)
	w.set(`load{i="a"}`, 10)
	config := w.config(setup{}) + fmt.Sprintf("heartbeat: {url: %q, every: 1s}\n", board.URL)
	home := daemon.NewHome(t, binary, map[string]string{"tocsin.yaml": config, "rules.yaml": loadRules(70, 90)})
	home.Start()
	atLeast := func(what string, want float64) {
		t.Helper()
		eventually.Nil(t, patience, func() error {
			got, err := home.Metric(`tocsin_heartbeats_total{result="` + what + `"}`)
			if err == nil && got < want {
				err = fmt.Errorf("%g heartbeats were %s, want %g", got, what, want)
			}
			return err
		})
	}
	atLeast("sent", 2)
	w.prom.Stop()
	atLeast("withheld", 2)
	heard := beats.Load()
	atLeast("withheld", 4)
	if more := beats.Load() - heard; more > 0 {
		t.Errorf("%d beats while no source answered", more)
	}
	w.prom.Start()
	eventually.Nil(t, patience, func() error {
		if beats.Load() == heard {
			return fmt.Errorf("no beat since Prometheus is back")
		}
		return nil
	})
}
