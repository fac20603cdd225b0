package backtest

import (
	"time"

	"github.com/prometheus/common/model"

	"tocsin/engine/replay"
	"tocsin/rules"
)

// WarmUp is how much of the past it takes to know at an instant what a daemon
// would have known that had always run: timers, votes, missing data and flaps; and
// to have told people of it, so that what they knew before is no news to them.
func WarmUp(cfg *rules.Config, at model.Time) time.Duration {
	longest := replay.Window(cfg, at)
	for _, r := range cfg.Rules {
		longest = max(longest, r.Absent.After, r.NoData.After)
		if r.Flap.Raises > 0 {
			longest = max(longest, r.Flap.Within)
		}
	}
	return longest + told(cfg.Route)
}

// told is how long a group of the routes may wait before it tells.
func told(r *rules.Route) time.Duration {
	if r == nil {
		return 0
	}
	longest := max(r.GroupWait, r.GroupInterval)
	for _, child := range r.Routes {
		longest = max(longest, told(child))
	}
	return longest
}
