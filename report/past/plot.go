package past

import (
	"math"
	"strings"
	"unicode/utf8"

	"github.com/prometheus/common/model"

	"tocsin/backtest"
	"tocsin/rules"
)

// A chart of characters has so many columns, and rows for the values. One column
// is the worst of its time, so that nothing short is lost.
const (
	plotColumns = 60
	plotRows    = 5
)

// A track is a row of a chart that says when alerts fire.
type track struct {
	name string
	all  []*backtest.Episode
}

// plot draws the values of a rule against its thresholds in characters, and the
// tracks under them. paint colours what is of a level.
func (o Options) plot(rr *backtest.RuleResult, from, until model.Time, tracks []track, paint func(rules.Level, string) string) []string {
	var rows []row
	s := worstValues(rr, from, until)
	if sc, ok := scaleOf(s, bounds(rr.Rule)); ok && rr.Rule.Kind == rules.ThresholdRule {
		rows = append(valueRows(rr.Rule, s, sc, paint), row{}) // bars don't touch what fires
	}
	for _, t := range tracks {
		rows = append(rows, row{t.name, firingRow(t.all, from, until, paint)})
	}
	rows = append(rows, row{"", timeRow(o.ticks(from, until, plotColumns/8))})
	return aligned(rows)
}

// A row is a line of a chart with what stands before it.
type row struct{ name, cells string }

func aligned(rows []row) []string {
	width := 0
	for _, r := range rows {
		width = max(width, utf8.RuneCountInString(r.name))
	}
	var lines []string
	for _, r := range rows {
		lines = append(lines, strings.TrimRight(strings.Repeat(" ", width-utf8.RuneCountInString(r.name))+r.name+" "+r.cells, " "))
	}
	return lines
}

// worstValues are the values that a rule is about, a column each: the lowest ones
// where being low is bad.
func worstValues(rr *backtest.RuleResult, from, until model.Time) []float64 {
	low, high := envelope(rr.Chart, from, until, plotColumns)
	t := watched(rr.Rule)
	for i := range low {
		if t.Side == rules.Below || t.Side == rules.Outside && low[i] < t.Low && high[i] <= t.High {
			high[i] = low[i]
		}
	}
	return high
}

// watched is the threshold that a rule is most about: of warn, if there is one.
func watched(r *rules.Rule) rules.Threshold {
	for _, l := range []rules.Level{rules.Warn, rules.Error} {
		if lr := r.Levels.At(l); lr != nil {
			return lr.Threshold
		}
	}
	return rules.Threshold{}
}

// A scale is what the lower and upper edge of a chart stand for.
type scale struct{ low, high float64 }

// scaleOf holds all values and thresholds. It begins at 0 unless that would make
// everything flat; there is none if there is nothing to see.
func scaleOf(values []float64, lines []bound) (scale, bool) {
	low, high, seen := math.Inf(1), math.Inf(-1), false
	take := func(v float64) {
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			low, high = math.Min(low, v), math.Max(high, v)
		}
	}
	for _, v := range values {
		seen = seen || !math.IsNaN(v)
		take(v)
	}
	for _, b := range lines {
		take(b.at)
	}
	if !seen || low > high {
		return scale{}, false
	}
	switch {
	case low >= 0 && low < high*0.6 || low == high && low >= 0:
		low = 0
	case low < high:
		low -= (high - low) * 0.1
	}
	if high <= low {
		high = low + 1
	}
	return scale{low, high}, true
}

// at is where a value lies, from 0 to 1. Infinities lie at the edges.
func (s scale) at(v float64) float64 {
	return math.Min(math.Max((v-s.low)/(s.high-s.low), 0), 1)
}

const bars = " ▁▂▃▄▅▆▇█"

func valueRows(r *rules.Rule, values []float64, s scale, paint func(rules.Level, string) string) []row {
	lines := map[int]bound{}
	for _, b := range bounds(r) {
		lines[min(int(s.at(b.at)*plotRows), plotRows-1)] = b
	}
	var rows []row
	for n := plotRows - 1; n >= 0; n-- {
		line, marked := lines[n]
		name := ""
		switch {
		case marked:
			name = line.level.String() + " " + quantity(r, line.at) + " ┤"
		case n == plotRows-1:
			name = quantity(r, s.high) + " ┤"
		case n == 0:
			name = quantity(r, s.low) + " ┤"
		default:
			name = "│"
		}
		rows = append(rows, row{name, cells(values, s, n, func(empty int) string {
			if marked {
				return paint(line.level, strings.Repeat("╌", empty))
			}
			return strings.Repeat(" ", empty)
		})})
	}
	return rows
}

// cells is the nth row from below; empty draws cells that no bar reaches.
func cells(values []float64, s scale, n int, empty func(int) string) string {
	glyphs := []rune(bars)
	var b strings.Builder
	void := 0
	flush := func() {
		if void > 0 {
			b.WriteString(empty(void))
		}
		void = 0
	}
	for _, v := range values {
		full := 0
		if !math.IsNaN(v) {
			full = max(int(math.Round(s.at(v)*plotRows*8)), 1) - 8*n
		}
		if full <= 0 {
			void++
			continue
		}
		flush()
		b.WriteRune(glyphs[min(full, 8)])
	}
	flush()
	return b.String()
}

// firingRow is when any alert fires, by level.
func firingRow(all []*backtest.Episode, from, until model.Time, paint func(rules.Level, string) string) string {
	var b strings.Builder
	ls := levels(all, from, until, plotColumns)
	for i := 0; i < len(ls); {
		n := i
		for n < len(ls) && ls[n] == ls[i] {
			n++
		}
		b.WriteString(paint(ls[i], strings.Repeat(glyphOf(ls[i]), n-i)))
		i = n
	}
	return b.String()
}

// timeRow names round times where they are.
func timeRow(ticks []tick) string {
	line, used := "", 0
	for _, t := range ticks {
		at := int(t.at * plotColumns)
		if width := utf8.RuneCountInString(t.name); at >= used && at+width <= plotColumns {
			line += strings.Repeat(" ", at-used) + t.name
			used = at + width + 1
			line += " "
		}
	}
	return strings.TrimRight(line, " ")
}

func glyphOf(l rules.Level) string {
	switch l {
	case rules.Error:
		return "█"
	case rules.Warn:
		return "▒"
	case rules.OK:
	}
	return "·"
}

// plain paints nothing.
func plain(_ rules.Level, s string) string { return s }
