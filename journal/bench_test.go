package journal

import (
	"fmt"
	"hash/fnv"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"tocsin/engine"
	"tocsin/evaluator"
	"tocsin/journal/image"
	"tocsin/rules"
)

const (
	plantRules  = 1000
	plantSeries = 100
)

// A plant is a daemon with many rules over many series, of which one in so many
// fires.
type plant struct {
	*daemon
	raws   [plantRules][plantSeries]string
	firing int
	took   time.Duration // on the loop, by the journal
}

func newPlant(b *testing.B, firing int) *plant {
	p := &plant{daemon: newDaemon(Options{Dir: b.TempDir()}), firing: firing}
	p.paced = true
	cfg := testConfig()
	cfg.Limits = rules.Limits{SeriesPerRule: 1000, ActiveAlerts: 1_000_000}
	cfg.Sources[0].Concurrency = plantRules
	one := *cfg.Rules[0]
	cfg.Rules = nil
	for i := range plantRules {
		r := one
		r.Key, r.Expr, r.Interval = fmt.Sprintf("g/%04d", i), fmt.Sprintf("%04d", i), time.Minute
		cfg.Rules = append(cfg.Rules, &r)
		for n := range plantSeries {
			p.raws[i][n] = fmt.Sprintf(`{"__name__":"http_requests_duration_seconds","instance":"10.0.%d.%d:9100","job":"service-%d","zone":"eu-central-1"}`, n, i%250, i)
		}
	}
	p.step(engine.Reloaded{Config: cfg})
	return p
}

func (p *plant) answer(a engine.Ask) evaluator.Answer {
	var rule int
	_, _ = fmt.Sscan(a.Expr, &rule)
	out := evaluator.Answer{Samples: make([]evaluator.Sample, 0, plantSeries), Parse: func(raw string) (labels.Labels, error) {
		return labels.FromStrings("series", raw), nil
	}}
	for n, raw := range p.raws[rule] {
		h := fnv.New32a()
		_, _ = fmt.Fprint(h, raw, a.At)
		v := float64(h.Sum32()%5000) / 100 // below 50
		if p.firing > 0 && (rule*plantSeries+n)%p.firing == 0 {
			v += 61
		}
		out.Samples = append(out.Samples, evaluator.Sample{Raw: raw, Value: v})
	}
	return out
}

// minute lives through a minute.
func (p *plant) minute() {
	for end := p.at.Add(time.Minute); p.at < end; p.at = p.at.Add(time.Second) {
		p.timed(engine.Elapsed{})
		for _, a := range p.asks {
			p.timed(engine.Answered{ID: a.ID, Answer: p.answer(a)})
		}
		p.asks, p.sends = nil, nil
	}
}

func (p *plant) timed(in engine.Input) {
	for len(p.w.in) > waiting/2 {
		time.Sleep(time.Millisecond)
	}
	b := p.core.Step(p.at, in)
	began := time.Now()
	p.w.Stepped(p.at, in, b)
	p.took += time.Since(began)
	p.asks = append(p.asks, b.Asks...)
}

// BenchmarkAnswers measures what an answer costs the loop, and how large a journal is
// after an hour.
func BenchmarkAnswers(b *testing.B) {
	for _, firing := range []int{0, 100, 10} {
		name := "all is well"
		if firing > 0 {
			name = fmt.Sprintf("one in %d fires", firing)
		}
		b.Run(name, func(b *testing.B) {
			p := newPlant(b, firing)
			p.minute() // all are raised
			p.w.flushed()
			before, steps := p.w.Stats().Bytes, p.w.Stats().Steps
			p.took = 0
			minutes := 0
			for b.Loop() {
				p.minute()
				minutes++
			}
			p.w.Close()
			s := p.w.Stats()
			b.ReportMetric(float64(s.Bytes-before)/float64(minutes)*60/1e6, "MB/h")
			b.ReportMetric(float64(p.took.Nanoseconds())/float64(s.Steps-steps), "ns/step")
			b.ReportMetric(float64(s.Lost), "lost")
		})
	}
}

// flushed waits until all is written.
func (w *Writer) flushed() {
	for len(w.in) > 0 {
		time.Sleep(time.Millisecond)
	}
	time.Sleep(2 * flushEvery)
}

// BenchmarkImage measures what a new file costs the loop.
func BenchmarkImage(b *testing.B) {
	p := newPlant(b, 10)
	p.minute()
	size := 0
	for b.Loop() {
		text, err := image.Take(p.core)
		if err != nil {
			b.Fatal(err)
		}
		size = len(text)
	}
	p.w.Close()
	b.ReportMetric(float64(size)/1e6, "MB")
	b.ReportMetric(float64(p.core.Stats().Instances), "instances")
}
