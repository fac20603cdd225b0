package main

import (
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"
)

func TestPeriod(t *testing.T) {
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	ms := func(d time.Duration) model.Time { return model.TimeFromUnixNano(now.Add(d).UnixNano()) }
	for _, c := range []struct {
		since, until string
		from, to     model.Time
		wrong        string
	}{
		{"7d", "", ms(-7 * 24 * time.Hour), ms(0), ""},
		{"1d12h", "2h", ms(-36 * time.Hour), ms(-2 * time.Hour), ""},
		{"2026-03-02T10:00:00+01:00", "", ms(-3 * time.Hour), ms(0), ""},
		{"1772445600", "1772445600.5", ms(-2 * time.Hour), ms(-2*time.Hour + 500*time.Millisecond), ""},
		{"2026-03-01", "", 0, 0, `--since: "2026-03-01" is neither`}, // not 2026 seconds since 1970
		{"7days", "", 0, 0, `--since: "7days" is neither`},
		{"2026-03-01T10:00:00", "", 0, 0, "is neither"}, // of which zone?
		{"", "", 0, 0, "is neither"},
		{"-1", "", 0, 0, "is neither"},
		{"NaN", "", 0, 0, "is neither"},
		{"+Inf", "", 0, 0, "is neither"},
		{"1e30", "", 0, 0, "is neither"},
		{"1h", "soon", 0, 0, `--until: "soon" is neither`},
		{"1h", "2027-01-01T00:00:00Z", 0, 0, "--until is in the future"},
		{"1h", "1h", 0, 0, "the period is empty"},
		{"2026-03-03T00:00:00Z", "", 0, 0, "the period is empty"},
	} {
		p, err := pastFlags{Since: c.since, Until: c.until}.period(now)
		if c.wrong != "" {
			if err == nil || !strings.Contains(err.Error(), c.wrong) {
				t.Errorf("--since %q --until %q: %v, want %q", c.since, c.until, err, c.wrong)
			}
			continue
		}
		if err != nil || p.since != c.from || p.until != c.to {
			t.Errorf("--since %q --until %q: %v to %v, %v", c.since, c.until, p.since, p.until, err)
		}
	}
}
