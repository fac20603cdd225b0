package notifier

import (
	"time"

	"github.com/prometheus/common/model"

	"tocsin/rules"
)

// mostBackoff is how far repeat_backoff doubles the distance of reminders.
const mostBackoff = 24 * time.Hour

// reminderAt returns the flush point at which an unchanged lane repeats what
// fires: the first from now on at which repeat_interval has passed, as in
// Alertmanager.
func (l *lane) reminderAt(now model.Time) (model.Time, bool) {
	g := l.group
	due, ok := l.overdue()
	if !ok {
		return 0, false
	}
	due = later(due, now)
	return later(g.point(due), due), true
}

// overdue returns when repeat_interval has passed, whether or not the group
// flushes then. Nobody is reminded of what is silenced or acknowledged.
func (l *lane) overdue() (model.Time, bool) {
	g := l.group
	if l.orphan || l.in.Resend > 0 || g.route == nil || g.route.RepeatInterval <= 0 || len(g.members) <= g.quiet {
		return 0, false
	}
	if !l.primary && l.told.sum() == 0 {
		return 0, false
	}
	if l.flight != nil || l.open || l.remind || l.owed.sum() > 0 && !l.stuck {
		return 0, false
	}
	since := later(l.lastTold, l.lastTried)
	return since.Add(l.every(g.route)), since != 0
}

func (l *lane) every(r *rules.Route) time.Duration {
	every := r.RepeatInterval
	for n := 0; r.RepeatBackoff && n < l.reminders && every < mostBackoff; n++ {
		every = min(2*every, mostBackoff)
	}
	return every
}
