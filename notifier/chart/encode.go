package chart

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
)

// encode writes the picture with a palette: a chart has few colours but for the
// edges of its lines and letters, whose shades are made coarser until all of
// them fit.
func encode(src *image.RGBA) ([]byte, error) {
	var picture *image.Paletted
	all := runs(src)
	for bits := finest; picture == nil; bits-- {
		if bits == 0 {
			return nil, errColours
		}
		picture = reduce(all, src.Bounds(), bits)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, picture); err != nil {
		return nil, fmt.Errorf("chart: %w", err)
	}
	return b.Bytes(), nil
}

const (
	mostColours = 256 // in a palette
	flat        = 16  // dots in a row of one colour are an area, and no edge
	finest      = 3   // bits of a channel in which edges may differ, at first
)

// errColours is a picture with more areas than a palette has places.
var errColours = errors.New("chart: too many colours")

// A palette gives each colour its place, in the order in which they are met.
type palette struct {
	colours color.Palette
	places  map[color.RGBA]int
}

// add returns the place of a colour that is known by a key.
func (p *palette) add(key, is color.RGBA) int {
	place, ok := p.places[key]
	if !ok {
		place = len(p.colours)
		p.places[key], p.colours = place, append(p.colours, is)
	}
	return place
}

// coarse makes the key of a colour by its highest bits. No colour of the picture
// is like it, for they are opaque.
func coarse(c color.RGBA, bits int) color.RGBA {
	mask := uint8(0xff << (8 - bits))
	return color.RGBA{c.R & mask, c.G & mask, c.B & mask, 0}
}

// A run is dots of one colour beside one another.
type run struct {
	at, dots int
	colour   color.RGBA
}

// runs cuts the picture into runs, none longer than a row.
func runs(src *image.RGBA) []run {
	all := make([]run, 0, 1<<14)
	for y := range src.Rect.Dy() {
		row := src.Pix[y*src.Stride:][:4*src.Rect.Dx()]
		for x := 0; x < len(row); {
			begin, dot := x, binary.LittleEndian.Uint32(row[x:])
			for x < len(row) && binary.LittleEndian.Uint32(row[x:]) == dot {
				x += 4
			}
			all = append(all, run{(y*src.Stride + begin) / 4, (x - begin) / 4, color.RGBA{row[begin], row[begin+1], row[begin+2], 255}})
		}
	}
	return all
}

// reduce finds a palette, or returns nil if there are too many colours. Those of
// areas stay as they are; those of edges that agree in the highest bits of their
// channels become the first of them.
func reduce(all []run, box image.Rectangle, bits int) *image.Paletted {
	p := palette{places: map[color.RGBA]int{}}
	for _, r := range all {
		if r.dots >= flat {
			p.add(r.colour, r.colour)
		}
	}
	dst := image.NewPaletted(box, nil)
	for _, r := range all {
		place, ok := p.places[r.colour]
		if !ok {
			place = p.add(coarse(r.colour, bits), r.colour)
		}
		if place >= mostColours {
			return nil
		}
		for i := r.at; i < r.at+r.dots; i++ {
			dst.Pix[i] = uint8(place)
		}
	}
	dst.Palette = p.colours
	return dst
}

// halve makes one dot of four.
func halve(src *image.RGBA) *image.RGBA {
	size := src.Bounds().Size().Div(2)
	dst := image.NewRGBA(image.Rectangle{Max: size})
	for y := range size.Y {
		for x := range size.X {
			from, to := src.PixOffset(2*x, 2*y), dst.PixOffset(x, y)
			for i := range 4 {
				four := int(src.Pix[from+i]) + int(src.Pix[from+4+i]) + int(src.Pix[from+src.Stride+i]) + int(src.Pix[from+src.Stride+4+i])
				dst.Pix[to+i] = uint8(four / 4)
			}
		}
	}
	return dst
}
