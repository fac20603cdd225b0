package file

import (
	"fmt"
	"time"

	"github.com/prometheus/alertmanager/timeinterval"
	"gopkg.in/yaml.v3"

	"tocsin/rules"
)

// A rawTimes is an item of time_intervals, as written.
type rawTimes struct {
	pos
	name      text
	intervals []rules.Interval
}

func (d *doc) namedTimes(n *yaml.Node) *rawTimes {
	t := &rawTimes{pos: d.at(n)}
	d.object(n, "named time interval", fields{
		"name": d.text(&t.name),
		"time_intervals": d.each("time intervals", func(n *yaml.Node) {
			if v, ok := d.timeInterval(n); ok {
				t.intervals = append(t.intervals, v)
			}
		}),
	})
	if t.name.s == "" {
		t.bad(CodeMissing, "a time interval needs a name, by which routes ask for it")
	}
	return t
}

// timeInterval reads one interval; false if it holds at no time, or has a mistake.
func (d *doc) timeInterval(n *yaml.Node) (rules.Interval, bool) {
	v, zone, void := rules.Interval{Location: time.UTC}, text{}, false
	days := &v.Days
	before := len(d.sink.all)
	d.object(n, "time interval", fields{
		"times":         d.listed(&void, d.each("times", func(n *yaml.Node) { d.minuteRange(n, &v) })),
		"weekdays":      d.listed(&void, ranges(d, "weekdays", "write 'monday:friday' or saturday, and the earlier first: the week begins on sunday", &days.Weekdays)),
		"days_of_month": d.listed(&void, ranges(d, "days of a month", "write 1, '1:7', or '-3:-1' for the last three, and the earlier first", &days.DaysOfMonth)),
		"months":        d.listed(&void, ranges(d, "months", "write december or '6:8', and the earlier first", &days.Months)),
		"years":         d.listed(&void, ranges(d, "years", "write 2030 or '2030:2032', and the earlier first", &days.Years)),
		"location":      d.text(&zone),
	})
	v.Location = timesZone(zone)
	return v, !void && !d.sink.failed(before)
}

// listed reads a list of an interval. An empty one holds at no time, as in
// Alertmanager.
func (d *doc) listed(void *bool, read setter) setter {
	return func(n *yaml.Node) {
		if m := resolve(n); m != nil && m.Kind == yaml.SequenceNode && len(m.Content) == 0 {
			d.at(m).warn(CodeNoTimes, "an empty list: the interval holds at no time, as in Alertmanager").
				Hint = "leave the key out to mean all of them"
			*void = true
		}
		read(n)
	}
}

// A ranger is a range that Alertmanager reads: of weekdays, months and so on.
type ranger[R any] interface {
	*R
	UnmarshalYAML(unmarshal func(any) error) error
}

// ranges reads a list of ranges with Alertmanager's own reader of each.
func ranges[R any, P ranger[R]](d *doc, what, hint string, into *[]R) setter {
	return func(n *yaml.Node) {
		var list []text
		d.texts(what, &list)(n)
		for _, t := range list {
			var r R
			if err := P(&r).UnmarshalYAML(t.decode); err != nil {
				t.bad(CodeTimes, "%q is no range of %s", short(t.s), what).Hint = hint
				continue
			}
			if m, ok := any(r).(timeinterval.MonthRange); ok && (m.Begin < 1 || m.End > 12) {
				t.warn(CodeNoTimes, "%q goes beyond the twelve months, which have the numbers 1 to 12", short(t.s))
			}
			*into = append(*into, r)
		}
	}
}

// decode hands the text to a reader of somebody else's.
func (t text) decode(into any) error {
	s, ok := into.(*string)
	if !ok {
		return fmt.Errorf("expected a text, not %T", into)
	}
	*s = t.s
	return nil
}

// minuteRange reads a range of times. One that ends no later than it begins goes
// on after midnight; Alertmanager refuses it.
func (d *doc) minuteRange(n *yaml.Node, v *rules.Interval) {
	var start, end text
	d.object(n, "time range", fields{
		"start_time": d.text(&start),
		"end_time":   d.text(&end),
	})
	if !start.set() || !end.set() {
		d.at(n).bad(CodeMissing, "a time range needs start_time and end_time")
		return
	}
	begin, ok := start.minute()
	until, good := end.minute()
	if begin == 24*60 {
		start.bad(CodeTimes, "nothing begins at 24:00, where the day is over").Hint = "write 00:00"
		return
	}
	if ok && good {
		v.Ranges = append(v.Ranges, rules.MinuteRange{Begin: begin, End: until})
	}
}

// minute reads a time of day as the minutes since midnight.
func (t text) minute() (int, bool) {
	if t.s == "24:00" {
		return 24 * 60, true
	}
	at, err := time.Parse("15:04", t.s)
	if err != nil || len(t.s) != len("15:04") {
		t.bad(CodeTimes, "%q is no time of day", short(t.s)).Hint = "write it with four digits, 09:00 to 24:00"
		return 0, false
	}
	return at.Hour()*60 + at.Minute(), true
}

// timesZone reads a location as Alertmanager does: Local is the machine's own.
func timesZone(name text) *time.Location {
	var loc timeinterval.Location
	if !name.set() {
		return time.UTC
	}
	if err := loc.UnmarshalYAML(name.decode); err != nil {
		name.bad(CodeTimes, "location %q is not known", short(name.s)).
			Hint = "write a name of the IANA database such as Europe/Berlin, or UTC, or Local"
		return time.UTC
	}
	return loc.Location
}

// timesByName are all time intervals of a config; mute_time_intervals is the older
// name of the same section.
func (c *rawConfig) timesByName() map[string]*rules.Times {
	all := map[string]*rules.Times{}
	for _, t := range c.times {
		if all[t.name.s] != nil && t.name.s != "" {
			t.name.bad(CodeDuplicate, "time interval %q is there twice", short(t.name.s))
		}
		all[t.name.s] = &rules.Times{Name: t.name.s, Intervals: t.intervals}
	}
	return all
}
