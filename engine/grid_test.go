package engine

import (
	"testing"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/rules"
)

// minutes is a schedule of the minutes that match, none of them further than a
// week from the one before.
func minutes(zone string, match func(time.Time) bool) func(*testing.T) *rules.Schedule {
	return func(t *testing.T) *rules.Schedule {
		t.Helper()
		loc, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		return &rules.Schedule{Next: func(t time.Time) time.Time {
			t = t.Truncate(time.Minute).Add(time.Minute)
			for !match(t.In(loc)) {
				t = t.Add(time.Minute)
			}
			return t
		}}
	}
}

// leapDays is a schedule of midnights.
func leapDays(*testing.T) *rules.Schedule {
	return &rules.Schedule{Next: func(t time.Time) time.Time {
		year := t.Year() / 4 * 4
		for next := year; ; next += 4 {
			if day := time.Date(next, 2, 29, 0, 0, 0, 0, time.UTC); day.After(t) {
				return day
			}
		}
	}}
}

// What a timer may be credited at an instant is measured back from it, not to the
// next one: at nine in the morning the night is behind and not ahead.
func TestDistanceToThePreviousInstant(t *testing.T) {
	office := minutes("UTC", func(t time.Time) bool { return t.Minute()%5 == 0 && t.Hour() >= 9 && t.Hour() < 17 })
	weekdays := minutes("UTC", func(t time.Time) bool {
		return t.Minute() == 0 && t.Hour() >= 9 && t.Hour() < 18 && t.Weekday() > time.Sunday && t.Weekday() < time.Saturday
	})
	noon := minutes("Europe/Berlin", func(t time.Time) bool { return t.Hour() == 12 && t.Minute() == 0 })
	for _, c := range []struct {
		sentence string
		schedule func(*testing.T) *rules.Schedule
		at       time.Time
		want     time.Duration
	}{
		{"in the middle of the day", office, time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC), 5 * time.Minute},
		{"the last of the day has its neighbour before it", office, time.Date(2026, 3, 2, 16, 55, 0, 0, time.UTC), 5 * time.Minute},
		{"the first of the day has the night before it", office, time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), 16*time.Hour + 5*time.Minute},
		{"the first of the week has the weekend before it", weekdays, time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), 64 * time.Hour},
		{"once a day, over a change of clocks", noon, time.Date(2026, 3, 29, 10, 0, 0, 0, time.UTC), 23 * time.Hour},
		{"once in a leap year", leapDays, time.Date(2028, 2, 29, 0, 0, 0, 0, time.UTC), 1461 * 24 * time.Hour},
	} {
		g := newGrid(&rules.Rule{Schedule: c.schedule(t)})
		if got := g.before(model.TimeFromUnixNano(c.at.UnixNano())); got != c.want {
			t.Errorf("%s: %s after the one before, want %s", c.sentence, got, c.want)
		}
	}
}

func TestScheduleWithoutAPastHasNoDistance(t *testing.T) {
	first := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	g := grid{schedule: &rules.Schedule{Next: func(t time.Time) time.Time {
		if t.Before(first) {
			return first
		}
		return time.Time{}
	}}}
	if got := g.before(model.TimeFromUnixNano(first.UnixNano())); got != 0 {
		t.Errorf("the only instant there is lies %s after the one before it", got)
	}
}
