package chart

import (
	"image"
	"image/color"
	"image/draw"
	"math"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"
)

// density is how many dots a point of the layout has: mails are read on screens
// with two.
const density = 2

// A point is a place in dots.
type point struct{ x, y float64 }

// A canvas is a picture in the making, measured in dots. Its faces are its own:
// they can't be shared.
type canvas struct {
	*image.RGBA
	plain, bold font.Face
}

func newCanvas(width, height int, ground color.Color) (*canvas, error) {
	c := &canvas{RGBA: image.NewRGBA(image.Rect(0, 0, width, height))}
	var err error
	if c.plain, err = face(goregular.TTF, textSize); err != nil {
		return nil, err
	}
	if c.bold, err = face(gobold.TTF, titleSize); err != nil {
		return nil, err
	}
	draw.Draw(c.RGBA, c.Bounds(), image.NewUniform(ground), image.Point{}, draw.Src)
	return c, nil
}

func face(ttf []byte, size float64) (font.Face, error) {
	f, err := opentype.Parse(ttf)
	if err != nil {
		return nil, err
	}
	return opentype.NewFace(f, &opentype.FaceOptions{Size: size * density, DPI: 72, Hinting: font.HintingFull})
}

// fill paints a rectangle whose edges are rounded to dots.
func (c *canvas) fill(a, b point, paint color.Color) {
	r := image.Rect(round(a.x), round(a.y), round(b.x), round(b.y))
	draw.Draw(c.RGBA, r, image.NewUniform(paint), image.Point{}, draw.Over)
}

// across paints a horizontal line, dashed if dash is not 0.
func (c *canvas) across(a point, until, thick, dash float64, paint color.Color) {
	if dash == 0 {
		c.fill(point{a.x, a.y - thick/2}, point{until, a.y + thick/2}, paint)
		return
	}
	for x := a.x; x < until; x += 1.6 * dash {
		c.fill(point{x, a.y - thick/2}, point{min(x+dash, until), a.y + thick/2}, paint)
	}
}

// text writes with its baseline at y, from x to the right.
func (c *canvas) text(f font.Face, p point, paint color.Color, s string) {
	d := font.Drawer{Dst: c.RGBA, Src: image.NewUniform(paint), Face: f, Dot: fixed.P(round(p.x), round(p.y))}
	d.DrawString(s)
}

// measure is how wide a text is.
func measure(f font.Face, s string) float64 { return float64(font.MeasureString(f, s).Ceil()) }

// fit cuts a text so that it is no wider than that.
func fit(f font.Face, s string, width float64) string {
	if measure(f, s) <= width {
		return s
	}
	runes := []rune(s)
	for n := len(runes) - 1; n > 0; n-- {
		if short := string(runes[:n]) + "…"; measure(f, short) <= width {
			return short
		}
	}
	return ""
}

// A brush draws smooth shapes within a part of the canvas.
type brush struct {
	canvas *canvas
	box    image.Rectangle
	raster *vector.Rasterizer
}

func (c *canvas) brush(box image.Rectangle) *brush {
	return &brush{c, box, vector.NewRasterizer(box.Dx(), box.Dy())}
}

// stroke adds a line with round ends. All its shapes turn the same way, for those
// that turn against one another would cancel out where they overlap.
func (b *brush) stroke(ps []point, thick float64) {
	for i, p := range ps {
		b.dot(p, thick/2)
		if i == 0 {
			continue
		}
		q := ps[i-1]
		length := math.Hypot(p.x-q.x, p.y-q.y)
		if length == 0 {
			continue
		}
		nx, ny := -(p.y-q.y)/length*thick/2, (p.x-q.x)/length*thick/2
		b.polygon(point{q.x + nx, q.y + ny}, point{p.x + nx, p.y + ny}, point{p.x - nx, p.y - ny}, point{q.x - nx, q.y - ny})
	}
}

// dot adds a disc.
func (b *brush) dot(p point, radius float64) {
	const corners = 12
	var ps [corners]point
	for i := range ps {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / corners)
		ps[i] = point{p.x + radius*cos, p.y - radius*sin}
	}
	b.polygon(ps[:]...)
}

func (b *brush) polygon(ps ...point) {
	for i, p := range ps {
		x, y := float32(p.x-float64(b.box.Min.X)), float32(p.y-float64(b.box.Min.Y))
		if i == 0 {
			b.raster.MoveTo(x, y)
			continue
		}
		b.raster.LineTo(x, y)
	}
	b.raster.ClosePath()
}

// paint puts what was added on the canvas.
func (b *brush) paint(with color.Color) {
	b.raster.Draw(b.canvas.RGBA, b.box, image.NewUniform(with), image.Point{})
	b.raster.Reset(b.box.Dx(), b.box.Dy())
}

func round(v float64) int { return int(math.Round(v)) }
