package web_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/prometheus/common/expfmt"

	"tocsin/engine"
	"tocsin/evaluator"
	"tocsin/notifier"
	"tocsin/rules"
	"tocsin/web"
)

// figures are those of a daemon that has seen everything.
func figures() web.Stats {
	h := engine.Histogram{Bounds: []float64{0.1, 1}, Counts: []uint64{3, 2}, Count: 6, Sum: 7.5}
	return web.Stats{
		Core: &engine.Stats{
			Rules: 12, Instances: 5, Asking: 1, Queued: 2,
			Alerts: map[rules.Level]int{rules.Warn: 3, rules.Error: 1},
			Sources: map[string]engine.SourceStats{
				"default": {Queries: 100, Missed: 4, Failures: map[evaluator.Outcome]uint64{evaluator.Partial: 1, evaluator.Unavailable: 7}},
				"other":   {},
			},
			Notifier: notifier.Stats{
				Alerts: 4, Groups: 2, Queued: 1, InFlight: 1,
				Changes: 20, Delivered: 10, Collapsed: 5, Suppressed: 1, Failed: 1, Waiting: 3, Reminders: 2,
				StoodIn: 4, Oldest: 90 * time.Second, Silenced: 2, Inhibited: 1, Acked: 3,
				Silences: map[rules.SilenceState]int{rules.SilenceActive: 2, rules.SilenceExpired: 1},
				Failing:  []notifier.OutletKey{{Receiver: "web-team", Kind: "slack"}},
			},
		},
		Driver: engine.DriverStats{
			Sources: []engine.QueryStats{{Name: "default", Queries: 100, Evaluations: 150, Durations: h}},
			Sends: []engine.SendStats{
				{Receiver: "web-team", Kind: "slack", Outcome: notifier.Delivered, Count: 9, Seconds: 1.5},
				{Receiver: "web-team", Kind: "slack", Outcome: notifier.Unknown, Count: 1, Seconds: 10},
			},
			Commits: h, CommitsFailed: 2, RowsKept: 1000,
			Asking: 1, Sending: 1, Held: 1, Instants: h, Behind: 20 * time.Millisecond,
		},
		Reload:     web.ReloadStats{OK: true, At: time.Unix(1_700_000_000, 0)},
		Heartbeats: web.HeartbeatStats{Sent: 30, Failed: 2, Withheld: 1},
		Journal:    web.JournalStats{Bytes: 4096, Steps: 500, Lost: 3, Failing: true},
	}
}

func TestMetricsAreWellNamed(t *testing.T) {
	problems, err := testutil.CollectAndLint(web.NewCollector(newDaemon().Options))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}

func TestMetrics(t *testing.T) {
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(web.NewCollector(newDaemon().Options))
	got, err := testutil.CollectAndFormat(web.NewCollector(newDaemon().Options), expfmt.TypeTextPlain, names(t, registry)...)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "metrics.txt", string(got))
}

// The manual has a table of all metrics: it must name each.
func TestMetricsAreInTheManual(t *testing.T) {
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(web.NewCollector(newDaemon().Options))
	manual, err := os.ReadFile("../docs/operation.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names(t, registry) {
		if !strings.Contains(string(manual), "`"+name) {
			t.Errorf("docs/operation.md does not explain %s", name)
		}
	}
}

func names(t *testing.T, g prometheus.Gatherer) (names []string) {
	t.Helper()
	families, err := g.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		names = append(names, f.GetName())
	}
	return names
}

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s (-want +got):\n%s", path, d)
	}
}
