package past

import (
	"fmt"
	"html/template"
	"math"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/backtest"
	"tocsin/rules"
)

// Heights of a chart's parts, in pixels.
const (
	plotTop    = 8
	plotHeight = 150
	stripGap   = 17 // with the name of the strip in it
	stripSize  = 12
	axisSize   = 22
)

// chartColumns is how many values a chart is drawn of: as many as a result has.
const chartColumns = 480

// mostNights is how many days are drawn with their nights.
const mostNights = 20

// A drawing is one chart while it is made.
type drawing struct {
	*canvas
	o           Options
	from, until model.Time
	rule        *rules.Rule
	low, high   []float64
	scale       scale
	values      bool // there are some to be drawn
	bottom      float64
}

// chart draws the values of a rule against its thresholds, and when it fires: one
// track for a result, two for a difference. Thresholds of before are drawn faintly.
func (o Options) chart(rr *backtest.RuleResult, was *rules.Rule, from, until model.Time, tracks []track) template.HTML {
	d := &drawing{o: o, from: from, until: until, rule: rr.Rule}
	d.low, d.high = envelope(rr.Chart, from, until, chartColumns)
	lines := bounds(rr.Rule)
	if was != nil {
		lines = append(bounds(was), lines...)
	}
	d.scale, d.values = scaleOf(append(append([]float64{}, d.low...), d.high...), lines)
	if rr.Rule.Kind == rules.PresenceRule && flat(d.low, d.high) {
		d.values = false
	}
	d.bottom = plotTop
	if d.values {
		d.bottom += plotHeight
	}
	height := d.bottom + float64(len(tracks))*(stripGap+stripSize) + axisSize
	d.canvas = newCanvas("chart", "Values and firing of "+rr.Rule.Alert, height)
	d.nights(height - axisSize)
	d.axis(height)
	if d.values {
		d.firing(tracks[len(tracks)-1].all)
		d.bands()
		d.grid()
		d.curve()
		if was != nil {
			d.old(was, rr.Rule)
		}
		d.bounds()
		d.numbers()
	}
	for i, t := range tracks {
		d.strip(t, d.bottom+float64(i)*(stripGap+stripSize)+stripGap, stripSize)
	}
	return d.html()
}

// flat reports whether values say nothing, as those of a presence rule that only
// ever returns 1.
func flat(low, high []float64) bool {
	first := math.NaN()
	for _, all := range [][]float64{low, high} {
		for _, v := range all {
			switch {
			case math.IsNaN(v):
			case math.IsNaN(first):
				first = v
			case v != first:
				return false
			}
		}
	}
	return true
}

// place is where an instant lies, from 0 to 1.
func (d *drawing) place(at time.Time) float64 {
	length := float64(d.until - d.from)
	return math.Min(math.Max(float64(model.TimeFromUnixNano(at.UnixNano())-d.from)/length, 0), 1)
}

func (d *drawing) y(v float64) float64 { return plotTop + (1-d.scale.at(v))*plotHeight }

// nights shades when people sleep, unless there are too many nights to see.
func (d *drawing) nights(height float64) {
	first := midnight(d.from.Time().In(d.o.zone()))
	if d.until.Sub(d.from) > mostNights*24*time.Hour {
		return
	}
	for day := first; day.Before(d.until.Time()); day = day.AddDate(0, 0, 1) {
		for _, hours := range [][2]int{{0, 7}, {22, 24}} {
			begin := time.Date(day.Year(), day.Month(), day.Day(), hours[0], 0, 0, 0, day.Location())
			end := time.Date(day.Year(), day.Month(), day.Day(), hours[1], 0, 0, 0, day.Location())
			if x, w := d.place(begin), d.place(end)-d.place(begin); w > 0 {
				d.rect("night", box{x, w, 0, height}, "")
			}
		}
	}
}

func (d *drawing) axis(height float64) {
	for _, t := range d.o.ticks(d.from, d.until, 8) {
		d.down("grid", t.at, 0, height-axisSize+4)
		if t.at < 0.93 {
			d.text("axis", "start", t.at+0.003, height-6, t.name)
		}
	}
}

// firing tints the times at which alerts fire.
func (d *drawing) firing(all []*backtest.Episode) {
	for _, r := range runs(levels(all, d.from, d.until, chartColumns)) {
		if r.level > rules.OK {
			d.rect("tint "+r.level.String(), box{r.from, r.until - r.from, plotTop, plotHeight}, "")
		}
	}
}

// bands shades where an alert that fires holds: from a threshold to its clear value.
func (d *drawing) bands() {
	for _, b := range bounds(d.rule) {
		if top, bottom := d.y(math.Max(b.at, b.clear)), d.y(math.Min(b.at, b.clear)); bottom > top {
			d.rect("band "+b.level.String(), box{0, 1, top, bottom - top}, "")
		}
	}
}

