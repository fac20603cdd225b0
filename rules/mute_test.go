package rules_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"pgregory.net/rapid"

	"tocsin/rules"
)

func times(name string, all ...rules.Interval) *rules.Times {
	return &rules.Times{Name: name, Intervals: all}
}

func stamp(t testing.TB, s string) model.Time {
	return model.TimeFromUnixNano(instant(t, s).UnixNano())
}

func TestRouteMuted(t *testing.T) {
	nights := times("nights", rules.Interval{Ranges: minutes(t, "22:00 06:00"), Location: time.UTC})
	weekends := times("weekends",
		rules.Interval{Days: weekdays(time.Saturday, time.Saturday), Location: time.UTC},
		rules.Interval{Days: weekdays(time.Sunday, time.Sunday), Location: time.UTC})
	office := times("office", rules.Interval{Ranges: minutes(t, "09:00 17:00"), Days: weekdays(time.Monday, time.Friday), Location: time.UTC})
	saturdays := times("saturdays", rules.Interval{Days: weekdays(time.Saturday, time.Saturday), Location: time.UTC})
	mute := func(all ...*rules.Times) *rules.Route { return &rules.Route{MuteTimes: all} }
	active := func(all ...*rules.Times) *rules.Route { return &rules.Route{ActiveTimes: all} }
	for _, c := range []struct {
		why, at, by, opens string
		r                  *rules.Route
	}{
		{"without times a route is open", "2025-06-06T12:00:00Z", "", "2025-06-06T12:01:00Z", &rules.Route{}},
		{"no mute time holds", "2025-06-06T12:00:00Z", "", "2025-06-06T12:01:00Z", mute(nights, weekends)},
		{"the second holds", "2025-06-07T12:00:00Z", "weekends", "2025-06-09T06:00:00Z", mute(nights, weekends)},
		{"one ends and the next has begun", "2025-06-06T23:00:00Z", "nights", "2025-06-09T06:00:00Z", mute(nights, weekends)},
		{"an active time holds", "2025-06-06T12:00:00Z", "", "2025-06-06T12:01:00Z", active(office)},
		{"outside of the only one", "2025-06-06T17:00:00Z", "outside office", "2025-06-09T09:00:00Z", active(office)},
		{"outside of both", "2025-06-06T17:00:00Z", "outside office, saturdays", "2025-06-07T00:00:00Z", active(office, saturdays)},
		{"mute wins over active", "2025-06-06T16:00:00Z", "office", "2026-06-07T16:01:00Z", &rules.Route{MuteTimes: []*rules.Times{office}, ActiveTimes: []*rules.Times{office}}},
		{"for ever is a year", "2025-06-06T16:00:00Z", "outside void", "2026-06-07T16:01:00Z", active(times("void"))},
	} {
		at := stamp(t, c.at)
		if by, muted := c.r.Muted(at); by != c.by || muted != (c.by != "") {
			t.Errorf("%s: by %q (%v)", c.why, by, muted)
		}
		if got := c.r.Opens(at); got != stamp(t, c.opens) {
			t.Errorf("%s: opens at %s", c.why, got.Time().UTC().Format(time.RFC3339))
		}
	}
}

// When clocks change, a route opens when the clock on the wall says so.
func TestF32RouteOpensAcrossChangesOfClocks(t *testing.T) {
	for _, c := range []struct{ why, zone, span, at, want string }{
		{"spring: a night of seven hours", "Europe/Berlin", "22:00 06:00", "2025-03-29T22:00:00Z", "2025-03-30T04:00:00Z"},
		{"autumn: a night of nine", "Europe/Berlin", "22:00 06:00", "2025-10-25T21:00:00Z", "2025-10-26T05:00:00Z"},
		{"spring: the end is left out", "Europe/Berlin", "22:00 02:30", "2025-03-29T22:00:00Z", "2025-03-30T01:00:00Z"},
		{"autumn: the end comes twice, and counts the first time", "Europe/Berlin", "22:00 02:30", "2025-10-25T21:00:00Z", "2025-10-26T00:30:00Z"},
		{"autumn: the clock is put back into the range", "Europe/Berlin", "22:00 02:30", "2025-10-26T00:59:00Z", "2025-10-26T01:30:00Z"},
		{"in America it is another Sunday", "America/New_York", "01:30 02:00", "2025-11-02T05:30:00Z", "2025-11-02T06:00:00Z"},
		{"and the hour comes again", "America/New_York", "01:30 02:00", "2025-11-02T06:30:00Z", "2025-11-02T07:00:00Z"},
		{"half an hour of offset", "Asia/Kolkata", "22:00 06:00", "2025-06-01T16:30:00Z", "2025-06-02T00:30:00Z"},
		{"half an hour of summer time", "Australia/Lord_Howe", "01:00 03:00", "2025-10-04T14:30:00Z", "2025-10-04T16:00:00Z"},
		{"and back", "Australia/Lord_Howe", "01:00 03:00", "2025-04-05T14:00:00Z", "2025-04-05T16:30:00Z"},
	} {
		r := &rules.Route{MuteTimes: []*rules.Times{times("x", rules.Interval{Ranges: minutes(t, c.span), Location: location(t, c.zone)})}}
		if got := r.Opens(stamp(t, c.at)); got != stamp(t, c.want) {
			t.Errorf("%s: opens at %s", c.why, got.Time().UTC().Format(time.RFC3339))
		}
	}
}

