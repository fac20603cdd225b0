package world

import (
	"math"
	"strconv"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"tocsin/evaluator/promlocal"
)

// A service is what an instance is like when all is well.
type service struct {
	job, name string
	rate      float64 // requests a second
	median    float64 // time of a request in seconds
	spread    float64 // of the logarithm of that time
	cpu       float64 // share of its CPU in use
	memory    float64 // share of its memory in use
	cores     float64
	bytes     float64
}

func services() []service {
	const mib = 1 << 20
	return []service{
		{job: "api", name: "api-0", rate: 42, median: 0.070, spread: 0.45, cpu: 0.38, memory: 0.52, cores: 2, bytes: 512 * mib},
		{job: "api", name: "api-1", rate: 37, median: 0.072, spread: 0.45, cpu: 0.35, memory: 0.55, cores: 2, bytes: 512 * mib},
		{job: "web", name: "web-0", rate: 40, median: 0.150, spread: 0.45, cpu: 0.24, memory: 0.48, cores: 1, bytes: 256 * mib},
	}
}

// bounds are the upper bounds of the buckets of the histogram, in seconds.
func bounds() []float64 {
	return []float64{0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.8, 1, 2.5, 5, 10}
}

// codes are the statuses that answers have.
func codes() []string { return []string{"200", "404", "500"} }

// An instance is one process with its counters.
type instance struct {
	service
	up     labels.Labels
	series []labels.Labels // of all else, in the order of values
	bounds []float64

	buckets []float64 // requests up to each bound, and all of them
	sum     float64   // seconds that requests took
	codes   []float64 // answers by status
	seconds float64   // of CPU
	silent  bool
}

func newInstance(s service) *instance {
	i := &instance{service: s, bounds: bounds(), codes: make([]float64, len(codes()))}
	i.buckets = make([]float64, len(i.bounds)+1)
	i.up = i.labels("up")
	for _, b := range append(i.bounds, math.Inf(1)) {
		i.series = append(i.series, i.labels("http_request_duration_seconds_bucket", "le", leText(b)))
	}
	for _, name := range []string{"http_request_duration_seconds_sum", "http_request_duration_seconds_count"} {
		i.series = append(i.series, i.labels(name))
	}
	for _, code := range codes() {
		i.series = append(i.series, i.labels("http_requests_total", "code", code))
	}
	for _, name := range []string{
		"process_cpu_seconds_total", "process_cpu_limit_cores",
		"process_resident_memory_bytes", "process_memory_limit_bytes",
	} {
		i.series = append(i.series, i.labels(name))
	}
	return i
}

// leText writes a bound as client libraries do.
func leText(v float64) string {
	if math.IsInf(v, 1) {
		return "+Inf"
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}

func (i *instance) labels(name string, more ...string) labels.Labels {
	return labels.FromStrings(append([]string{"__name__", name, "job", i.job, "instance", i.name}, more...)...)
}

// scrape lets one interval pass and appends what a scrape at its end would find.
func (i *instance) scrape(out []promlocal.Sample, at model.Time, f faults) []promlocal.Sample {
	memory := i.pass(at, f)
	switch {
	case !f.silent:
		out = append(out, promlocal.Sample{Labels: i.up, At: at, Value: 1})
		out = i.append(out, at, i.values(memory))
	case !i.silent:
		out = append(out, promlocal.Sample{Labels: i.up, At: at, Value: 0})
		out = i.append(out, at, nil)
	default:
		out = append(out, promlocal.Sample{Labels: i.up, At: at, Value: 0})
	}
	i.silent = f.silent
	return out
}

// append adds a sample to each series; without values, the mark that it ended.
func (i *instance) append(out []promlocal.Sample, at model.Time, values []float64) []promlocal.Sample {
	for n, ls := range i.series {
		v := promlocal.Stale()
		if values != nil {
			v = values[n]
		}
		out = append(out, promlocal.Sample{Labels: ls, At: at, Value: v})
	}
	return out
}

// pass counts what happens within one interval and returns the share of the
// memory in use at its end.
func (i *instance) pass(at model.Time, f faults) (memory float64) {
	const dt = float64(Scrape) / 1e9
	requests := dt * i.rate * (1 + 0.20*day(at) + 0.10*noise(i.name+" rate", at, 20))
	median := i.median * f.slow * (1 + 0.06*noise(i.name+" time", at, 30))
	for n, b := range i.bounds {
		i.buckets[n] += requests * logNormal(b, median, i.spread)
	}
	i.buckets[len(i.bounds)] += requests
	i.sum += requests * median * math.Exp(i.spread*i.spread/2)

	failed := min(0.9, 0.001+f.failing)
	for n, share := range []float64{1 - 0.02 - failed, 0.02, failed} {
		i.codes[n] += requests * share
	}
	cpu := i.cpu*(1+0.15*day(at)+0.10*noise(i.name+" cpu", at, 15)) + f.burning
	i.seconds += dt * i.cores * min(0.99, cpu)
	return min(0.99, i.memory+0.03*noise(i.name+" memory", at, 45)+f.leaked)
}

// values are those of all series but up, in their order. Requests are counted
// in whole ones, as processes do.
func (i *instance) values(memory float64) []float64 {
	out := make([]float64, 0, len(i.series))
	for _, v := range i.buckets {
		out = append(out, math.Floor(v))
	}
	out = append(out, i.sum, math.Floor(i.buckets[len(i.bounds)]))
	for _, v := range i.codes {
		out = append(out, math.Floor(v))
	}
	return append(out, i.seconds, i.cores, math.Floor(memory*i.bytes), i.bytes)
}
