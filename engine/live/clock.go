package live

import (
	"sync/atomic"
	"time"

	"github.com/prometheus/common/model"
)

// tolerance is how far the wall clock may part from core time before the core
// is told that the clock stepped. Slewing by NTP stays far below it.
const tolerance = 500 * time.Millisecond

// A clock is core time: the wall clock at the start, plus the monotonic time
// since, plus the steps that the core was told of.
type clock struct {
	wall   func() time.Time
	anchor int64     // wall clock at the start, in ns since the epoch
	start  time.Time // the same instant, with its monotonic reading
	shift  atomic.Int64
}

func newClock(wall func() time.Time) *clock {
	return &clock{wall: wall, anchor: wall().UnixNano(), start: time.Now()}
}

func (c *clock) nanos() int64 {
	return c.anchor + int64(time.Since(c.start)) + c.shift.Load()
}

// now returns the millisecond that is running.
func (c *clock) now() model.Time {
	return model.TimeFromUnixNano(c.nanos())
}

// until returns how long it is until a millisecond begins.
func (c *clock) until(t model.Time) time.Duration {
	return time.Duration(int64(t)*int64(time.Millisecond) - c.nanos())
}

// drift returns by how many whole milliseconds the wall clock is ahead of core
// time, or 0 as long as that is tolerable. It also is 0 when the two could not be
// read together, since the process was held up in between: that looks like a step
// and is none.
func (c *clock) drift() time.Duration {
	before := c.nanos()
	wall := c.wall().UnixNano()
	if time.Duration(c.nanos()-before) > tolerance/10 {
		return 0
	}
	by := time.Duration(wall - before)
	if by.Abs() <= tolerance {
		return 0
	}
	return by.Round(time.Millisecond)
}
