//go:build linux

package e2e

import (
	"fmt"
	"testing"
	"time"

	"tocsin/e2e/daemon"
	"tocsin/e2e/eventually"
	"tocsin/e2e/storm"
)

// breaks lets all that the tempest is made of happen to a daemon, until all of it
// was told.
func (s tempest) breaks(t *testing.T) (*storm.Source, *storm.Receiver) {
	t.Helper()
	source, receiver := storm.NewSource(t, s.alerts, s.teams), storm.NewReceiver(t, callTakes)
	daemon.NewHome(t, binary, map[string]string{
		"tocsin.yaml": s.config(source.URL, receiver.URL), "rules.yaml": loadRules(70, 90),
	}).Start("--log.level=warn")
	source.Break()
	eventually.Nil(t, 2*time.Minute, func() error {
		if n := counted(receiver.Calls()); n < s.alerts {
			return fmt.Errorf("told of %d alerts in %d messages, want %d", n, len(receiver.Calls()), s.alerts)
		}
		return nil
	})
	return source, receiver
}

// TestF24FiftyThousandAtOnce: 50,000 alerts of one group are one message, which
// counts them all. How long it takes on a machine that has nothing else to do is
// for BenchmarkStorm to measure.
func TestF24FiftyThousandAtOnce(t *testing.T) {
	s := tempest{alerts: 50_000, groupBy: "alertname", teams: 1, groups: 1}
	source, receiver := s.breaks(t)
	var large []storm.Call
	for _, c := range receiver.Calls() {
		if c.Alerts > 1 { // and not about a store that is too slow
			large = append(large, c)
		}
	}
	if len(large) != 1 || large[0].Alerts != s.alerts || large[0].At.Sub(source.Answered()) < groupWait {
		t.Errorf("%+v, want one message about %d alerts after %v", large, s.alerts, groupWait)
	}
}

// TestF25TenThousandGroups: 10,000 groups at once are told over fewer than 50
// connections, each once, errors before warnings.
func TestF25TenThousandGroups(t *testing.T) {
	s := tempest{alerts: 10_000, groupBy: "instance", teams: 11, groups: 10_000}
	_, receiver := s.breaks(t)
	calls := receiver.Calls()
	if len(calls) != s.groups || counted(calls) != s.alerts {
		t.Errorf("%d messages about %d alerts: want one about each of %d", len(calls), counted(calls), s.alerts)
	}
	if n := receiver.Connections(); n >= 50 {
		t.Errorf("%d connections at once", n)
	}
	// Each team has its share of the errors, but not all end at one instant.
	if late := afterWarnings(calls); late > 2*atOnceInAll {
		t.Errorf("%d warnings were told before the last error", late)
	}
}
