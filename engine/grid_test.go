package engine

import (
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/robfig/cron/v3"

	"tocsin/rules"
)

func cronGrid(t *testing.T, spec, zone string) grid {
	t.Helper()
	parsed, err := cron.ParseStandard(spec)
	if err != nil {
		t.Fatal(err)
	}
	loc, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	return newGrid(&rules.Rule{Schedule: &rules.Schedule{
		Text: spec, Next: func(t time.Time) time.Time { return parsed.Next(t.In(loc)) },
	}})
}

// What a timer may be credited at an instant is measured back from it, not to the
// next one: at nine in the morning the night is behind and not ahead.
func TestDistanceToThePreviousInstant(t *testing.T) {
	for _, c := range []struct{ sentence, spec, zone, at, want string }{
		{"every five minutes", "*/5 * * * *", "UTC", "2026-03-02T12:00:00Z", "5m"},
		{"the last of the day has its neighbour before it", "*/5 9-16 * * *", "UTC", "2026-03-02T16:55:00Z", "5m"},
		{"the first of the day has the night before it", "*/5 9-16 * * *", "UTC", "2026-03-02T09:00:00Z", "16h5m"},
		{"the first of the week has the weekend before it", "0 9-17 * * MON-FRI", "UTC", "2026-03-02T09:00:00Z", "64h"},
		{"once a day, over a change of clocks", "0 12 * * *", "Europe/Berlin", "2026-03-29T10:00:00Z", "23h"},
		{"once in a leap year", "0 0 29 2 *", "UTC", "2028-02-29T00:00:00Z", "35064h"},
	} {
		at, err := time.Parse(time.RFC3339, c.at)
		if err != nil {
			t.Fatal(err)
		}
		want, err := time.ParseDuration(c.want)
		if err != nil {
			t.Fatal(err)
		}
		g := cronGrid(t, c.spec, c.zone)
		if got := g.before(model.TimeFromUnixNano(at.UnixNano())); got != want {
			t.Errorf("%s: %s at %s is %s after the one before, want %s", c.sentence, c.spec, c.at, got, want)
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
