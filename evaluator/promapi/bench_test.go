package promapi

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
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

// BenchmarkDecode reads 100,000 series; ns/series is what to compare.
func BenchmarkDecode(b *testing.B) {
	body := large()
	for name, read := range map[string]func(string) (int, error){
		"own": func(body string) (int, error) {
			r, err := decode(body)
			return len(r.samples), err
		},
		"slow": func(body string) (int, error) {
			r, err := decodeSlow(body)
			return len(r.samples), err
		},
		"baseline": baseline,
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				if n, err := read(body); err != nil || n != 100_000 {
					b.Fatal(n, err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/100_000, "ns/series")
		})
	}
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
