package file_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/alertmanager/timeinterval"
	"github.com/prometheus/common/model"
	"pgregory.net/rapid"

	"tocsin/rules"
	"tocsin/rules/file"
)

// muteConfig is a config with one mute time of the intervals that are given.
func muteConfig(intervals string) string {
	return "time_intervals: [{name: x, time_intervals: " + intervals + "}]\n" +
		"route: {receiver: a, routes: [{matchers: [a=b], mute_time_intervals: [x]}]}\nreceivers: [{name: a}]\n"
}

func at(t testing.TB, s string) model.Time {
	t.Helper()
	v, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return model.TimeFromUnixNano(v.UnixNano())
}

func TestTimeIntervals(t *testing.T) {
	for _, c := range []struct{ why, intervals, at, want string }{
		{"nothing said is always", "[{}]", "2025-06-06T12:00:00Z", "x"},
		{"no interval is never", "[]", "2025-06-06T12:00:00Z", ""},
		{"one of several", "[{weekdays: [monday]}, {weekdays: ['thursday:friday']}]", "2025-06-06T12:00:00Z", "x"},
		{"all that an interval says holds at once", "[{weekdays: [friday], months: [july]}]", "2025-06-06T12:00:00Z", ""},
		{"words in any case", "[{weekdays: [Friday], months: ['May:JUNE']}]", "2025-06-06T12:00:00Z", "x"},
		{"months by number, years, days", "[{months: [6], years: ['2025:2026'], days_of_month: ['1:6']}]", "2025-06-06T12:00:00Z", "x"},
		{"the last three days of a short month", "[{days_of_month: ['-3:-1']}]", "2025-02-26T12:00:00Z", "x"},
		{"and not the fourth last", "[{days_of_month: ['-3:-1']}]", "2025-02-25T12:00:00Z", ""},
		{"until midnight", "[{times: [{start_time: '17:00', end_time: '24:00'}]}]", "2025-06-06T23:59:00Z", "x"},
		{"across midnight", "[{times: [{start_time: '22:00', end_time: '06:00'}], weekdays: [friday]}]", "2025-06-07T05:59:00Z", "x"},
		{"the location's day", "[{weekdays: [saturday], location: Australia/Sydney}]", "2025-06-06T14:00:00Z", "x"},
		{"an empty list is never", "[{weekdays: []}]", "2025-06-06T12:00:00Z", ""},
		{"an empty list of times, too", "[{times: []}]", "2025-06-06T12:00:00Z", ""},
		{"a key without a value says nothing", "[{weekdays: , times: }]", "2025-06-06T12:00:00Z", "x"},
	} {
		l := loadConfig(t, muteConfig(c.intervals))
		if by, _ := l.Core.Route.Routes[0].Muted(at(t, c.at)); by != c.want {
			t.Errorf("%s: muted by %q", c.why, by)
		}
	}
}

// Local is the machine's own zone, as in Alertmanager.
func TestLocalTimeIntervals(t *testing.T) {
	l := loadConfig(t, muteConfig("[{location: Local}]"))
	if loc := l.Core.Route.Routes[0].MuteTimes[0].Intervals[0].Location; loc != time.Local {
		t.Errorf("%v", loc)
	}
}

// What Alertmanager's own reader of intervals accepts is accepted and holds at the
// same times, and what it refuses is refused, but for ranges across midnight.
func TestTimeIntervalsAreAlertmanagers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := someIntervalText(t)
		var theirs timeinterval.TimeInterval
		err := json.Unmarshal([]byte(text), &theirs)
		loaded, problems := file.Load(file.Options{
			Files:      file.Memory{"c": "prometheus: http://x\nrule_files: [r]\n" + muteConfig("["+text+"]"), "r": oneRule},
			ConfigFile: "c",
		})
		if (err != nil) != failed(problems) {
			t.Fatalf("%s: %v, and ours says %v", text, err, problems)
		}
		if err != nil {
			return
		}
		for range 20 {
			at := model.TimeFromUnix(rapid.Int64Range(1_704_067_200, 1_798_761_600).Draw(t, "at"))
			if _, ours := loaded.Core.Route.Routes[0].Muted(at); ours != theirs.ContainsTime(at.Time().UTC()) {
				t.Fatalf("%s at %s: %v", text, at.Time().UTC(), ours)
			}
		}
	})
}

