package rules

import (
	"time"

	"github.com/prometheus/alertmanager/timeinterval"
)

// Times are a named set of intervals in wall time, an item of `time_intervals`.
type Times struct {
	Name      string
	Intervals []Interval
}

// An Interval holds at the minutes of Ranges on the days that Days says; without
// ranges, all day. Days and minutes are those of Location.
type Interval struct {
	Ranges   []MinuteRange
	Days     timeinterval.TimeInterval // Times and Location unset
	Location *time.Location            // never nil
}

// A MinuteRange is from the minute Begin of a day until before End. With End not
// after Begin it goes on until End of the next day, and belongs to the day on
// which it begins.
type MinuteRange struct{ Begin, End int }

// Contains reports whether a time lies in one of the intervals.
func (t *Times) Contains(at time.Time) bool {
	for i := range t.Intervals {
		if t.Intervals[i].Contains(at) {
			return true
		}
	}
	return false
}

// Contains reports whether a time lies in the interval. It reads the wall clock of
// the location: an hour that comes twice in autumn holds both times, one that is
// left out in spring never.
func (v *Interval) Contains(at time.Time) bool {
	at = at.In(v.Location)
	if len(v.Ranges) == 0 {
		return v.on(at, 0)
	}
	minute := at.Hour()*60 + at.Minute()
	for _, r := range v.Ranges {
		switch {
		case r.Begin < r.End:
			if minute >= r.Begin && minute < r.End && v.on(at, 0) {
				return true
			}
		case minute >= r.Begin && v.on(at, 0):
			return true
		case minute < r.End && v.on(at, -1):
			return true
		}
	}
	return false
}

// on reports whether the interval holds on the day of a time of its location, or
// so many days later. Days are counted on the calendar, at noon in UTC: no change
// of clocks makes one of them, or its month, longer or shorter.
func (v *Interval) on(at time.Time, days int) bool {
	year, month, day := at.Date()
	return v.Days.ContainsTime(time.Date(year, month, day+days, 12, 0, 0, 0, time.UTC))
}

// turn returns the first instant after a time at which one of the intervals may
// begin or cease to hold.
func (t *Times) turn(at time.Time) time.Time {
	var first time.Time
	for i := range t.Intervals {
		if next := t.Intervals[i].turn(at); first.IsZero() || next.Before(first) {
			first = next
		}
	}
	return first
}

// turn returns the first instant after a time at which the wall clock of the
// location comes to midnight or to a bound of a range, or is changed itself. Until
// then Contains says the same.
func (v *Interval) turn(at time.Time) time.Time {
	at = at.In(v.Location)
	hour, minute, second := at.Clock()
	now := time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute +
		time.Duration(second)*time.Second + time.Duration(at.Nanosecond())
	left := 24*time.Hour - now
	for _, r := range v.Ranges {
		for _, bound := range []int{r.Begin, r.End} {
			if d := time.Duration(bound)*time.Minute - now; d > 0 && d < left {
				left = d
			}
		}
	}
	next := at.Add(left)
	if _, end := at.ZoneBounds(); !end.IsZero() && end.Before(next) {
		return end
	}
	return next
}
