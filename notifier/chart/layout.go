package chart

import (
	"image"
	"math"
	"slices"

	"tocsin/notifier/message"
)

// Sizes in points of the layout; a picture has density times as many dots. Width
// is what a mail of 600 points has room for.
const (
	Width  = 552
	Height = 222

	textSize  = 13
	titleSize = 14
	margin    = 12
	rowHigh   = 18
	mostAside = 136 // of the texts right of the plot
)

// A layout says where things are, in dots.
type layout struct {
	plot   image.Rectangle
	values axis
	times  axis
	head   []row // the legend, by rows
	aside  []label
}

// A row is a line of the legend.
type row []label

// A label is a text at a place: of a threshold, or of a series in the legend.
type label struct {
	at   point
	text string
	of   int // index of its threshold or series
}

// lay decides where everything is. What is beside the plot is measured first.
func lay(c *canvas, d Data) layout {
	l := layout{}
	low, high := extent(d)
	l.values = valueAxis(low, high, d.Unit)
	left, right := 0.0, measure(c.plain, "UTC")
	for _, t := range l.values.texts {
		left = max(left, measure(c.plain, t))
	}
	for i, t := range d.Thresholds {
		text := fit(c.plain, l.name(t, d), mostAside*density)
		l.aside = append(l.aside, label{text: text, of: i})
		right = max(right, measure(c.plain, text))
	}
	top := dots(margin + rowHigh + 7)
	if len(d.first()) > 1 {
		l.head = legend(c, d)
		top += dots(rowHigh*float64(len(l.head)) + 2)
	}
	l.plot = image.Rect(round(dots(margin+6)+left), round(top),
		round(dots(Width-margin-8)-right), round(dots(Height-margin-20)))
	l.times = timeAxis(d.From, d.Until, max(2, l.plot.Dx()/round(dots(74))))
	l.spread(d)
	return l
}

// name is what stands beside a threshold; one that is out of sight says where.
func (l *layout) name(t Threshold, d Data) string {
	text := t.Level.String() + " " + message.Cut(l.values.text(t.Bound, d.Unit), 18)
	switch {
	case t.Bound > l.values.high:
		return text + " ↑"
	case t.Bound < l.values.low:
		return text + " ↓"
	}
	return text
}

// spread puts the names of thresholds beside their lines, and apart.
func (l *layout) spread(d Data) {
	slices.SortStableFunc(l.aside, func(a, b label) int {
		return int(math.Copysign(1, d.Thresholds[b.of].Bound-d.Thresholds[a.of].Bound))
	})
	high := dots(textSize + 3)
	lowest := float64(l.plot.Max.Y) + dots(textSize)/3
	for i := range l.aside {
		a := &l.aside[i]
		a.at = point{float64(l.plot.Max.X) + dots(8), l.y(d.Thresholds[a.of].Bound) + dots(textSize)*0.36}
		if i > 0 {
			a.at.y = max(a.at.y, l.aside[i-1].at.y+high)
		}
	}
	for i := len(l.aside) - 1; i >= 0; i-- {
		l.aside[i].at.y = min(l.aside[i].at.y, lowest)
		lowest = l.aside[i].at.y - high
	}
}

// legend names the series in as many rows as it takes.
func legend(c *canvas, d Data) (rows []row) {
	x, end := dots(margin), dots(Width-margin)
	var now row
	for i, s := range d.first() {
		text := fit(c.plain, message.Clean(s.Name), (end-dots(margin))/2-dots(24))
		width := measure(c.plain, text) + dots(34)
		if x+width > end && len(now) > 0 {
			rows, now, x = append(rows, now), nil, dots(margin)
		}
		now = append(now, label{at: point{x, 0}, text: text, of: i})
		x += width
	}
	return append(rows, now)
}

// extent is the range of the values that are to be seen: all of the series, and
// the thresholds unless they are so far away that nothing else could be seen.
func extent(d Data) (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	add := func(v float64) { low, high = min(low, v), max(high, v) }
	for _, s := range d.first() {
		for _, v := range s.Values {
			if drawable(v) {
				add(v)
			}
		}
	}
	near := slices.Clone(d.Thresholds)
	slices.SortStableFunc(near, func(a, b Threshold) int {
		return int(math.Copysign(1, math.Abs(a.Bound-low)-math.Abs(b.Bound-low)))
	})
	for i, t := range near {
		span := max(high-low, math.Abs(high), math.Abs(low))
		if drawable(t.Bound) && (i == 0 || low > high || t.Bound < high+4*span && t.Bound > low-4*span) {
			add(t.Bound)
		}
	}
	if low > high {
		return 0, 1
	}
	return low, high
}

func (l *layout) y(v float64) float64 {
	return float64(l.plot.Max.Y) - l.values.place(v)*float64(l.plot.Dy())
}

func (l *layout) x(milli float64) float64 {
	return float64(l.plot.Min.X) + l.times.place(milli)*float64(l.plot.Dx())
}

func dots(points float64) float64 { return points * density }
