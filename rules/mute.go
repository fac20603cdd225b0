package rules

import (
	"time"

	"github.com/prometheus/common/model"
)

// Muted reports whether the route's time intervals keep it silent at a time, and
// which does.
func (r *Route) Muted(at model.Time) (by string, muted bool) {
	t := at.Time()
	for _, times := range r.MuteTimes {
		if times.Contains(t) {
			return times.Name, true
		}
	}
	if len(r.ActiveTimes) == 0 {
		return "", false
	}
	for _, times := range r.ActiveTimes {
		if times.Contains(t) {
			return "", false
		}
	}
	return "outside " + r.ActiveTimes[0].Name, true
}

// Opens returns the first minute after a time at which the route is not muted, or
// the time a year later if it stays so.
func (r *Route) Opens(at model.Time) model.Time {
	const most = 366 * 24 * time.Hour
	for t := at.Time().Truncate(time.Minute).Add(time.Minute); ; t = t.Add(time.Minute) {
		now := model.TimeFromUnixNano(t.UnixNano())
		if _, muted := r.Muted(now); !muted || now.Sub(at) > most {
			return now
		}
	}
}
