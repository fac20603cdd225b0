package backtest

import (
	"math"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"tocsin/engine"
	"tocsin/evaluator"
)

// A page is what an expression was at some instants of a grid: a table with a row
// for each instant and a column for each series.
type page struct {
	from   model.Time
	step   time.Duration
	points int
	raws   []string  // of the series
	values []float64 // by instant, then by series; holeBits where there is none
	parse  func(raw string) (labels.Labels, error)
	// failed says why there are no values, or, with Partial, that some are missing.
	failed *engine.RangeError

	answer []evaluator.Sample // memory of the answers: one is over before the next
	places map[string]int     // columns by labels, once they were asked for
}

// holeBits are those of a value that is not there. It is no NaN that a query returns.
const holeBits = 0x7ff8_0000_746f_6373

// newPage makes a table of a matrix.
func newPage(from model.Time, step time.Duration, points int, m engine.Matrix) *page {
	pg := emptyPage(from, step, points, len(m.Series))
	pg.parse = m.Parse
	for col, s := range m.Series {
		pg.raws[col] = strings.Clone(s.Raw) // else it keeps the whole body
		for n, t := range s.Times {
			if row, ok := pg.row(t); ok {
				pg.values[row*len(pg.raws)+col] = s.Values[n]
			}
		}
	}
	return pg
}

func emptyPage(from model.Time, step time.Duration, points, series int) *page {
	pg := &page{
		from: from, step: step, points: points,
		raws: make([]string, series), values: make([]float64, points*series),
	}
	hole := math.Float64frombits(holeBits)
	for n := range pg.values {
		pg.values[n] = hole
	}
	return pg
}

// until is the last instant of the page.
func (pg *page) until() model.Time { return pg.from.Add(time.Duration(pg.points-1) * pg.step) }

// holds reports whether an instant is on the page.
func (pg *page) holds(t model.Time) bool { return pg != nil && pg.from <= t && t <= pg.until() }

// row is the place of an instant of the grid.
func (pg *page) row(t model.Time) (int, bool) {
	n := int(int64(t-pg.from) / pg.step.Milliseconds())
	return n, n >= 0 && n < pg.points
}

func (pg *page) rowAt(t model.Time) []float64 {
	row, ok := pg.row(t)
	if !ok || len(pg.raws) == 0 {
		return nil
	}
	return pg.values[row*len(pg.raws) : (row+1)*len(pg.raws)]
}

// at returns the answer as of an instant. It is valid until the next call.
func (pg *page) at(t model.Time) evaluator.Answer {
	a := evaluator.Answer{Parse: pg.parse}
	if pg.failed != nil {
		a.Outcome, a.Error = pg.failed.Outcome, pg.failed.Text
	}
	out := pg.answer[:0]
	for col, v := range pg.rowAt(t) {
		if math.Float64bits(v) != holeBits {
			out = append(out, evaluator.Sample{Raw: pg.raws[col], Value: v})
		}
	}
	pg.answer, a.Samples = out, out
	return a
}

// column finds a series by its labels, written as text; -1: it is not there.
func (pg *page) column(series string) int {
	if pg.places == nil {
		pg.places = make(map[string]int, len(pg.raws))
		for col, raw := range pg.raws {
			if ls, err := pg.parse(raw); err == nil {
				pg.places[ls.String()] = col
			}
		}
	}
	if col, ok := pg.places[series]; ok {
		return col
	}
	return -1
}
