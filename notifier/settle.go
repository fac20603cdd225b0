package notifier

import (
	"maps"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/rules"
)

// settling is what is known of rules since the last start or reload. Until a
// rule has had a good evaluation, what its stored state says may be over, and
// what was told may still be true; so the groups that it has a part in stay
// closed, for two of its intervals at most.
type settling struct {
	unready map[string]*readiness // rules that are waited for
	good    map[string]bool       // rules that had a good evaluation since the start
	known   map[string]bool       // rules in the configuration
	waiting map[string][]*group   // groups to look at again, by rule
}

// A readiness is the end of waiting for a rule.
type readiness struct {
	rule  string
	timer timer
}

func newSettling() settling {
	return settling{
		unready: map[string]*readiness{}, good: map[string]bool{},
		known: map[string]bool{}, waiting: map[string][]*group{},
	}
}

// Bounds of waiting for a rule.
const (
	settleIntervals = 2
	settleSchedule  = 2 * time.Minute // of a rule with a schedule
)

// settle begins to wait for all rules of the configuration.
func (p *Planner) settle() {
	for _, key := range sortedKeys(p.settling.unready) {
		p.timers.remove(&p.settling.unready[key].timer)
	}
	clear(p.settling.unready)
	clear(p.settling.known)
	for _, r := range p.cfg.Rules {
		p.settling.known[r.Key] = true
	}
	maps.DeleteFunc(p.settling.good, func(rule string, _ bool) bool { return !p.settling.known[rule] })
	for _, r := range p.cfg.Rules {
		p.waitFor(r)
	}
}

func (p *Planner) waitFor(r *rules.Rule) {
	wait := settleIntervals * r.Interval
	if r.Schedule != nil || wait <= 0 {
		wait = settleSchedule
	}
	x := &readiness{rule: r.Key}
	x.timer = timer{kind: settleTimer, key: r.Key, owner: x}
	p.settling.unready[r.Key] = x
	p.wake(&x.timer, p.at.Add(wait))
}

// Ready says that a rule has had a good evaluation.
func (p *Planner) Ready(at model.Time, rule string) {
	p.at = at
	s := &p.settling
	if s.good[rule] && s.unready[rule] == nil {
		return
	}
	s.good[rule] = true
	p.stopWaiting(rule)
}

// ring gives a rule up: a dead source holds no page any longer.
func (x *readiness) ring(p *Planner, _ model.Time) { p.stopWaiting(x.rule) }

func (p *Planner) stopWaiting(rule string) {
	if x := p.settling.unready[rule]; x != nil {
		p.timers.remove(&x.timer)
		delete(p.settling.unready, rule)
	}
	groups := p.settling.waiting[rule]
	delete(p.settling.waiting, rule)
	for _, g := range groups {
		p.unpark(g)
	}
}

// park lets a group wait for a rule.
func (p *Planner) park(g *group, rule string) {
	if g.parked {
		return
	}
	g.parked = true
	p.timers.remove(&g.timer)
	p.settling.waiting[rule] = append(p.settling.waiting[rule], g)
}

// unpark looks at a group again: the difference is taken as soon as may be.
func (p *Planner) unpark(g *group) {
	if p.groups[g.Key] != g {
		return
	}
	g.hushed = false
	if !g.parked {
		for _, l := range g.lanes {
			if l.remind {
				p.admit(l)
			}
		}
		p.schedule(g)
		return
	}
	g.parked = false
	if rule := p.unsettled(g); rule != "" {
		p.park(g, rule)
		return
	}
	for _, l := range g.lanes {
		p.admit(l)
	}
	p.schedule(g)
	p.makeUp(g)
}

// makeUp flushes a group now if a flush was due while it was parked.
func (p *Planner) makeUp(g *group) {
	if g.missed && !g.shut() && p.groups[g.Key] == g {
		p.wake(&g.timer, p.at)
	}
}

// unsettled returns a rule that the group has to wait for, or "".
func (p *Planner) unsettled(g *group) string {
	if len(p.settling.unready) == 0 {
		return ""
	}
	first := ""
	consider := func(rule string) {
		if p.settling.unready[rule] != nil && (first == "" || rule < first) {
			first = rule
		}
	}
	feeding := map[int]bool{}
	for _, m := range g.members {
		consider(m.alert.Rule)
		for _, s := range p.alerts[m.key].targets {
			feeding[s.watch] = true
		}
	}
	for i := range feeding { // the first of all is sought
		for _, rule := range p.watches[i].feeders {
			consider(rule)
		}
	}
	for _, l := range g.lanes {
		for key, it := range l.items {
			if rule, _, _ := strings.Cut(key, "\x00"); g.digest || it.told() {
				consider(rule)
			}
		}
	}
	return first
}

// confirmed reports whether any rule of the group's members has had a good
// evaluation since the start. Until then nothing is repeated: nobody knows
// whether it is still true.
func (p *Planner) confirmed(g *group) bool {
	for _, m := range g.members {
		if rule := m.alert.Rule; p.settling.good[rule] || !p.settling.known[rule] {
			return true
		}
	}
	return false
}

// settleFirst lets a group wait for a rule: all of it, or its reminders alone.
func (p *Planner) settleFirst(g *group) {
	if rule := p.unsettled(g); rule != "" {
		p.park(g, rule)
	} else {
		p.hush(g)
	}
}

// hush holds the reminders of a group until one of its rules is ready.
func (p *Planner) hush(g *group) {
	if g.hushed {
		return
	}
	g.hushed = true
	seen := map[string]bool{}
	for _, m := range g.sorted() {
		if rule := m.alert.Rule; !seen[rule] {
			seen[rule] = true
			p.settling.waiting[rule] = append(p.settling.waiting[rule], g)
		}
	}
}
