package file

import (
	"testing"
	"time"

	"tocsin/rules"
)

func TestScheduleNext(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	at := func(s string) time.Time {
		out, err := time.ParseInLocation("2006-01-02 15:04:05", s, berlin)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	for _, c := range []struct{ why, spec, from, want string }{
		{"every five minutes", "*/5 * * * *", "2026-11-23 10:02:00", "2026-11-23 10:05:00"},
		{"an instant is not its own next", "*/5 * * * *", "2026-11-23 10:05:00", "2026-11-23 10:10:00"},
		{"office hours end", "*/5 8-18 * * MON-FRI", "2026-11-20 18:55:00", "2026-11-23 08:00:00"},
		{"a word", "@daily", "2026-11-23 10:00:00", "2026-11-24 00:00:00"},
		{"a leap day", "0 0 29 2 *", "2026-11-23 10:00:00", "2028-02-29 00:00:00"},
		{"an hour that a change of clocks leaves out is skipped that day", "30 2 * * *", "2026-03-28 12:00:00", "2026-03-30 02:30:00"},
	} {
		s, err := parseSchedule(c.spec, berlin)
		if err != nil {
			t.Errorf("%s: %v", c.why, err)
			continue
		}
		// The caller's zone must not matter.
		if got := s.Next(at(c.from).UTC()); !got.Equal(at(c.want)) {
			t.Errorf("%s: %s after %s is %v", c.why, c.spec, c.from, got)
		}
	}
}

func TestPaceIsTheLeastDistance(t *testing.T) {
	s, err := parseSchedule("0,10 8 * * MON-FRI", time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	if got := (&rules.Rule{Schedule: s}).Pace(); got != 10*time.Minute {
		t.Errorf("pace is %v", got)
	}
}

// Whatever is accepted comes, and nothing panics.
func FuzzSchedule(f *testing.F) {
	for _, s := range []string{"* * * * *", "TZ=UTC", "CRON_TZ=", "TZ= * * * * *", ", * * * *", "@every 1s", "*/0 * * * *", "1-2/3 * * * *", "? ? ? ? ?", "0 0 31 2 *"} {
		f.Add(s)
	}
	from := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, spec string) {
		if len(spec) > 100 {
			return
		}
		s, err := parseSchedule(spec, time.UTC)
		if err != nil {
			return
		}
		if next := s.Next(from); !next.After(from) {
			t.Fatalf("%q comes at %v", spec, next)
		}
	})
}
