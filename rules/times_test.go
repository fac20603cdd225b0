package rules_test

import (
	"testing"
	"time"

	"github.com/prometheus/alertmanager/timeinterval"

	"tocsin/rules"
)

func location(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func weekdays(from, to time.Weekday) timeinterval.TimeInterval {
	r := timeinterval.WeekdayRange{InclusiveRange: timeinterval.InclusiveRange{Begin: int(from), End: int(to)}}
	return timeinterval.TimeInterval{Weekdays: []timeinterval.WeekdayRange{r}}
}

func daysOfMonth(from, to int) timeinterval.TimeInterval {
	r := timeinterval.DayOfMonthRange{InclusiveRange: timeinterval.InclusiveRange{Begin: from, End: to}}
	return timeinterval.TimeInterval{DaysOfMonth: []timeinterval.DayOfMonthRange{r}}
}

// minutes are ranges such as "22:00 06:00".
func minutes(t testing.TB, all ...string) (rs []rules.MinuteRange) {
	t.Helper()
	for _, s := range all {
		begin, err := time.Parse("15:04", s[:5])
		if err != nil {
			t.Fatal(err)
		}
		end, err := time.Parse("15:04", s[6:])
		if err != nil {
			t.Fatal(err)
		}
		rs = append(rs, rules.MinuteRange{Begin: begin.Hour()*60 + begin.Minute(), End: end.Hour()*60 + end.Minute()})
	}
	return rs
}

func instant(t testing.TB, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestF32IntervalContains(t *testing.T) {
	berlin, cairo := location(t, "Europe/Berlin"), location(t, "Africa/Cairo")
	for _, c := range []struct {
		why  string
		v    rules.Interval
		at   string
		want bool
	}{
		{"nothing said is always", rules.Interval{Location: time.UTC}, "2025-06-01T12:00:00Z", true},
		{"the first minute counts", rules.Interval{Ranges: minutes(t, "09:00 17:00"), Location: time.UTC}, "2025-06-01T09:00:00Z", true},
		{"the last does not", rules.Interval{Ranges: minutes(t, "09:00 17:00"), Location: time.UTC}, "2025-06-01T17:00:00Z", false},
		{"the second of two ranges", rules.Interval{Ranges: minutes(t, "01:00 02:00", "09:00 17:00"), Location: time.UTC}, "2025-06-01T16:59:59Z", true},
		{"hours are those of the location", rules.Interval{Ranges: minutes(t, "09:00 17:00"), Location: berlin}, "2025-06-01T07:00:00Z", true},
		{"days are those of the location", rules.Interval{Days: weekdays(time.Monday, time.Monday), Location: berlin}, "2025-06-01T22:00:00Z", true},
		{"a night begins on its day", rules.Interval{Ranges: minutes(t, "22:00 06:00"), Days: weekdays(time.Friday, time.Friday), Location: time.UTC}, "2025-06-06T22:00:00Z", true},
		{"and goes on on the next", rules.Interval{Ranges: minutes(t, "22:00 06:00"), Days: weekdays(time.Friday, time.Friday), Location: time.UTC}, "2025-06-07T05:59:00Z", true},
		{"the morning of its own day belongs to the day before", rules.Interval{Ranges: minutes(t, "22:00 06:00"), Days: weekdays(time.Friday, time.Friday), Location: time.UTC}, "2025-06-06T05:59:00Z", false},
		{"from a time to the same is a day long", rules.Interval{Ranges: minutes(t, "09:00 09:00"), Days: weekdays(time.Friday, time.Friday), Location: time.UTC}, "2025-06-07T08:59:00Z", true},
		{"the night of the last of a month", rules.Interval{Ranges: minutes(t, "22:00 06:00"), Days: daysOfMonth(-1, -1), Location: time.UTC}, "2025-07-01T03:00:00Z", true},
		{"the last of March, though it is an hour short", rules.Interval{Days: daysOfMonth(-1, -1), Location: berlin}, "2025-03-31T12:00:00Z", true},
		{"and not the day before", rules.Interval{Days: daysOfMonth(-1, -1), Location: berlin}, "2025-03-30T12:00:00Z", false},
		{"02:30 in autumn, the first time", rules.Interval{Ranges: minutes(t, "02:30 02:45"), Location: berlin}, "2025-10-26T00:30:00Z", true},
		{"02:30 in autumn, the second time", rules.Interval{Ranges: minutes(t, "02:30 02:45"), Location: berlin}, "2025-10-26T01:30:00Z", true},
		{"between the two", rules.Interval{Ranges: minutes(t, "02:30 02:45"), Location: berlin}, "2025-10-26T00:45:00Z", false},
		{"02:30 in spring is left out", rules.Interval{Ranges: minutes(t, "02:30 02:45"), Location: berlin}, "2025-03-30T01:30:00Z", false},
		{"where midnight is left out the night still belongs to the day before", rules.Interval{Ranges: minutes(t, "22:00 06:00"), Days: weekdays(time.Thursday, time.Thursday), Location: cairo}, "2025-04-24T22:30:00Z", true},
		{"and the night after to its own", rules.Interval{Ranges: minutes(t, "22:00 06:00"), Days: weekdays(time.Thursday, time.Thursday), Location: cairo}, "2025-04-25T22:30:00Z", false},
	} {
		if got := (&rules.Times{Intervals: []rules.Interval{{Days: never(), Location: time.UTC}, c.v}}).Contains(instant(t, c.at)); got != c.want {
			t.Errorf("%s: %v", c.why, got)
		}
	}
	if (&rules.Times{}).Contains(instant(t, "2025-06-01T12:00:00Z")) {
		t.Error("no interval holds")
	}
}

// never holds on no day.
func never() timeinterval.TimeInterval {
	return timeinterval.TimeInterval{Years: []timeinterval.YearRange{{InclusiveRange: timeinterval.InclusiveRange{Begin: 1, End: 1}}}}
}
