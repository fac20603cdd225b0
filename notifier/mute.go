package notifier

import "github.com/prometheus/common/model"

// mute shuts a group if a time interval of its route keeps it silent now, and
// reports whether it is. What is owed meanwhile waits; what comes and goes
// meanwhile is never told.
func (p *Planner) mute(g *group) bool {
	if g.muted = g.mutedAt(p.at); g.muted == "" {
		return false
	}
	p.timers.remove(&g.timer)
	g.opening.at = g.route.Opens(p.at)
	p.wall.put(&g.opening)
	for _, l := range g.lanes {
		for _, key := range sortedKeys(l.items) {
			p.noteHeld(l, key, l.items[key], g.muted)
		}
	}
	return true
}

// mutedAt says which time interval keeps the group silent at a time; empty: none
// does.
func (g *group) mutedAt(at model.Time) string {
	if g.route == nil || len(g.route.MuteTimes)+len(g.route.ActiveTimes) == 0 {
		return ""
	}
	by, muted := g.route.Muted(at)
	if !muted {
		return ""
	}
	return "muted: " + by
}

// An opening is a group whose time to be silent may be over.
type opening group

// ring opens the group, if nothing else keeps it silent.
func (o *opening) ring(p *Planner, _ model.Time) {
	g := (*group)(o)
	if p.mute(g) {
		return
	}
	for _, l := range g.lanes {
		p.admit(l)
	}
	p.schedule(g)
	p.makeUp(g)
	p.remindAtOnce(g)
}
