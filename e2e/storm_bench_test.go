//go:build linux

package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tocsin/e2e/daemon"
	"tocsin/e2e/eventually"
	"tocsin/e2e/storm"
)

// A tempest is one storm: so many alerts at once, in so many groups, for so many
// teams, each with a receiver of its own.
type tempest struct {
	alerts  int
	groupBy string
	teams   int
	groups  int
}

const (
	callTakes = 50 * time.Millisecond
	groupWait = 30 * time.Second // as it is where nothing is said
	// atOnce is how many deliveries the daemon has in the air at most, per receiver
	// and in all.
	atOnce, atOnceInAll = 4, 48
)

// BenchmarkStorm runs the daemon as people do, beside a source that breaks at once
// and a receiver that takes 50 ms a call. Its figures:
//
//	first-s  from the answer to the first message, beyond group_wait
//	wait-s   from the end of group_wait, as the daemon counts it, to the first message
//	last-s   from the answer to the last message
//	x-floor  last-s in units of what the calls alone take, as many at once as may be
//	cpu-s    processor time of the daemon
//	peak-MB  most memory of the daemon that was resident at once
//	conns    most connections to the receiver at once
//	late     messages of warnings before the last error to the same receiver
//	alerts   counted in the messages
func BenchmarkStorm(b *testing.B) {
	for name, s := range map[string]tempest{
		"50000 alerts in one group":        {50_000, "alertname", 1, 1},
		"10000 groups of twelve receivers": {10_000, "instance", 12, 10_000},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				s.run(b)
			}
		})
	}
}

func (s tempest) run(b *testing.B) {
	source, receiver := storm.NewSource(b, s.alerts, s.teams), storm.NewReceiver(b, callTakes)
	d := daemon.NewHome(b, binary, map[string]string{
		"tocsin.yaml": s.config(source.URL, receiver.URL), "rules.yaml": loadRules(70, 90),
	}).Start()
	before := d.CPU(b)
	source.Break()
	eventually.Nil(b, 5*time.Minute, func() error {
		if n := counted(receiver.Calls()); n < s.alerts { // a message about tocsin itself is none of them
			return fmt.Errorf("%d alerts told, want %d", n, s.alerts)
		}
		return nil
	})
	calls, answered := receiver.Calls(), source.Answered()
	b.ReportMetric((calls[0].At.Sub(answered) - groupWait).Seconds(), "first-s")
	b.ReportMetric(calls[0].At.Sub(calls[0].Due).Seconds(), "wait-s")
	last := calls[len(calls)-1].At.Sub(answered) - groupWait
	b.ReportMetric(last.Seconds(), "last-s")
	b.ReportMetric(float64(last)/float64(s.floor()), "x-floor")
	b.ReportMetric((d.CPU(b) - before).Seconds(), "cpu-s")
	b.ReportMetric(d.Peak(b)/1e6, "peak-MB")
	b.ReportMetric(float64(receiver.Connections()), "conns")
	b.ReportMetric(float64(afterWarnings(calls)), "late")
	b.ReportMetric(float64(counted(calls)), "alerts")
	s.check(b, calls, receiver.Connections())
	if code := d.Stop(); code != 0 {
		b.Errorf("exit code %d", code)
	}
}

// floor is what the calls alone take.
func (s tempest) floor() time.Duration {
	lanes := min(s.teams*atOnce, atOnceInAll, s.groups)
	return time.Duration(s.groups) * callTakes / time.Duration(lanes)
}

func (s tempest) check(b *testing.B, calls []storm.Call, connections int) {
	if n := len(calls); n < s.groups {
		b.Errorf("%d messages, want %d", n, s.groups)
	}
	if connections >= 50 {
		b.Errorf("%d connections at once, want fewer than 50", connections)
	}
}

func counted(calls []storm.Call) (n int) {
	for _, c := range calls {
		n += c.Alerts
	}
	return n
}

// afterWarnings counts the warnings before the last error of their receiver; those of
// different receivers do not wait for each other.
func afterWarnings(calls []storm.Call) (n int) {
	seen := map[string]bool{} // receivers with an error behind
	for _, c := range slices.Backward(calls) {
		if c.Error {
			seen[c.To] = true
		} else if seen[c.To] {
			n++
		}
	}
	return n
}

func (s tempest) config(source, receiver string) string {
	var routes, receivers strings.Builder
	for i := range s.teams {
		fmt.Fprintf(&routes, "    - {receiver: t%02d, matchers: ['team=\"t%02d\"']}\n", i, i)
		fmt.Fprintf(&receivers, "  - {name: t%02d, webhook_configs: [{url: '%s/t%02d'}]}\n", i, receiver, i)
	}
	return fmt.Sprintf(`
sources:
  default: {url: %q, timeout: 20s}
rule_files: [rules.yaml]
evaluation_interval: 10s
store: tocsin.db
route:
  receiver: t00
  group_by: [%s]
  group_wait: %s
  group_interval: 5m
  routes:
%sreceivers:
%s`, source, s.groupBy, groupWait, routes.String(), receivers.String())
}
