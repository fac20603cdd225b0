package replay

import (
	"time"

	"github.com/prometheus/common/model"

	"tocsin/rules"
)

// farthest is how far back the instants of a schedule are looked for: a day, and
// an hour for the change of clocks. What is rarer is not waited for.
const farthest = 25 * time.Hour

// Window returns how much of the past it takes to fill every timer and vote of a
// configuration: a run that begins so long before an instant knows at that
// instant what is pending and what fires.
func Window(cfg *rules.Config, at model.Time) time.Duration {
	var longest time.Duration
	for _, r := range cfg.Rules {
		interval := r.Interval
		if r.Schedule != nil {
			interval = distance(r.Schedule, at.Time())
		}
		longest = max(longest, fill(interval, r.Levels))
		for _, o := range r.Overrides {
			longest = max(longest, fill(interval, o.Levels))
		}
	}
	return longest
}

// fill is the longest timer of a rule, and two instants more: one at which it
// begins and one that decides.
func fill(interval time.Duration, levels rules.Levels) time.Duration {
	var longest time.Duration
	for _, l := range []*rules.LevelRule{levels.Warn, levels.Error} {
		if l == nil {
			continue
		}
		votes := time.Duration(l.Votes.Of) * interval
		longest = max(longest, l.For+l.KeepFiringFor, votes+l.KeepFiringFor)
	}
	return longest + 2*interval
}

// distance is half of a time that holds the last two instants of a schedule. A
// schedule only looks forward, so the look back is doubled until they are in it.
func distance(s *rules.Schedule, at time.Time) time.Duration {
	back := time.Minute
	for back < farthest && !holdsTwo(s, at.Add(-back), at) {
		back *= 2
	}
	return min(back, farthest) / 2
}

func holdsTwo(s *rules.Schedule, from, until time.Time) bool {
	first := s.Next(from)
	if first.IsZero() || !first.Before(until) {
		return false
	}
	second := s.Next(first)
	return !second.IsZero() && second.Before(until)
}
