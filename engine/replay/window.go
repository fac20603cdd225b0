package replay

import (
	"time"

	"tocsin/rules"
)

// Window returns how much of the past it takes to fill every timer and vote of a
// configuration: a run that begins so long before an instant knows at that
// instant what is pending and what fires.
func Window(cfg *rules.Config) time.Duration {
	var longest time.Duration
	for _, r := range cfg.Rules {
		longest = max(longest, fill(r, r.Levels))
		for _, o := range r.Overrides {
			longest = max(longest, fill(r, o.Levels))
		}
	}
	return longest
}

// fill is the longest timer of a rule, and two instants more: one at which it
// begins and one that decides.
func fill(r *rules.Rule, levels rules.Levels) time.Duration {
	var longest time.Duration
	for _, l := range []*rules.LevelRule{levels.Warn, levels.Error} {
		if l == nil {
			continue
		}
		votes := time.Duration(l.Votes.Of) * r.Interval
		longest = max(longest, l.For+l.KeepFiringFor, votes+l.KeepFiringFor)
	}
	return longest + 2*r.Interval
}
