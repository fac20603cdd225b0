package page

import (
	"fmt"
	"html/template"
	"math"
	"strings"
)

// A Line is a threshold in a sparkline.
type Line struct {
	Value, Clear float64
	Class        string // warn or error
}

const (
	sparkW, sparkH, sparkPad = 260.0, 64.0, 4.0
)

// spark draws values over time against thresholds as SVG. NaN is a gap.
func spark(values []float64, lines []Line) template.HTML {
	lo, hi := span(values, lines)
	y := func(v float64) float64 { return sparkH - sparkPad - (v-lo)/(hi-lo)*(sparkH-2*sparkPad) }
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="spark" viewBox="0 0 %g %g" role="img" preserveAspectRatio="none">`, sparkW, sparkH)
	for _, l := range lines {
		if l.Clear != l.Value {
			top, bottom := math.Min(y(l.Value), y(l.Clear)), math.Max(y(l.Value), y(l.Clear))
			fmt.Fprintf(&b, `<rect class="band %s" x="0" width="%g" y="%.1f" height="%.1f"/>`, l.Class, sparkW, top, bottom-top)
		}
		fmt.Fprintf(&b, `<line class="bound %s" x1="0" x2="%g" y1="%.1f" y2="%.1f"/>`, l.Class, sparkW, y(l.Value), y(l.Value))
	}
	for _, p := range paths(values, y) {
		fmt.Fprintf(&b, `<polyline class="value" points="%s"/>`, p)
	}
	b.WriteString(`</svg>`)
	return template.HTML(b.String()) //nolint:gosec // numbers and constants only
}

func paths(values []float64, y func(float64) float64) (all []string) {
	var b strings.Builder
	flush := func() {
		if b.Len() > 0 {
			all = append(all, strings.TrimSpace(b.String()))
			b.Reset()
		}
	}
	for i, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			flush()
			continue
		}
		fmt.Fprintf(&b, "%.1f,%.1f ", float64(i)/math.Max(float64(len(values)-1), 1)*sparkW, y(v))
	}
	flush()
	return all
}

// span is the range of values to draw, never empty.
func span(values []float64, lines []Line) (lo, hi float64) {
	lo, hi = 0, 0
	grow := func(v float64) {
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			lo, hi = math.Min(lo, v), math.Max(hi, v)
		}
	}
	for _, v := range values {
		grow(v)
	}
	for _, l := range lines {
		grow(l.Value * 1.1)
	}
	if hi == lo {
		hi = lo + 1
	}
	return lo, hi
}
