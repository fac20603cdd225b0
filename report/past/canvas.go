package past

import (
	"fmt"
	htmltext "html"
	"html/template"
	"strings"
)

// A canvas is an SVG that is as wide as there is room: places along it are parts of
// the width from 0 to 1, heights are pixels. So its words stay as large as they are
// on a narrow screen.
type canvas struct{ b strings.Builder }

// newCanvas begins a picture with a name for those who don't see it.
func newCanvas(class, name string, height float64) *canvas {
	c := &canvas{}
	fmt.Fprintf(&c.b, `<svg class="%s" role="img" aria-label="%s" width="100%%" height="%s">`, class, htmltext.EscapeString(clean(name)), short(height))
	return c
}

// html ends the picture. All that is written into it is numbers, classes of our
// own, and text that is escaped.
func (c *canvas) html() template.HTML {
	c.b.WriteString("</svg>")
	return template.HTML(c.b.String()) //nolint:gosec // see above
}

// short writes a number without what nobody sees.
func short(v float64) string {
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.2f", v), "0"), ".")
}

func percent(v float64) string { return short(v*100) + "%" }

func title(s string) string {
	if s == "" {
		return ""
	}
	return "<title>" + htmltext.EscapeString(s) + "</title>"
}

// A box is a place: along the picture in parts of its width, down it in pixels.
type box struct{ x, width, y, height float64 }

func (c *canvas) rect(class string, at box, name string) {
	fmt.Fprintf(&c.b, `<rect class="%s" x="%s" width="%s" y="%s" height="%s">%s</rect>`,
		class, percent(at.x), percent(at.width), short(at.y), short(at.height), title(name))
}

func (c *canvas) across(class string, y float64) {
	fmt.Fprintf(&c.b, `<line class="%s" x1="0" x2="100%%" y1="%s" y2="%s"/>`, class, short(y), short(y))
}

func (c *canvas) down(class string, x, y1, y2 float64) {
	fmt.Fprintf(&c.b, `<line class="%s" x1="%s" x2="%s" y1="%s" y2="%s"/>`, class, percent(x), percent(x), short(y1), short(y2))
}

// text writes words at a place; anchor is start, middle or end.
func (c *canvas) text(class, anchor string, x, y float64, s string) {
	fmt.Fprintf(&c.b, `<text class="%s" text-anchor="%s" x="%s" y="%s">%s</text>`, class, anchor, percent(x), short(y), htmltext.EscapeString(s))
}

func (c *canvas) dot(class string, x, y, r float64, name string) {
	fmt.Fprintf(&c.b, `<circle class="%s" cx="%s" cy="%s" r="%s">%s</circle>`, class, percent(x), short(y), short(r), title(name))
}

// shapes begins a part that is stretched to the width: so many units wide, and as
// high as it is in pixels. It must be ended.
func (c *canvas) shapes(units int, y, height float64) {
	fmt.Fprintf(&c.b, `<svg x="0" y="%s" width="100%%" height="%s" viewBox="0 0 %d %s" preserveAspectRatio="none">`, short(y), short(height), units, short(height))
}

func (c *canvas) end() { c.b.WriteString("</svg>") }

func (c *canvas) path(class, d string) {
	fmt.Fprintf(&c.b, `<path class="%s" d="%s"/>`, class, d)
}
