package engine_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"tocsin/engine"
	"tocsin/evaluator"
	"tocsin/evaluator/promapi"
	"tocsin/rules"
	"tocsin/store/sqlite"
)

const many = 100_000

// manyJSON is an answer of 100,000 series, of which one in a hundred is above
// its threshold.
func manyJSON() []byte {
	var b strings.Builder
	b.WriteString(`{"status":"success","data":{"resultType":"vector","result":[`)
	for i := range many {
		if i > 0 {
			b.WriteByte(',')
		}
		value := 10
		if i%100 == 0 {
			value = 75
		}
		fmt.Fprintf(&b, `{"metric":{"instance":"i-%d","job":"api","method":"GET","route":"/v1/customers/{id}","zone":"eu-%d"},"value":[1700000000.123,"%d"]}`, i, i%3, value)
	}
	b.WriteString(`]}}`)
	return []byte(b.String())
}

// BenchmarkAnswer takes one answer of 100,000 series from JSON to the commit:
// over HTTP, decoded, stepped, kept in SQLite. Beside it, what encoding/json
// alone takes for the same body: `x-json` is how many of ours fit into that.
func BenchmarkAnswer(b *testing.B) {
	body := manyJSON()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(body)
	}))
	defer server.Close()
	source, err := promapi.New(promapi.Options{Name: "default", URLs: []string{server.URL}})
	if err != nil {
		b.Fatal(err)
	}
	defer source.Close()
	store, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "bench.db"), sqlite.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = store.Close() }()

	cfg := plainConfig(above("a", "x", time.Minute))
	cfg.Limits = rules.Limits{SeriesPerRule: 2 * many, ActiveAlerts: 2 * many}
	core, now := engine.New("default"), simStart
	core.Step(now, engine.Reloaded{Config: cfg})
	b.ReportAllocs()
	for b.Loop() {
		ask := nextAsk(b, core, &now)
		answer := source.Ask(b.Context(), ask)
		if len(answer.Samples) != many {
			b.Fatal(answer.Outcome, answer.Error)
		}
		now++
		if err := store.Commit(b.Context(), core.Step(now, engine.Answered{ID: ask.ID, Answer: answer}).Rows); err != nil {
			b.Fatal(err)
		}
	}
	ours := b.Elapsed() / time.Duration(b.N)
	b.StopTimer()
	b.ReportMetric(float64(ours.Nanoseconds())/many, "ns/series")
	b.ReportMetric(float64(justJSON(b, body))/float64(ours), "x-json")
}

// nextAsk lets time pass until the core asks.
func nextAsk(b *testing.B, core *engine.Core, now *model.Time) engine.Ask {
	for {
		next, ok := core.Next()
		if !ok {
			b.Fatal("the core asks nothing")
		}
		*now = max(*now+1, next)
		if batch := core.Step(*now, engine.Elapsed{}); len(batch.Asks) > 0 {
			return batch.Asks[0]
		}
	}
}

func justJSON(b *testing.B, body []byte) time.Duration {
	start := time.Now()
	var v struct {
		Data struct {
			Result []struct {
				Metric map[string]string
				Value  [2]any
			}
		}
	}
	if err := json.Unmarshal(body, &v); err != nil || len(v.Data.Result) != many {
		b.Fatal(err)
	}
	return time.Since(start)
}

// BenchmarkStart loads a store with 100,000 open alerts into a core and starts
// it. Beside it, what it takes to read the same rows and do nothing: `x-load`.
func BenchmarkStart(b *testing.B) {
	cfg := plainConfig(above("a", "x", time.Minute))
	cfg.Limits = rules.Limits{SeriesPerRule: 2 * many, ActiveAlerts: 2 * many}
	path := filepath.Join(b.TempDir(), "bench.db")
	fillStore(b, path, cfg)
	store, err := sqlite.Open(b.Context(), path, sqlite.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = store.Close() }()
	b.ReportAllocs()
	for b.Loop() {
		core := engine.New("default")
		if err := store.Load(b.Context(), core.Restore); err != nil {
			b.Fatal(err)
		}
		core.Step(simStart.Add(time.Hour), engine.Reloaded{Config: cfg})
		if n := core.Stats().Alerts[rules.Warn]; n != many {
			b.Fatalf("%d alerts", n)
		}
	}
	ours := b.Elapsed() / time.Duration(b.N)
	b.StopTimer()
	start := time.Now()
	if err := store.Load(b.Context(), func(rules.Stored) error { return nil }); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(ours)/float64(time.Since(start)), "x-load")
}

// fillStore makes a store of a core in which 100,000 series fire and were told.
func fillStore(b *testing.B, path string, cfg *rules.Config) {
	store, err := sqlite.Open(context.Background(), path, sqlite.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = store.Close() }()
	core, now := engine.New("default"), simStart
	commit := func(batch engine.Batch) engine.Batch {
		if err := store.Commit(context.Background(), batch.Rows); err != nil {
			b.Fatal(err)
		}
		return batch
	}
	commit(core.Step(now, engine.Reloaded{Config: cfg}))
	answer := evaluator.Answer{Parse: parseSim}
	for i := range many {
		raw := labels.FromStrings("instance", fmt.Sprintf("i-%d", i), "job", "api").String()
		answer.Samples = append(answer.Samples, evaluator.Sample{Raw: raw, Value: 75})
	}
	ask := nextAsk(b, core, &now)
	now++
	commit(core.Step(now, engine.Answered{ID: ask.ID, Answer: answer}))
	for range 20 { // tell everybody
		now = now.Add(time.Second)
		for _, s := range commit(core.Step(now, engine.Elapsed{})).Sends {
			settled := engine.Settled{}
			settled.ID, settled.Attempt, settled.Outcome = s.Delivery.ID, s.Delivery.Attempt, 1
			commit(core.Step(now, settled))
		}
	}
}
