package past

import (
	"cmp"
	"fmt"
	"html/template"
	"math"
	"slices"
	"strings"
	"time"

	"tocsin/backtest"
	"tocsin/rules"
)

const (
	// mostDays is how many days a timeline shows, the last ones.
	mostDays = 62
	// cellMinutes is how much of a day is one dot.
	cellMinutes = 30
	dayHeight   = 22
)

// A dayLine is a day of a timeline: its name, when notifications came, and how many.
type dayLine struct {
	Name, Count string
	Picture     template.HTML
	Weekend     bool
}

// A moment is the notifications of half an hour.
type moment struct {
	slot, count int
	worst       rules.Level
	names       []string
}

// timeline is a line for each day, the night shaded; left is how many days there
// are before these.
//
// Of two results those of before are rings, and those of now lie over them.
func (o Options) timeline(was, is *backtest.Result) (lines []dayLine, left int) {
	days, before := o.days(is), []dayTally(nil)
	left = max(len(days)-mostDays, 0)
	now, then := o.moments(is), map[string][]moment{}
	if was != nil {
		before, then = o.days(was), o.moments(was)
	}
	for i := left; i < len(days); i++ {
		d, count := days[i], thousands(days[i].count)
		if i < len(before) && before[i].count != d.count {
			count = thousands(before[i].count) + " → " + count
		}
		c := newCanvas("day", "Notifications of "+d.day.Format("Mon 2 Jan"), dayHeight)
		c.rect("night", box{0, 7.0 / 24, 0, dayHeight}, "")
		c.rect("night", box{22.0 / 24, 2.0 / 24, 0, dayHeight}, "")
		for _, h := range []float64{6, 12, 18} {
			c.down("grid", h/24, 0, dayHeight)
		}
		date := d.day.Format(time.DateOnly)
		c.moments("ring", then[date])
		c.moments("dot", now[date])
		lines = append(lines, dayLine{
			Name: d.day.Format("Mon 2 Jan"), Count: count, Picture: c.html(),
			Weekend: d.day.Weekday() == time.Saturday || d.day.Weekday() == time.Sunday,
		})
	}
	return lines, left
}

func (c *canvas) moments(class string, all []moment) {
	for _, m := range all {
		size := math.Min(2.5+1.3*math.Sqrt(float64(m.count)), 10)
		if class == "ring" {
			size += 1.5
		}
		c.dot(class+" "+m.worst.String(), (float64(m.slot)+0.5)*cellMinutes/day, dayHeight/2, size, m.String())
	}
}

// String says what a moment was about: "14:30 to 15:00: 2 notifications, Latency".
func (m moment) String() string {
	clock := func(slot int) string { return fmt.Sprintf("%02d:%02d", slot*cellMinutes/60, slot*cellMinutes%60) }
	names := m.names
	if left := len(names) - 3; left > 0 {
		names = append(names[:3:3], fmt.Sprintf("%d more", left))
	}
	return fmt.Sprintf("%s to %s: %s, %s", clock(m.slot), clock(m.slot+1), count(m.count, "notification"), strings.Join(names, ", "))
}

// moments are the notifications of each day, in order.
func (o Options) moments(r *backtest.Result) map[string][]moment {
	all := map[string][]moment{}
	for i := range r.Notifications {
		n := &r.Notifications[i]
		at := n.At.Time().In(o.zone())
		date, slot := at.Format(time.DateOnly), (at.Hour()*60+at.Minute())/cellMinutes
		day := all[date]
		// The clock may be set back: the last one is not always the one.
		k := slices.IndexFunc(day, func(m moment) bool { return m.slot == slot })
		if k < 0 {
			k = len(day)
			day = append(day, moment{slot: slot})
		}
		day[k].take(n)
		all[date] = day
	}
	for _, day := range all {
		slices.SortFunc(day, func(a, b moment) int { return cmp.Compare(a.slot, b.slot) })
	}
	return all
}

func (m *moment) take(n *backtest.Notification) {
	m.count++
	m.worst = max(m.worst, n.Level)
	for _, t := range n.Alerts {
		if name := clean(t.Name); len(m.names) < 20 && !slices.Contains(m.names, name) {
			m.names = append(m.names, name)
		}
	}
}

// clockFace names the hours above a timeline.
func clockFace() template.HTML {
	c := newCanvas("day", "hours of the day", 16)
	for _, h := range []int{0, 6, 12, 18} {
		c.text("axis", "start", float64(h)/24+0.003, 12, fmt.Sprintf("%02d:00", h))
	}
	return c.html()
}
