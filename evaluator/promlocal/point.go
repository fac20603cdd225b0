package promlocal

import (
	"cmp"
	"math"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/tsdb/chunks"
)

// A point is what the engine calls a sample.
type point struct {
	at        int64
	value     float64
	histogram *histogram.FloatHistogram
}

var _ chunks.Sample = (*point)(nil)

// T returns the time in milliseconds.
func (p *point) T() int64 { return p.at }

// ST returns no start time.
func (p *point) ST() int64 { return 0 }

// F returns the value.
func (p *point) F() float64 { return p.value }

// H returns nothing: histograms here are of floats.
func (p *point) H() *histogram.Histogram { return nil }

// FH returns a copy of the histogram: the engine may calculate in place.
func (p *point) FH() *histogram.FloatHistogram {
	if p.histogram == nil {
		return nil
	}
	return p.histogram.Copy()
}

// Type says which of them it has.
func (p *point) Type() chunkenc.ValueType {
	if p.histogram != nil {
		return chunkenc.ValFloatHistogram
	}
	return chunkenc.ValFloat
}

// Copy returns a copy.
func (p *point) Copy() chunks.Sample {
	return &point{at: p.at, value: p.value, histogram: p.FH()}
}

// same tells NaNs apart by their bits: a stale mark is not a plain NaN.
func (p *point) same(o point) bool {
	if p.histogram != nil || o.histogram != nil {
		return p.histogram != nil && o.histogram != nil && p.histogram.Equals(o.histogram)
	}
	return math.Float64bits(p.value) == math.Float64bits(o.value)
}

func comparePoint(p point, at int64) int { return cmp.Compare(p.at, at) }

// points are those of one series within a range.
type points []point

var _ storage.Samples = points(nil)

// Get returns the i-th.
func (p points) Get(i int) chunks.Sample { return &p[i] }

// Len returns their number.
func (p points) Len() int { return len(p) }
