package chart

import "testing"

// BenchmarkRender draws a chart of three hours; B/chart is the size of its PNG.
func BenchmarkRender(b *testing.B) {
	for _, c := range pictureCases() {
		if c.name != "latency" && c.name != "five" {
			continue
		}
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			size := 0
			for b.Loop() {
				picture, err := Render(c.data)
				if err != nil {
					b.Fatal(err)
				}
				size = len(picture)
			}
			b.ReportMetric(float64(size), "B/chart")
		})
	}
}