// Opens agrees with whoever looks at each minute.
func TestOpensIsTheMinuteWalk(t *testing.T) {
	const days = 10
	zones := []*time.Location{time.UTC}
	for _, name := range []string{
		"Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Africa/Cairo", "Pacific/Apia", "America/St_Johns",
	} {
		zones = append(zones, location(t, name))
	}
	starts := []string{
		"2025-03-27T00:00:00Z", "2025-10-23T00:00:00Z", "2025-03-06T00:00:00Z", "2025-10-30T00:00:00Z",
		"2025-10-02T00:00:00Z", "2025-04-03T00:00:00Z", "2025-04-22T00:00:00Z", "2011-12-27T00:00:00Z", "2024-02-25T00:00:00Z",
	}
	rapid.Check(t, func(t *rapid.T) {
		r := &rules.Route{MuteTimes: someTimes(t, zones, "mute"), ActiveTimes: someTimes(t, zones, "active")}
		start, err := time.Parse(time.RFC3339, rapid.SampledFrom(starts).Draw(t, "start"))
		if err != nil {
			t.Fatal(err)
		}
		at := model.TimeFromUnixNano(start.UnixNano()).Add(time.Duration(rapid.Int64Range(0, 5*24*3600*1000).Draw(t, "ms")) * time.Millisecond)
		got, want := r.Opens(at), walk(r, at, days*24*time.Hour)
		if want == 0 && got.Sub(at) > days*24*time.Hour {
			return
		}
		if got != want {
			t.Fatalf("opens at %s, and the walk says %s", got.Time().UTC(), want.Time().UTC())
		}
	})
}

// walk is Opens, minute by minute; 0 if it stays muted for so long.
func walk(r *rules.Route, at model.Time, most time.Duration) model.Time {
	for t := at.Time().Truncate(time.Minute).Add(time.Minute); ; t = t.Add(time.Minute) {
		now := model.TimeFromUnixNano(t.UnixNano())
		if now.Sub(at) > most {
			return 0
		}
		if _, muted := r.Muted(now); !muted {
			return now
		}
	}
}

func someTimes(t *rapid.T, zones []*time.Location, what string) (all []*rules.Times) {
	for i := range rapid.IntRange(0, 2).Draw(t, what) {
		one := &rules.Times{Name: fmt.Sprint(what, i)}
		for range rapid.IntRange(1, 3).Draw(t, "intervals") {
			one.Intervals = append(one.Intervals, someInterval(t, zones))
		}
		all = append(all, one)
	}
	return all
}

func someInterval(t *rapid.T, zones []*time.Location) rules.Interval {
	v := rules.Interval{Location: rapid.SampledFrom(zones).Draw(t, "zone")}
	for range rapid.IntRange(0, 3).Draw(t, "ranges") {
		v.Ranges = append(v.Ranges, rules.MinuteRange{
			Begin: rapid.IntRange(0, 1439).Draw(t, "begin"), End: rapid.IntRange(0, 1440).Draw(t, "end"),
		})
	}
	switch rapid.IntRange(0, 3).Draw(t, "days") {
	case 1:
		from := rapid.IntRange(0, 6).Draw(t, "from")
		v.Days = weekdays(time.Weekday(from), time.Weekday(rapid.IntRange(from, 6).Draw(t, "to")))
	case 2:
		from := rapid.IntRange(1, 28).Draw(t, "from")
		v.Days = daysOfMonth(from, rapid.IntRange(from, 31).Draw(t, "to"))
	case 3:
		v.Days = daysOfMonth(rapid.IntRange(-10, -3).Draw(t, "from"), rapid.IntRange(-3, -1).Draw(t, "to"))
	}
	return v
}

// BenchmarkOpens is of a route that stays muted for a whole year: the longest way.
func BenchmarkOpens(b *testing.B) {
	berlin := location(b, "Europe/Berlin")
	r := &rules.Route{ActiveTimes: []*rules.Times{times("never",
		rules.Interval{Days: never(), Location: berlin},
		rules.Interval{Days: never(), Ranges: minutes(b, "09:00 12:00", "13:00 17:00"), Location: berlin},
	)}}
	at := stamp(b, "2025-06-06T12:00:00Z")
	for b.Loop() {
		r.Opens(at)
	}
}
