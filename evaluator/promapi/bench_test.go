package promapi

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

// large is the answer of 100,000 series with 6 labels, about 23 MB.
func large() string {
	var b strings.Builder
	for i := range 100_000 {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"metric":{"__name__":"http_request_duration_seconds_bucket","instance":"api-%d.example.org:8080","job":"api","le":"0.25","method":"GET","route":"/v1/customers/{id}/orders/%d"},"value":[1700000000.123,"%d.%d"]}`, i, i%97, i%1000, i%7919)
	}
	return vectorOf(b.String())
}

// BenchmarkDecode reads 100,000 series; ns/series is what to compare, and of our
// own decoder how many times faster than the baseline it is.
func BenchmarkDecode(b *testing.B) {
	body := large()
	for _, way := range []struct {
		name string
		read func(string) (int, error)
	}{
		{"baseline", baseline},
		{"slow", func(body string) (int, error) {
			r, err := decodeSlow(body)
			return len(r.samples), err
		}},
		{"own", func(body string) (int, error) {
			r, err := decode(body)
			return len(r.samples), err
		}},
	} {
		b.Run(way.name, func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				if n, err := way.read(body); err != nil || n != 100_000 {
					b.Fatal(n, err)
				}
			}
			each := float64(b.Elapsed().Nanoseconds()) / float64(b.N)
			b.ReportMetric(each/100_000, "ns/series")
			if way.name == "own" {
				b.ReportMetric(timeOf(b, body)/each, "x-baseline")
			}
		})
	}
}

// timeOf is how long the baseline takes, in nanoseconds.
func timeOf(b *testing.B, body string) float64 {
	begin := time.Now()
	if _, err := baseline(body); err != nil {
		b.Fatal(err)
	}
	return float64(time.Since(begin).Nanoseconds())
}

// baseline is what encoding/json makes of the answer with a map per series, the
// least that a client which wants labels does.
func baseline(body string) (int, error) {
	var r struct {
		Data struct {
			Result []struct {
				Metric map[string]string
				Value  [2]any
			}
		}
	}
	err := json.Unmarshal([]byte(body), &r)
	return len(r.Data.Result), err
}

func BenchmarkParseLabels(b *testing.B) {
	raw := `{"__name__":"http_request_duration_seconds_bucket","instance":"api-1.example.org:8080","job":"api","le":"0.25","method":"GET","route":"/v1/customers/{id}"}`
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseLabels(raw); err != nil {
			b.Fatal(err)
		}
	}
}
