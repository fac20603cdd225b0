package rules

import (
	"strings"
	"time"

	"github.com/prometheus/common/model"
)

// Muted reports whether the route's time intervals keep it silent at a time, and
// which do.
func (r *Route) Muted(at model.Time) (by string, muted bool) {
	holders := r.muters(at.Time())
	if len(holders) == 0 {
		return "", false
	}
	var names []string
	for _, times := range holders {
		names = append(names, times.Name)
	}
	if holders[0].Contains(at.Time()) {
		return names[0], true
	}
	return "outside " + strings.Join(names, ", "), true
}

// muters returns the times that keep the route silent: one of the mute times that
// holds, or all active times when none of them does.
func (r *Route) muters(at time.Time) []*Times {
	for i, times := range r.MuteTimes {
		if times.Contains(at) {
			return r.MuteTimes[i : i+1]
		}
	}
	for _, times := range r.ActiveTimes {
		if times.Contains(at) {
			return nil
		}
	}
	return r.ActiveTimes
}

// Opens returns the first full minute after a time at which the route is not
// muted, or the minute 366 days later if it stays so. It looks only where what
// mutes the route may end, not at each minute.
func (r *Route) Opens(at model.Time) model.Time {
	const most = 366 * 24 * time.Hour
	t := at.Time().Truncate(time.Minute).Add(time.Minute)
	for last := t.Add(most); ; {
		holders := r.muters(t)
		if len(holders) == 0 {
			return model.TimeFromUnixNano(t.UnixNano())
		}
		next := last
		for _, times := range holders {
			if turn := times.turn(t); !turn.IsZero() && turn.Before(next) {
				next = turn
			}
		}
		if !next.Before(last) {
			return model.TimeFromUnixNano(last.UnixNano())
		}
		t = next.Add(time.Minute - 1).Truncate(time.Minute)
	}
}
