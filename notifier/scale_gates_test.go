package notifier

import (
	"fmt"
	"testing"
	"time"

	amlabels "github.com/prometheus/alertmanager/pkg/labels"
	"github.com/prometheus/common/model"

	"tocsin/rules"
)

// equals is matchers for equality, from pairs of name and value.
func equals(pairs ...string) (ms amlabels.Matchers) {
	for i := 0; i < len(pairs); i += 2 {
		ms = append(ms, &amlabels.Matcher{Type: amlabels.MatchEqual, Name: pairs[i], Value: pairs[i+1]})
	}
	return ms
}

// perChange reports what one of n changes costs.
func perChange(b *testing.B, n int) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/change")
}

// BenchmarkSilences raises 50,000 alerts in one group while 1,000 silences are in
// force, and tells of those that none holds. Beside it, the same without silences.
func BenchmarkSilences(b *testing.B) {
	const alerts = 50_000
	for name, silences := range map[string]int{"none": 0, "1000 in force": 1000} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				w := crowd(b, []string{"alertname"}, 1)
				for i := range silences {
					w.p.Silence(w.now, rules.Silence{
						ID: fmt.Sprintf("s%04d", i), CreatedBy: "ann", Comment: "busy", StartsAt: w.now, EndsAt: w.now.Add(time.Hour),
						Matchers: equals("alertname", "cpu", "instance", fmt.Sprintf("i%05d", i*7)),
					})
				}
				w.raiseMany(alerts, func(int) rules.Level { return rules.Warn })
				w.pass(30 * time.Second)
				if n := len(w.flying[0].Delivery.Firing); n != alerts-silences {
					b.Fatalf("%d alerts are told, want %d", n, alerts-silences)
				}
			}
			perChange(b, alerts)
		})
	}
}

// BenchmarkInhibition raises 10,000 sources and 10,000 targets and resolves the
// sources again: each with its own target, and all of them with all.
func BenchmarkInhibition(b *testing.B) {
	const n = 10_000
	for name, equal := range map[string][]string{"pairs": {"instance"}, "all and all": nil} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				w := crowd(b, []string{"alertname"}, 1)
				w.cfg.Inhibit = []rules.InhibitRule{{Source: equals("alertname", "down"), Target: equals("alertname", "cpu"), Equal: equal}}
				w.cfg.Rules = append(w.cfg.Rules, &rules.Rule{Key: "down", Alert: "down", Interval: time.Minute})
				w.reload(w.cfg)
				w.p.Ready(w.now, "down")
				w.p.Ready(w.now, "cpu")
				for _, rule := range []string{"down", "cpu"} {
					for i := range n {
						w.change(rule, fmt.Sprintf("i%05d", i), rules.Warn, nil)
					}
				}
				for i := range n {
					w.change("down", fmt.Sprintf("i%05d", i), rules.OK, nil)
				}
			}
			perChange(b, 3*n)
		})
	}
}

// BenchmarkThreads is one change among 10,000 alerts of one group that a message
// shows which is edited: the broadcast, and the edit that follows.
func BenchmarkThreads(b *testing.B) {
	w := crowd(b, []string{"alertname"}, 1)
	w.cfg.Receivers[0].Integrations[0].Threads = true
	w.reload(w.cfg)
	w.p.Ready(w.now, "cpu")
	w.raiseMany(10_000, func(int) rules.Level { return rules.Warn })
	land := func(pass time.Duration) {
		w.pass(pass)
		for len(w.flying) > 0 {
			for _, s := range append([]Send(nil), w.flying...) {
				w.settle(Settled{ID: s.Delivery.ID, Attempt: s.Delivery.Attempt, Outcome: Delivered, Handle: "1"})
			}
			w.step()
		}
	}
	land(30 * time.Second)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		w.change("cpu", "i05000", rules.Warn+rules.Level((i+1)%2), nil)
		land(5 * time.Minute)
	}
	perChange(b, 1)
}

// BenchmarkDigest gathers 10,000 groups beyond a budget into one digest, tells it
// and resolves all.
func BenchmarkDigest(b *testing.B) {
	const n = 10_000
	var at model.Time
	for b.Loop() {
		w := crowd(b, []string{"instance"}, 1)
		w.cfg.Receivers[0].Budget = rules.Budget{Max: 10, Window: time.Hour}
		w.reload(w.cfg)
		w.p.Ready(w.now, "cpu")
		w.raiseMany(n, func(int) rules.Level { return rules.Warn })
		for range 13 {
			w.pass(10 * time.Minute)
			w.settleAll()
		}
		w.raiseMany(n, func(int) rules.Level { return rules.OK })
		for range 13 {
			w.pass(10 * time.Minute)
			w.settleAll()
		}
		if s := w.p.Stats(); s.Waiting != 0 {
			b.Fatalf("not all is told: %+v", s)
		}
		at = w.now
	}
	_ = at
	perChange(b, 2*n)
}
