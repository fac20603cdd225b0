package chart

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"math"
	"slices"
	"time"

	"tocsin/notifier/message"
	"tocsin/rules"
)

// What can't be drawn: no point, and a picture that is too large for a mail.
var (
	errEmpty = errors.New("chart: there is nothing to draw")
	errLarge = errors.New("chart: the picture is too large")
)

// mostBytes keeps a picture small enough for a mail.
const mostBytes = 30_000

// Render draws a picture: a PNG of at most 30 kB, density times Width wide, or
// Width wide where noise would make it larger. It is pure. Without any point, or
// without time, there is an error.
func Render(d Data) ([]byte, error) {
	if !d.Until.After(d.From) || d.empty() {
		return nil, errEmpty
	}
	c, err := d.draw()
	if err != nil {
		return nil, fmt.Errorf("chart: %w", err)
	}
	b, err := encode(c.RGBA)
	if err == nil && len(b) > mostBytes {
		b, err = encode(halve(c.RGBA))
	}
	if err == nil && len(b) > mostBytes {
		err = errLarge
	}
	if err != nil {
		return nil, err
	}
	return b, nil
}

// draw puts everything in its place, what matters most on top.
func (d Data) draw() (*canvas, error) {
	c, err := newCanvas(Width*density, Height*density, ground())
	if err != nil {
		return nil, err
	}
	l := lay(c, d)
	c.heading(d, l)
	c.board(d, l)
	c.thresholds(d, l)
	for i := len(d.first()) - 1; i >= 0; i-- {
		c.series(d, l, i)
	}
	c.axes(l)
	return c, nil
}

// heading writes the title, what is beside it, and the legend.
func (c *canvas) heading(d Data, l layout) {
	y, x := dots(margin+12), dots(margin)
	title := fit(c.bold, message.Clean(d.Title), dots(Width/2))
	c.text(c.bold, point{x, y}, ink(), title)
	x += measure(c.bold, title) + dots(8)
	note := message.Clean(d.Note)
	if own(d.Unit) {
		note += " in " + message.Cut(message.Clean(string(d.Unit)), 20)
	}
	c.text(c.plain, point{x, y}, soft(), fit(c.plain, note, dots(Width-margin)-x))
	for n, row := range l.head {
		y += dots(rowHigh) + float64(n)
		for _, e := range row {
			b := c.brush(image.Rect(round(e.at.x), round(y-dots(8)), round(e.at.x+dots(18)), round(y)))
			b.stroke([]point{{e.at.x + dots(2), y - dots(4.5)}, {e.at.x + dots(14), y - dots(4.5)}}, dots(3))
			b.paint(lines(e.of))
			c.text(c.plain, point{e.at.x + dots(20), y}, ink(), e.text)
		}
	}
}

// board draws the plot's ground, where it fired, and the grid.
func (c *canvas) board(d Data, l layout) {
	low, high := corners(l.plot)
	c.fill(low, high, board())
	spans := d.spans(l)
	for _, s := range spans {
		c.fill(point{s.from, low.y}, point{s.until, high.y}, shade(s.level, 40))
	}
	for _, v := range l.values.marks {
		c.across(point{low.x, l.y(v)}, high.x, 2, 0, grid())
	}
	for _, t := range l.times.marks {
		x := l.x(t)
		c.fill(point{x - 1, low.y}, point{x + 1, high.y}, grid())
	}
	for _, s := range spans {
		c.fill(point{s.from, high.y - dots(3)}, point{s.until, high.y}, shade(s.level, 255))
	}
}

func corners(r image.Rectangle) (low, high point) {
	return point{float64(r.Min.X), float64(r.Min.Y)}, point{float64(r.Max.X), float64(r.Max.Y)}
}

// A span is an interval on the plot, in dots.
type span struct {
	from, until float64
	level       rules.Level
}

// spans are the columns of the plot in which something fired, each with the
// highest level that did.
func (d Data) spans(l layout) (all []span) {
	for x := l.plot.Min.X; x < l.plot.Max.X; x++ {
		level := d.firing(l, float64(x)+0.5)
		if n := len(all); n > 0 && all[n-1].level == level {
			all[n-1].until++
			continue
		}
		all = append(all, span{float64(x), float64(x + 1), level})
	}
	return slices.DeleteFunc(all, func(s span) bool { return s.level == rules.OK })
}