// someIntervalText draws an interval as JSON. Days of a month come without changes
// of clocks: across one Alertmanager takes March for a month of thirty days.
func someIntervalText(t *rapid.T) string {
	var parts []string
	list := func(key, wrong string, words ...string) bool {
		if rapid.IntRange(0, 2).Draw(t, key) != 0 {
			return false
		}
		some := rapid.SliceOfN(rapid.SampledFrom(words), 0, 3).Draw(t, key)
		if rapid.IntRange(0, 9).Draw(t, "wrong") == 0 {
			some = append(some, rapid.SampledFrom(strings.Fields(wrong)).Draw(t, key))
		}
		b, err := json.Marshal(some)
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, fmt.Sprintf("%q: %s", key, b))
		return true
	}
	list("weekdays", "friday:monday mon monday:tuesday:friday", "monday", "tuesday:friday", "Sunday", "saturday:saturday")
	days := list("days_of_month", "0 -1:1 -40 5:1 first", "1", "1:10", "-5:-1", "31", "20:-1")
	list("months", "may:april juni", "january", "march:june", "2", "6:9", "JULY", "0", "12")
	list("years", "2026:2025 next", "2024", "2025:2026")
	zones := []string{"UTC", "Asia/Kolkata", ""}
	if rapid.IntRange(0, 9).Draw(t, "lost") == 0 {
		zones = append(zones, "Mars/Olympus")
	}
	if !days {
		zones = append(zones, "Europe/Berlin", "America/New_York", "Australia/Lord_Howe")
	}
	if rapid.Bool().Draw(t, "located") {
		parts = append(parts, fmt.Sprintf(`"location": %q`, rapid.SampledFrom(zones).Draw(t, "zone")))
	}
	if rapid.Bool().Draw(t, "timed") {
		parts = append(parts, `"times": [`+strings.Join(someRanges(t), ", ")+"]")
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

func someRanges(t *rapid.T) (all []string) {
	bounds := []string{"00:00", "05:30", "12:00", "17:45", "23:59", "24:00"}
	for range rapid.IntRange(0, 2).Draw(t, "ranges") {
		from := rapid.IntRange(0, len(bounds)-2).Draw(t, "from")
		to := rapid.IntRange(from+1, len(bounds)-1).Draw(t, "to")
		begin, end := bounds[from], bounds[to]
		if rapid.IntRange(0, 19).Draw(t, "wrong") == 0 {
			end = rapid.SampledFrom([]string{"24:01", "1:00", "noon", ""}).Draw(t, "end")
		}
		all = append(all, fmt.Sprintf(`{"start_time": %q, "end_time": %q}`, begin, end))
	}
	return all
}

// mute_time_intervals is the older name of the section; both may be there.
func TestMuteTimeIntervals(t *testing.T) {
	l := loadConfig(t, `
time_intervals: [{name: office, time_intervals: [{times: [{start_time: '09:00', end_time: '17:00'}]}]}]
mute_time_intervals: [{name: nights, time_intervals: [{times: [{start_time: '22:00', end_time: '06:00'}]}]}]
route:
  receiver: a
  routes:
    - matchers: [a=b]
      mute_time_intervals: [nights]
      active_time_intervals: [office, nights]
      routes: [{matchers: [c=d]}]
receivers: [{name: a}]
`)
	r := l.Core.Route.Routes[0]
	if got := namesOf(r.MuteTimes); !slices.Equal(got, []string{"nights"}) {
		t.Errorf("mute times %q", got)
	}
	if got := namesOf(r.ActiveTimes); !slices.Equal(got, []string{"office", "nights"}) {
		t.Errorf("active times %q", got)
	}
	if child := r.Routes[0]; child.MuteTimes != nil || child.ActiveTimes != nil {
		t.Errorf("a child does not inherit them: %+v", child)
	}
}

func namesOf(all []*rules.Times) (names []string) {
	for _, times := range all {
		names = append(names, times.Name)
	}
	return names
}
