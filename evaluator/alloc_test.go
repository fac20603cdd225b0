package evaluator_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/evaluator"
	"tocsin/rules"
)

const minute = model.Time(60_000)

// fleet is an answer of n series of one value.
func fleet(n int, value float64) []evaluator.Sample {
	samples := make([]evaluator.Sample, n)
	for i := range samples {
		samples[i] = evaluator.Sample{Raw: fmt.Sprintf("instance=host-%06d.example.org:9100,job=node", i), Value: value}
	}
	return samples
}

// steady returns a machine that has seen an answer twice, and the observation
// that it can be given again and again.
func steady(rule *rules.Rule, samples []evaluator.Sample) (*evaluator.Machine, evaluator.Observation) {
	m := evaluator.New(rule)
	o := good(minute, samples...)
	for range 2 {
		m.Observe(o)
		o.At += minute
	}
	m.Rows(func(rules.Row) {})
	return m, o
}

// steadyCases are the states that last, and must cost nothing to be in.
func steadyCases() map[string]func() (*rules.Rule, float64) {
	held := func(value float64) func() (*rules.Rule, float64) {
		return func() (*rules.Rule, float64) {
			r := thresholdRule(above(70, 60), above(80, 70))
			r.Levels.Error.For = 1000 * time.Hour
			return r, value
		}
	}
	return map[string]func() (*rules.Rule, float64){
		"ok":                   held(50),
		"firing":               held(75),
		"pending and firing":   held(90),
		"ok, with an override": func() (*rules.Rule, float64) { r, v := held(50)(); return override(r), v },
	}
}

func override(r *rules.Rule) *rules.Rule {
	r.Overrides = []rules.Override{{Levels: rules.Levels{Warn: above(90, 80)}}}
	return r
}

func TestSteadySeriesCostNothing(t *testing.T) {
	for name, make := range steadyCases() {
		t.Run(name, func(t *testing.T) {
			rule, value := make()
			m, o := steady(rule, fleet(100, value))
			n := testing.AllocsPerRun(100, func() {
				o.At += minute
				if c := m.Observe(o); len(c) > 0 {
					t.Fatalf("a steady series changed: %v", c[0])
				}
				m.Rows(func(r rules.Row) { t.Fatalf("a steady series wrote %q", r.Key) })
			})
			if n != 0 {
				t.Errorf("%v allocations an evaluation, want 0", n)
			}
		})
	}
}

func benchmark(b *testing.B, series int, value float64) {
	m, o := steady(thresholdRule(above(70, 60), above(80, 70)), fleet(series, value))
	b.ReportAllocs()
	for b.Loop() {
		o.At += minute
		m.Observe(o)
		m.Rows(func(rules.Row) {})
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(series), "ns/series")
}

func BenchmarkSteadyOK(b *testing.B)     { benchmark(b, 1000, 50) }
func BenchmarkSteadyFiring(b *testing.B) { benchmark(b, 1000, 75) }
func BenchmarkLargeAnswer(b *testing.B)  { benchmark(b, 100_000, 50) }

// BenchmarkStorm has 10,000 series that all fire and all recover.
func BenchmarkStorm(b *testing.B) {
	r := thresholdRule(above(70, 60), above(80, 70))
	r.Flap = rules.Flap{}
	m := evaluator.New(r)
	hot, cold := fleet(10_000, 75), fleet(10_000, 50)
	at := minute
	b.ReportAllocs()
	for b.Loop() {
		for _, samples := range [][]evaluator.Sample{hot, cold} {
			at += minute
			if n := len(m.Observe(good(at, samples...))); n != len(samples) {
				b.Fatalf("%d changes, want %d", n, len(samples))
			}
			m.Rows(func(rules.Row) {})
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/20_000, "ns/change")
}

// BenchmarkLargeAnswerMissing has one instance that is missing, so that all
// others must be looked at: it might be there in another spelling.
func BenchmarkLargeAnswerMissing(b *testing.B) {
	r := thresholdRule(above(70, 60), nil)
	r.Absent.Then = rules.ThenKeep
	samples := fleet(100_000, 50)
	m := evaluator.New(r)
	o := good(minute, append(samples, evaluator.Sample{Raw: "instance=gone", Value: 90})...)
	m.Observe(o)
	o.Answer.Samples = samples
	o.At += minute
	m.Observe(o)
	b.ReportAllocs()
	for b.Loop() {
		o.At += minute
		m.Observe(o)
	}
}
