package live

import (
	"fmt"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/engine"
)

// Vitals are the figures that say whether the daemon does its work.
type vitals struct {
	instants uint64        // that the loop lived through since the start
	overdue  bool          // time should have passed for the core, and has not
	queries  uint64        // that were answered, well or not
	asking   bool          // there are questions without an answer
	answered model.Time    // when a source last answered well; 0: never
	failing  bool          // no source is well
	oldest   time.Duration // age of the oldest delivery under way
}

// stale is how old a delivery may be, and overdueAfter how late the core, before
// the daemon does not do its work.
const (
	stale        = 5 * time.Minute
	overdueAfter = 5 * time.Second
)

// withhold says why a beat would be a lie, given the figures at the beat before;
// empty: it would be none.
func withhold(last, now vitals) string {
	switch {
	case now.overdue && now.instants == last.instants:
		return "the core has not stepped since the beat before"
	case now.answered == 0:
		return "no source has answered yet"
	case now.answered <= last.answered && !now.idle(last):
		return "no source has answered since the beat before"
	case now.oldest > stale:
		return fmt.Sprintf("a delivery could not be made for more than %s", stale)
	}
	return ""
}

// idle reports whether nothing was asked: rules that are evaluated seldom are no
// reason to doubt the sources.
func (v vitals) idle(last vitals) bool {
	return v.queries == last.queries && !v.asking && !v.failing
}

// vitalsOf reads the figures of a core, all but those that its driver counts.
func vitalsOf(c *engine.Core, at model.Time) vitals {
	s := c.Stats()
	v := vitals{asking: s.Asking+s.Queued > 0, failing: true, oldest: s.Notifier.Oldest}
	for _, src := range s.Sources {
		v.queries += src.Queries
	}
	c.Sources(func(src engine.SourceStatus) {
		v.answered = max(v.answered, src.LastGood)
		v.failing = v.failing && src.FailingSince != 0
	})
	if next, ok := c.Next(); ok {
		v.overdue = at.Sub(next) > overdueAfter
	}
	return v
}