// firing is the highest level that fired in a column of the plot. An interval is
// never too short to be seen.
func (d Data) firing(l layout, x float64) (level rules.Level) {
	for _, f := range d.Firing {
		if f.Until.Before(d.From) || f.From.After(d.Until) {
			continue
		}
		from, until := l.x(float64(f.From.UnixMilli())), l.x(float64(f.Until.UnixMilli()))
		if x >= min(from, until-dots(3)) && x < until {
			level = max(level, f.Level)
		}
	}
	return level
}

// thresholds draws the lines, the bands in which a level holds, and the names.
func (c *canvas) thresholds(d Data, l layout) {
	low, high := corners(l.plot)
	for _, a := range l.aside {
		t := d.Thresholds[a.of]
		c.text(c.plain, a.at, hue(t.Level), a.text)
		if t.Bound > l.values.high || t.Bound < l.values.low {
			continue
		}
		y := l.y(t.Bound)
		if drawable(t.Clear) && t.Clear != t.Bound {
			band := l.y(t.Clear)
			c.fill(point{low.x, min(y, band)}, point{high.x, max(y, band)}, shade(t.Level, 18))
		}
		c.across(point{low.x, y}, high.x, dots(1.5), dots(6), hue(t.Level))
	}
}

// series draws one line, piece by piece, with a dot at its newest point.
func (c *canvas) series(d Data, l layout, n int) {
	all := pieces(d, l, d.Series[n])
	if len(all) == 0 {
		return
	}
	b := c.brush(around(all, dots(3)).Intersect(c.Bounds()))
	for _, ps := range all {
		thick := dots(2)
		if len(ps) == 1 {
			thick = dots(4)
		}
		b.stroke(ps, thick)
	}
	b.paint(lines(n))
	last := all[len(all)-1]
	newest := last[len(last)-1]
	c.mark(newest, lines(n))
}

// around is the part of the canvas that the pieces of a line need.
func around(all [][]point, room float64) (r image.Rectangle) {
	for _, ps := range all {
		for _, p := range ps {
			r = r.Union(image.Rect(round(p.x-room), round(p.y-room), round(p.x+room), round(p.y+room)))
		}
	}
	return r
}

// mark draws a dot with a rim.
func (c *canvas) mark(p point, paint color.Color) {
	b := c.brush(around([][]point{{p}}, dots(5)).Intersect(c.Bounds()))
	b.dot(p, dots(4.5))
	b.paint(board())
	b.dot(p, dots(3.2))
	b.paint(paint)
}

// pieces are the runs of points without a gap, in dots.
func pieces(d Data, l layout, s Series) (all [][]point) {
	var now []point
	var before time.Time
	for i, t := range s.Times {
		v := s.Values[i]
		if t.Before(d.From) || t.After(d.Until) {
			continue
		}
		if len(now) > 0 && (math.IsNaN(v) || d.Step > 0 && t.Sub(before) > d.Step*3/2) {
			all, now = append(all, now), nil
		}
		if !math.IsNaN(v) {
			now, before = append(now, point{l.x(float64(t.UnixMilli())), l.y(v)}), t
		}
	}
	if len(now) > 0 {
		all = append(all, now)
	}
	return all
}

// axes writes the marks of both axes.
func (c *canvas) axes(l layout) {
	for i, v := range l.values.marks {
		text := l.values.texts[i]
		c.text(c.plain, point{float64(l.plot.Min.X) - dots(6) - measure(c.plain, text), l.y(v) + dots(textSize)*0.36}, soft(), text)
	}
	y, end := float64(l.plot.Max.Y)+dots(17), math.Inf(-1)
	for i, t := range l.times.marks {
		width := measure(c.plain, l.times.texts[i])
		x := min(max(l.x(t)-width/2, float64(l.plot.Min.X)-dots(4)), float64(l.plot.Max.X)-width+dots(4))
		if x < end+dots(8) {
			continue
		}
		c.text(c.plain, point{x, y}, soft(), l.times.texts[i])
		end = x + width
	}
	c.text(c.plain, point{float64(l.plot.Max.X) + dots(8), y}, soft(), "UTC")
}