func (d *drawing) bounds() {
	for _, b := range bounds(d.rule) {
		d.across("bound "+b.level.String(), d.y(b.at))
		d.text("bound "+b.level.String(), "end", 0.995, math.Max(d.y(b.at)-4, 11), b.level.String()+" "+quantity(d.rule, b.at))
	}
}

// old draws the thresholds of before that are not the same now.
func (d *drawing) old(was, is *rules.Rule) {
	for _, b := range bounds(was) {
		same := false
		for _, now := range bounds(is) {
			same = same || now.level == b.level && now.at == b.at
		}
		if !same {
			d.across("bound was", d.y(b.at))
			d.text("bound was", "end", 0.80, math.Max(d.y(b.at)-4, 11), "was: "+b.level.String()+" "+quantity(was, b.at))
		}
	}
}

// grid draws lines at round values.
func (d *drawing) grid() {
	for _, v := range roundValues(d.scale, 4) {
		d.across("grid", d.y(v))
	}
}

func (d *drawing) numbers() {
	for _, v := range roundValues(d.scale, 4) {
		d.text("axis", "start", 0.003, d.y(v)-3, quantity(d.rule, v))
	}
}

// roundValues are some values between the edges of a scale that are easy to read.
func roundValues(s scale, most int) []float64 {
	size := math.Pow(10, math.Floor(math.Log10((s.high-s.low)/float64(most))))
	for _, f := range []float64{1, 2, 5, 10} {
		if (s.high-s.low)/(size*f) <= float64(most) {
			size *= f
			break
		}
	}
	var all []float64
	for n := math.Ceil(s.low / size); n*size < s.high-size*0.3 && len(all) <= most; n++ {
		all = append(all, n*size)
	}
	return all
}

// curve draws from the lowest to the highest value of all series, with gaps where
// there is none.
func (d *drawing) curve() {
	d.shapes(chartColumns, 0, plotTop+plotHeight)
	var area, top, bottom strings.Builder
	for _, run := range present(d.high) {
		area.WriteString(d.outline(d.high, run, false, "M") + d.outline(d.low, run, true, "L") + "Z")
		top.WriteString(d.outline(d.high, run, false, "M"))
		bottom.WriteString(d.outline(d.low, run, false, "M"))
	}
	d.path("envelope", area.String())
	d.path("low", bottom.String())
	d.path("high", top.String())
	d.end()
}

// outline goes along values of some columns, there or back.
func (d *drawing) outline(values []float64, run [2]int, back bool, begin string) string {
	var b strings.Builder
	for n := run[0]; n < run[1]; n++ {
		i := n
		if back {
			i = run[1] - 1 - (n - run[0])
		}
		fmt.Fprintf(&b, "%s%s %s", begin, short(float64(i)+0.5), short(d.y(values[i])))
		begin = "L"
	}
	if run[1]-run[0] == 1 { // one point has no length
		fmt.Fprintf(&b, "h0.8")
	}
	return b.String()
}

// present are the runs of columns that have values.
func present(values []float64) (all [][2]int) {
	for i := 0; i < len(values); i++ {
		n := i
		for n < len(values) && !math.IsNaN(values[n]) {
			n++
		}
		if n > i {
			all = append(all, [2]int{i, n})
			i = n
		}
	}
	return all
}

// A run is a time at one level, from 0 to 1.
type run struct {
	level       rules.Level
	from, until float64
}

func runs(all []rules.Level) (out []run) {
	n := float64(len(all))
	for i := 0; i < len(all); {
		k := i
		for k < len(all) && all[k] == all[i] {
			k++
		}
		out = append(out, run{all[i], float64(i) / n, float64(k) / n})
		i = k
	}
	return out
}

// strip draws when alerts fire: a warning half as high as an error, so that nobody
// needs the colours to tell them apart.
func (d *drawing) strip(t track, y, height float64) {
	length := float64(d.until - d.from)
	d.stripe(runs(levels(t.all, d.from, d.until, chartColumns)), y, height, func(r run) string {
		begin, end := d.from.Add(ms(r.from*length)), d.from.Add(ms(r.until*length))
		return fmt.Sprintf("%s, from about %s for about %s", r.level, d.o.stamp(begin), lasting(end.Sub(begin)))
	})
	d.text("axis name", "start", 0, y-4, t.name)
}

func ms(v float64) time.Duration { return time.Duration(v) * time.Millisecond }

// stripe draws when alerts fire, without anything around it.
func (c *canvas) stripe(all []run, y, height float64, name func(run) string) {
	c.rect("track", box{0, 1, y, height}, "")
	for _, r := range all {
		size := height
		switch r.level {
		case rules.OK:
			continue
		case rules.Warn:
			size = height / 2
		case rules.Error:
		}
		text := ""
		if name != nil {
			text = name(r)
		}
		c.rect("fire "+r.level.String(), box{r.from, math.Max(r.until-r.from, 0.003), y + height - size, size}, text)
	}
}
