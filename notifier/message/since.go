package message

import (
	"time"

	"github.com/prometheus/common/model"

	"tocsin/notifier"
	"tocsin/rules"
)

// since says how long an alert has been or was firing: "for 5m, since 14:05
// UTC" or "lasted 12m, 14:05 to 14:17 UTC".
func since(e *notifier.Entry, firing bool, at model.Time) string {
	a := e.Alert
	if a.StartsAt == 0 {
		return ""
	}
	if !firing {
		end := ended(e)
		return "lasted " + Duration(end.Sub(a.StartsAt)) + ", " + clock(a.StartsAt, end) + " to " + clock(end, at) + " UTC"
	}
	text := "for " + Duration(at.Sub(a.StartsAt)) + ", since " + clock(a.StartsAt, at) + " UTC"
	if a.Level == a.Notify && a.Level > rules.OK && a.LevelSince > a.StartsAt {
		text += " (" + a.Level.String() + " since " + clock(a.LevelSince, at) + ")"
	}
	return text
}

// ended returns when an alert was over for who is told so: its end, or the time
// at which it fell below what the receiver gets.
func ended(e *notifier.Entry) model.Time {
	if e.Alert.EndsAt != 0 {
		return e.Alert.EndsAt
	}
	return max(e.Alert.LevelSince, e.Alert.StartsAt)
}

// clock writes the time of day, with the date if it is another day than ref's.
func clock(t, ref model.Time) string {
	x, r := t.Time().UTC(), ref.Time().UTC()
	switch {
	case x.Year() != r.Year():
		return x.Format("2006-01-02 15:04")
	case x.YearDay() != r.YearDay():
		return x.Format("Jan 2 15:04")
	}
	return x.Format("15:04")
}

// stamp is t for templates and JSON: UTC, and the zero time for none.
func stamp(t model.Time) time.Time {
	if t == 0 {
		return time.Time{}
	}
	return t.Time().UTC()
}
