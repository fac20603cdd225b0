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

// Contains reports whether a time lies in the interval.
func (v *Interval) Contains(at time.Time) bool {
	at = at.In(v.Location)
	if len(v.Ranges) == 0 {
		return v.on(at)
	}
	minute := at.Hour()*60 + at.Minute()
	for _, r := range v.Ranges {
		switch {
		case r.Begin < r.End:
			if minute >= r.Begin && minute < r.End && v.on(at) {
				return true
			}
		case minute >= r.Begin && v.on(at):
			return true
		case minute < r.End && v.on(at.AddDate(0, 0, -1)):
			return true
		}
	}
	return false
}

// on reports whether the interval holds on the day of a time of its location.
func (v *Interval) on(at time.Time) bool {
	noon := time.Date(at.Year(), at.Month(), at.Day(), 12, 0, 0, 0, time.UTC) // Days is read in UTC
	return v.Days.ContainsTime(noon)
}
