package engine

import (
	"hash/fnv"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/rules"
)

// never is an instant that no clock reaches: a schedule without a next time.
const never = model.Time(1<<62 - 1)

// A grid is the set of instants at which a rule is evaluated: multiples of its
// interval, shifted by a phase that is a hash of its group's name, so that the
// same instants come again after a restart and groups spread over the interval.
// With a cron schedule it is the schedule's instants.
type grid struct {
	interval int64 // ms; 0 with a schedule
	phase    int64
	schedule *rules.Schedule
}

func newGrid(r *rules.Rule) grid {
	if r.Schedule != nil {
		return grid{schedule: r.Schedule}
	}
	g := grid{interval: max(r.Interval.Milliseconds(), 1)}
	h := fnv.New64a()
	_, _ = h.Write([]byte(r.PhaseKey))
	g.phase = int64(h.Sum64() % uint64(g.interval))
	return g
}

// after returns the first instant after t.
func (g grid) after(t model.Time) model.Time {
	if g.schedule != nil {
		next := g.schedule.Next(t.Time().UTC())
		if next.IsZero() {
			return never
		}
		return model.TimeFromUnixNano(next.UnixNano())
	}
	n := (int64(t) - g.phase) / g.interval
	if (int64(t)-g.phase)%g.interval < 0 {
		n--
	}
	return model.Time((n+1)*g.interval + g.phase)
}

// latest returns the last instant from first on that is not after now, and how
// many lie between them unused.
func (g grid) latest(first, now model.Time) (instant model.Time, skipped int) {
	if g.schedule == nil {
		n := (int64(now) - int64(first)) / g.interval
		return first + model.Time(n*g.interval), int(n)
	}
	instant = first
	for next := g.after(instant); next <= now && skipped < maxSkipped; next = g.after(instant) {
		instant = next
		skipped++
	}
	return instant, skipped
}

// maxSkipped bounds the steps through a schedule after a long sleep; what is
// beyond is caught up by the next calls.
const maxSkipped = 10_000

// before returns the distance of an instant to the one before it, 0 if there is
// none. A schedule only looks forward, so the look back is doubled until another
// instant lies in it.
func (g grid) before(instant model.Time) time.Duration {
	if g.schedule == nil {
		return time.Duration(g.interval) * time.Millisecond
	}
	for back := time.Minute; back < farthest; back *= 2 {
		if earlier := g.after(instant.Add(-back)); earlier < instant {
			last, _ := g.latest(earlier, instant-1)
			return instant.Sub(last)
		}
	}
	return 0
}

// farthest is how far back an instant of a schedule is looked for: one of a leap
// day lies four years after the one before it.
const farthest = 9 * 366 * 24 * time.Hour
