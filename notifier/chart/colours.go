package chart

import (
	"image/color"

	"tocsin/rules"
)

// The colours stand out from the ground, and from one another also for those who
// don't see red and green apart: thresholds are dashed and named besides.

func ground() color.Color { return color.RGBA{0xd4, 0xda, 0xe3, 255} }
func board() color.Color  { return color.RGBA{0xe6, 0xea, 0xf0, 255} }
func grid() color.Color   { return color.RGBA{0xc9, 0xd0, 0xda, 255} }
func ink() color.Color    { return color.RGBA{0x1d, 0x23, 0x2c, 255} }
func soft() color.Color   { return color.RGBA{0x45, 0x4e, 0x5c, 255} }

// lines are the colours of series, the worst first.
func lines(n int) color.Color {
	return []color.Color{
		color.RGBA{0x1f, 0x5b, 0xc4, 255},
		color.RGBA{0x0b, 0x85, 0x7a, 255},
		color.RGBA{0x80, 0x3f, 0xb5, 255},
		color.RGBA{0x5c, 0x6b, 0x7f, 255},
		color.RGBA{0xa8, 0x4a, 0x86, 255},
	}[n%MostSeries]
}

// hue is the colour of a level, and shade the same as a tint over what is there.
func hue(l rules.Level) color.NRGBA {
	switch l {
	case rules.Error:
		return color.NRGBA{0xb9, 0x1c, 0x14, 255}
	case rules.Warn:
		return color.NRGBA{0x96, 0x4c, 0x00, 255}
	case rules.OK:
	}
	return color.NRGBA{0x06, 0x76, 0x47, 255}
}

func shade(l rules.Level, strength uint8) color.Color {
	c := hue(l)
	if l == rules.Warn {
		c = color.NRGBA{0xf0, 0x92, 0x00, 255}
	}
	c.A = strength
	return c
}
