package replay_test

import (
	"testing"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/engine"
	"tocsin/engine/replay"
)

// BenchmarkWeek lives through a week of the parity scenario: 6 rules, each
// every 15 s to 1 min.
func BenchmarkWeek(b *testing.B) {
	sc := scenario{seed: 1}
	start := model.TimeFromUnixNano(bubbleStart.UnixNano())
	for b.Loop() {
		steps := 0
		err := replay.Run(b.Context(), replay.Options{
			Core: engine.New("week"), Start: start, End: start.Add(7 * 24 * time.Hour),
			Inputs:   []replay.Scheduled{{At: start, Input: engine.Reloaded{Config: sc.config(0)}}},
			Sources:  map[string]engine.Source{"a": sc, "b": sc},
			Sender:   sc,
			AskTakes: sc.askTakes, SendTakes: sc.sendTakes,
			Observe: func(engine.Batch) { steps++ },
		})
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(steps), "batches/op")
	}
}
