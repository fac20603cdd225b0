package chart

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tocsin/rules"
)

var update = flag.Bool("update", false, "write the golden files")

// Every picture is the one in testdata, at most 30 kB, and the same each time. Its
// bytes may be others with another version or machine; what is to be seen may not.
func TestRender(t *testing.T) {
	for _, c := range pictureCases() {
		t.Run(c.name, func(t *testing.T) {
			got, err := Render(c.data)
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join("testdata", c.name+".png")
			if *update {
				if err := os.WriteFile(path, got, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatalf("%v (run with -update to make it)", err)
			}
			if off := differ(t, got, want); off > 0.001 {
				t.Errorf("%s: %.2f %% of it are different", path, 100*off)
			}
			if again, _ := Render(c.data); !bytes.Equal(got, again) {
				t.Error("the same data make another picture")
			}
			if len(got) > mostBytes {
				t.Errorf("%d bytes", len(got))
			}
			size, err := png.DecodeConfig(bytes.NewReader(got))
			if err != nil || size.Width != Width*density || size.Height != Height*density {
				t.Errorf("%dx%d, %v", size.Width, size.Height, err)
			}
		})
	}
}

// differ is which part of two pictures differs so that it can be seen.
func differ(t *testing.T, a, b []byte) float64 {
	t.Helper()
	x, err := png.Decode(bytes.NewReader(a))
	y, other := png.Decode(bytes.NewReader(b))
	if err != nil || other != nil || x.Bounds() != y.Bounds() {
		t.Errorf("%v, %v", err, other)
		return 1
	}
	off := 0
	size := x.Bounds().Size()
	for i := range size.X * size.Y {
		r, g, b, _ := x.At(i%size.X, i/size.X).RGBA()
		s, h, c, _ := y.At(i%size.X, i/size.X).RGBA()
		if max(r, s)-min(r, s)+max(g, h)-min(g, h)+max(b, c)-min(b, c) > 0x3000 {
			off++
		}
	}
	return float64(off) / float64(size.X*size.Y)
}

// Noise, which would be too large, is drawn with fewer dots.
func TestNoise(t *testing.T) {
	noise := rand.New(rand.NewPCG(1, 2))
	d := latencyData()
	d.Series = nil
	for n := range MostSeries {
		d.Series = append(d.Series, wave(fmt.Sprint(n), 121, 90*time.Second, func(int) float64 { return noise.Float64() }))
	}
	b, err := Render(d)
	if err != nil || len(b) > mostBytes {
		t.Fatalf("%d bytes, %v", len(b), err)
	}
	if size, err := png.DecodeConfig(bytes.NewReader(b)); err != nil || size.Width != Width || size.Height != Height {
		t.Errorf("%dx%d, %v", size.Width, size.Height, err)
	}
}

// Any data make a picture of a bounded size, or an error, in bounded time.
func TestAnyData(t *testing.T) {
	value := rapid.OneOf(
		rapid.Float64(),
		rapid.Float64Range(-10, 1000),
		rapid.SampledFrom([]float64{0, math.NaN(), math.Inf(1), math.Inf(-1), math.MaxFloat64, -math.MaxFloat64, math.SmallestNonzeroFloat64, 1e-300, 0.1, 0.1 + 1e-17}),
	)
	when := rapid.Custom(func(t *rapid.T) time.Time {
		return at.Add(rapid.SampledFrom([]time.Duration{time.Millisecond, time.Second, time.Minute, time.Hour, 1000 * time.Hour}).Draw(t, "unit") *
			time.Duration(rapid.IntRange(-100, 100).Draw(t, "n")))
	})
	level := rapid.SampledFrom([]rules.Level{rules.OK, rules.Warn, rules.Error})
	rapid.Check(t, func(t *rapid.T) {
		d := Data{
			Title: rapid.String().Draw(t, "title"), Note: rapid.String().Draw(t, "note"),
			Unit: rapid.SampledFrom([]rules.Unit{"", "seconds", "bytes", "ratio", "percent", "per_second", "\x00é"}).Draw(t, "measured in"),
			From: when.Draw(t, "from"), Until: when.Draw(t, "until"), Step: time.Duration(rapid.IntRange(0, 1e10).Draw(t, "step")),
		}
		for range rapid.IntRange(0, 7).Draw(t, "series") {
			s := Series{Name: rapid.String().Draw(t, "name")}
			for range rapid.IntRange(0, 30).Draw(t, "points") {
				s.Times, s.Values = append(s.Times, when.Draw(t, "time")), append(s.Values, value.Draw(t, "value"))
			}
			d.Series = append(d.Series, s)
		}
		for range rapid.IntRange(0, 6).Draw(t, "thresholds") {
			d.Thresholds = append(d.Thresholds, Threshold{level.Draw(t, "level"), value.Draw(t, "bound"), value.Draw(t, "clear")})
			d.Firing = append(d.Firing, Interval{level.Draw(t, "level"), when.Draw(t, "since"), when.Draw(t, "until")})
		}
		b, err := Render(d)
		if err == nil && (len(b) > mostBytes || len(b) == 0) {
			t.Fatalf("%d bytes", len(b))
		}
		if err != nil && !errors.Is(err, errEmpty) && !errors.Is(err, errLarge) {
			t.Fatal(err)
		}
	})
}

// Axes have few marks, at round places, that read differently and lie on them.
func TestValueAxis(t *testing.T) {
	for _, c := range []struct {
		low, high float64
		unit      rules.Unit
		want      string
	}{
		{0.18, 0.63, rules.Seconds, "0 s|200 ms|400 ms|600 ms|800 ms"},
		{0.4, 0.42, rules.Seconds, "395 ms|400 ms|405 ms|410 ms|415 ms|420 ms|425 ms"},
		{60, 5000, rules.Seconds, "0 s|30m|1h|1h 30m"},
		{0, 90 * 86400, rules.Seconds, "0 s|25d|50d|75d|100d"},
		{3 << 30, 7 << 30, rules.Bytes, "0 B|2 GiB|4 GiB|6 GiB|8 GiB"},
		{0, 0.4, rules.Bytes, "0 B|0.1 B|0.2 B|0.3 B|0.4 B|0.5 B"},
		{0.01, 0.08, rules.Ratio, "0 %|2 %|4 %|6 %|8 %|10 %"},
		{1, 1, rules.NoUnit, "0|0.5|1|1.5"},
		{0, 0, rules.NoUnit, "-0.5|-0.25|0|0.25|0.5"},
		{-5, -4, "°C", "-5.25|-5|-4.75|-4.5|-4.25|-4|-3.75"},
		{-9, -1, "°C", "-10|-7.5|-5|-2.5|0"},
		{1000000.1, 1000000.4, rules.NoUnit, "1000000|1000000.1|1000000.2|1000000.3|1000000.4|1000000.5"},
	} {
		a := valueAxis(c.low, c.high, c.unit)
		if got := strings.Join(a.texts, "|"); got != c.want {
			t.Errorf("%v to %v %s: %s", c.low, c.high, c.unit, got)
		}
		if a.low > c.low || a.high < c.high || a.place(a.marks[0]) < 0 || a.place(c.high) > 1 {
			t.Errorf("%v to %v %s: %+v", c.low, c.high, c.unit, a)
		}
	}
}

func TestTimeAxis(t *testing.T) {
	for _, c := range []struct {
		span time.Duration
		want string
	}{
		{time.Minute, "14:09:00|14:09:30|14:10:00"},
		{10 * time.Minute, "14:00|14:05|14:10"},
		{time.Hour, "13:15|13:30|13:45|14:00"},
		{3 * time.Hour, "12:00|13:00|14:00"},
		{24 * time.Hour, "18:00|22 Nov|06:00|12:00"},
		{1000 * time.Hour, "16 Oct|27 Oct|7 Nov|18 Nov"},
	} {
		if got := strings.Join(timeAxis(at.Add(-c.span), at, 4).texts, "|"); got != c.want {
			t.Errorf("%v: %s", c.span, got)
		}
	}
}
