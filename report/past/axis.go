package past

import (
	"time"

	"github.com/prometheus/common/model"
)

// A tick is a place on the axis of time, from 0 to 1, with its name.
type tick struct {
	at   float64
	name string
	day  bool // a day begins there
}

const day = 24 * 60 // in minutes

// ticks are at most so many round times of a period, on the clock of the zone.
func (o Options) ticks(from, until model.Time, most int) []tick {
	length := until.Sub(from)
	step := 0
	for _, step = range []int{1, 5, 15, 30, 60, 3 * 60, 6 * 60, 12 * 60, day, 2 * day, 7 * day, 14 * day, 28 * day, 91 * day, 364 * day} {
		if length/time.Duration(step)/time.Minute <= time.Duration(most) {
			break
		}
	}
	var all []tick
	begin := from.Time().In(o.zone())
	for i := 0; len(all) < most; i++ {
		// Date counts minutes on the clock, so that days of 23 hours end where they do.
		at := time.Date(begin.Year(), begin.Month(), begin.Day(), 0, i*step, 0, 0, o.zone())
		if !at.Before(until.Time()) {
			break
		}
		if !at.Before(begin) {
			all = append(all, tick{float64(at.Sub(begin)) / float64(length), tickName(at, step), at.Hour() == 0 && at.Minute() == 0})
		}
	}
	return all
}

func tickName(at time.Time, step int) string {
	switch {
	case step < day && (at.Hour() != 0 || at.Minute() != 0):
		return at.Format("15:04")
	case step < 7*day:
		return at.Format("Mon 2")
	case step < 91*day:
		return at.Format("2 Jan")
	}
	return at.Format("Jan 2006")
}
