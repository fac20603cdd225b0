package web

import (
	"slices"

	"github.com/prometheus/client_golang/prometheus"

	"tocsin/engine"
	"tocsin/evaluator"
	"tocsin/rules"
)

// families are all metrics that are ours, in the order of the manual's table.
func families() []family {
	return slices.Concat(
		evaluationFamilies(), notificationFamilies(), gateFamilies(), attemptFamilies(), stateFamilies(), storeFamilies(),
		loopFamilies(), heartbeatFamilies(), journalFamilies(),
	)
}

func counter(name, help string, read func(Stats, adder), labels ...string) family {
	return family{prometheus.NewDesc("tocsin_"+name, help, labels, nil), prometheus.CounterValue, read}
}

func gauge(name, help string, read func(Stats, adder), labels ...string) family {
	return family{prometheus.NewDesc("tocsin_"+name, help, labels, nil), prometheus.GaugeValue, read}
}

// ofCore reads one figure of the core, and none if it could not be asked.
func ofCore(figure func(*engine.Stats) float64) func(Stats, adder) {
	return func(s Stats, add adder) {
		if s.Core != nil {
			add.value(figure(s.Core))
		}
	}
}

// ofDriver reads one figure of the driver.
func ofDriver(figure func(engine.DriverStats) float64) func(Stats, adder) {
	return func(s Stats, add adder) { add.value(figure(s.Driver)) }
}

// ofSource reads one figure of each source.
func ofSource(figure func(engine.QueryStats) uint64) func(Stats, adder) {
	return func(s Stats, add adder) {
		for _, src := range s.Driver.Sources {
			add.value(float64(figure(src)), src.Name)
		}
	}
}

func evaluationFamilies() []family {
	return []family{
		counter("evaluations_total", "Evaluations of rules, by source.",
			ofSource(func(s engine.QueryStats) uint64 { return s.Evaluations }), "source"),
		counter("evaluations_missed_total", "Evaluations of rules that did not take place in time, by source.", missed, "source"),
		counter("queries_total", "Queries, by source. Rules that ask the same at one instant share a query.",
			ofSource(func(s engine.QueryStats) uint64 { return s.Queries }), "source"),
		counter("query_failures_total", "Queries without a whole and usable answer, by source and reason.", failures, "source", "reason"),
		gauge("query_duration_seconds", "Time from a query to its decoded answer, by source.",
			func(s Stats, add adder) {
				for _, src := range s.Driver.Sources {
					add.histogram(src.Durations, src.Name)
				}
			}, "source"),
		gauge("queries_in_flight", "Queries under way.", ofDriver(func(d engine.DriverStats) float64 { return float64(d.Asking) })),
		gauge("queries_queued", "Queries that wait for their turn.", ofCore(func(c *engine.Stats) float64 { return float64(c.Queued) })),
	}
}

func missed(s Stats, add adder) {
	if s.Core == nil {
		return
	}
	for name, src := range s.Core.Sources {
		add.value(float64(src.Missed), name)
	}
}

// failures come from the core, which alone knows the answers that never came.
func failures(s Stats, add adder) {
	if s.Core == nil {
		return
	}
	for name, src := range s.Core.Sources {
		for outcome, reason := range map[evaluator.Outcome]string{
			evaluator.Partial:     "partial",
			evaluator.BadQuery:    "bad_query",
			evaluator.Execution:   "execution",
			evaluator.Unavailable: "unavailable",
		} {
			add.value(float64(src.Failures[outcome]), name, reason)
		}
	}
}

func stateFamilies() []family {
	return []family{
		gauge("alerts", "Alerts that people should know of, by level.", func(s Stats, add adder) {
			if s.Core == nil {
				return
			}
			for _, level := range []rules.Level{rules.Warn, rules.Error} {
				add.value(float64(s.Core.Alerts[level]), level.String())
			}
		}, "level"),
		gauge("rules", "Rules in force.", ofCore(func(c *engine.Stats) float64 { return float64(c.Rules) })),
		gauge("instances", "Series that are remembered: those with a level or a timer.",
			ofCore(func(c *engine.Stats) float64 { return float64(c.Instances) })),
		gauge("config_last_reload_successful", "Whether the last reload of the configuration succeeded.",
			func(s Stats, add adder) { add.value(boolean(s.Reload.OK)) }),
		gauge("config_last_reload_success_timestamp_seconds", "When a reload of the configuration last succeeded.",
			func(s Stats, add adder) {
				if !s.Reload.At.IsZero() {
					add.value(float64(s.Reload.At.UnixMilli()) / 1000)
				}
			}),
	}
}

func storeFamilies() []family {
	return []family{
		gauge("store_failing", "Whether the store fails for so long that notifications go out without it.",
			ofDriver(func(d engine.DriverStats) float64 { return boolean(d.Degraded) })),
		counter("store_commit_failures_total", "Commits that failed; each is tried again.",
			ofDriver(func(d engine.DriverStats) float64 { return float64(d.CommitsFailed) })),
		counter("store_rows_committed_total", "Rows that were kept or deleted.",
			ofDriver(func(d engine.DriverStats) float64 { return float64(d.RowsKept) })),
		gauge("store_commit_duration_seconds", "Time of a commit that succeeded.",
			func(s Stats, add adder) { add.histogram(s.Driver.Commits) }),
	}
}

func loopFamilies() []family {
	return []family{
		gauge("loop_instant_duration_seconds", "Time that the daemon's one loop spent on an instant.",
			func(s Stats, add adder) { add.histogram(s.Driver.Instants) }),
		gauge("loop_behind_seconds", "How late the last instant was.",
			ofDriver(func(d engine.DriverStats) float64 { return d.Behind.Seconds() })),
	}
}

func heartbeatFamilies() []family {
	return []family{
		counter("heartbeats_total", "Beats to the dead man's switch outside, by result.",
			func(s Stats, add adder) {
				add.value(float64(s.Heartbeats.Sent), "sent")
				add.value(float64(s.Heartbeats.Failed), "failed")
				add.value(float64(s.Heartbeats.Withheld), "withheld")
			}, "result"),
	}
}

func journalFamilies() []family {
	return []family{
		gauge("journal_failing", "Whether the journal can't be written at present.",
			func(s Stats, add adder) { add.value(boolean(s.Journal.Failing)) }),
		counter("journal_written_bytes_total", "Bytes written to the journal.",
			func(s Stats, add adder) { add.value(float64(s.Journal.Bytes)) }),
		counter("journal_steps_total", "Steps of the core that are in the journal.",
			func(s Stats, add adder) { add.value(float64(s.Journal.Steps)) }),
		counter("journal_steps_lost_total", "Steps that are not in the journal: it could not be written, or not fast enough.",
			func(s Stats, add adder) { add.value(float64(s.Journal.Lost)) }),
	}
}

func boolean(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
