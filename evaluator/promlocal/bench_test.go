package promlocal

import (
	"fmt"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"tocsin/engine"
)

// hour is an hour of 100 counters, scraped every 15 seconds.
func hour(b *testing.B) *Source {
	b.Helper()
	s := New(Options{})
	for i := range 240 {
		var batch []Sample
		for n := range 100 {
			batch = append(batch, Sample{
				Labels: labels.FromStrings("__name__", "requests_total", "job", fmt.Sprint("job-", n%4), "instance", fmt.Sprint(n)),
				At:     start.Add(time.Duration(i) * 15 * time.Second),
				Value:  float64(i * n),
			})
		}
		if err := s.Append(batch...); err != nil {
			b.Fatal(err)
		}
	}
	return s
}

// BenchmarkAsk asks for the rates of 100 series, summed by job.
func BenchmarkAsk(b *testing.B) {
	s := hour(b)
	b.ReportAllocs()
	for b.Loop() {
		a := s.Ask(b.Context(), engine.Ask{Expr: `sum by (job) (rate(requests_total[5m]))`, At: minute(50)})
		if len(a.Samples) != 4 {
			b.Fatal(a.Error)
		}
	}
}

func BenchmarkAppend(b *testing.B) {
	s := New(Options{Retention: time.Hour})
	batch := make([]Sample, 100)
	for n := range batch {
		batch[n].Labels = labels.FromStrings("__name__", "x", "instance", fmt.Sprint(n))
	}
	at := start
	b.ReportAllocs()
	for b.Loop() {
		at = at.Add(time.Second)
		for n := range batch {
			batch[n].At = at
		}
		if err := s.Append(batch...); err != nil {
			b.Fatal(err)
		}
	}
}
