package file

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"tocsin/rules"
)

// parseSchedule reads a cron schedule of five fields, or a word such as @daily,
// in a time zone of the IANA database. The parser behind it panics on some
// texts and accepts schedules that never come: both are errors here.
func parseSchedule(spec string, zone *time.Location) (s *rules.Schedule, err error) {
	if err := guardSchedule(spec); err != nil {
		return nil, err
	}
	defer func() {
		if r := recover(); r != nil {
			s, err = nil, fmt.Errorf("schedule %q cannot be read", short(spec))
		}
	}()
	parsed, err := cronParser().Parse(strings.TrimSpace(spec))
	if err != nil {
		return nil, fmt.Errorf("schedule %q: %w", short(spec), err)
	}
	next := func(t time.Time) time.Time { return parsed.Next(t.In(zone)) }
	if next(time.Unix(0, 0)).IsZero() {
		return nil, fmt.Errorf("schedule %q never comes", short(spec))
	}
	return &rules.Schedule{Text: scheduleText(spec, zone), Next: next}, nil
}

// ReadSchedule reads the text of a schedule that was read from a file before.
func ReadSchedule(text string) (*rules.Schedule, error) {
	at := strings.LastIndexByte(text, ' ')
	if at < 0 {
		return nil, fmt.Errorf("schedule %q has no time zone", short(text))
	}
	loc, err := time.LoadLocation(text[at+1:])
	if err != nil {
		return nil, fmt.Errorf("schedule %q: %w", short(text), err)
	}
	return parseSchedule(text[:at], loc)
}

func cronParser() cron.Parser {
	return cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow | cron.Descriptor)
}

func scheduleText(spec string, zone *time.Location) string {
	return strings.Join(strings.Fields(spec), " ") + " " + zone.String()
}

func guardSchedule(spec string) error {
	fields := strings.Fields(spec)
	switch {
	case len(fields) == 0:
		return fmt.Errorf("schedule is empty")
	case strings.Contains(spec, "TZ="):
		return fmt.Errorf("schedule %q: the time zone is said by timezone", short(spec))
	case strings.HasPrefix(fields[0], "@every"):
		return fmt.Errorf("schedule %q: say interval instead", short(spec))
	case strings.HasPrefix(fields[0], "@"):
		return nil
	case len(fields) != 5:
		return fmt.Errorf("schedule %q has %d fields, not 5: minute hour day month weekday", short(spec), len(fields))
	}
	for i, most := range []int{59, 23, 31, 12, 6} {
		if err := guardField(fields[i], most); err != nil {
			return fmt.Errorf("schedule %q: %w", short(spec), err)
		}
	}
	return nil
}

// guardField rejects what the parser reads as the empty set, and steps that are
// wider than their field.
func guardField(field string, most int) error {
	for part := range strings.SplitSeq(field, ",") {
		if part == "" {
			return fmt.Errorf("field %q has nothing on one side of a comma", short(field))
		}
		_, step, found := strings.Cut(part, "/")
		if n, err := strconv.Atoi(step); found && (err != nil || n < 1 || n > most) {
			return fmt.Errorf("field %q: a step is a number from 1 to %d", short(field), most)
		}
	}
	return nil
}

// zone reads a time zone; UTC if nobody wrote one.
func zone(name text) *time.Location {
	if !name.set() {
		return time.UTC
	}
	loc, err := time.LoadLocation(name.s)
	if err != nil || name.s == "" || name.s == "Local" {
		name.bad(CodeSchedule, "time zone %q is not known", short(name.s)).
			Hint = "write a name of the IANA database, such as Europe/Berlin or UTC"
		return time.UTC
	}
	return loc
}

// schedule makes the schedule of a rule: its own, or that of its group.
func (r *rawRule) plan() *rules.Schedule {
	spec, name := r.schedule, r.timezone
	if !spec.set() {
		spec = r.group.schedule
	}
	if !name.set() {
		name = r.group.timezone
	}
	if !spec.set() {
		if name.set() {
			name.bad(CodeMissing, "timezone without a schedule")
		}
		return nil
	}
	s, err := parseSchedule(spec.s, zone(name))
	if err != nil {
		spec.bad(CodeSchedule, "%v", err).Hint = `write minute hour day month weekday, such as "*/5 8-18 * * MON-FRI"`
		return nil
	}
	if r.group.interval.set() && !r.schedule.set() {
		spec.bad(CodeConflict, "a group has an interval or a schedule, not both")
	}
	return s
}
