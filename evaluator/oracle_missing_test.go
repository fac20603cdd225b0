package evaluator_test

import (
	"math"
	"time"

	"tocsin/evaluator"
	"tocsin/rules"
)

// lapsed: the lack of a value is as good as one that is clear.
func (o *oracle) lapsed(name string, i int) bool {
	if o.rule.Kind == rules.PresenceRule || !o.good(i) {
		return false
	}
	v, present := o.sample(name, i)
	switch {
	case present && !math.IsNaN(v):
		return false
	case !present && o.empty(i):
		return o.rule.NoData.Then == rules.ThenClear
	}
	return o.rule.Absent.Then == rules.ThenClear
}

// missing decides what the lack of the series, or of all data, does.
func (o *oracle) missing(name string, p *past, i int, was, next decision) decision {
	if o.rule.Kind == rules.PresenceRule {
		return next
	}
	v, present := o.sample(name, i)
	if present || o.lapsed(name, i) {
		if o.lapsed(name, i) || o.good(i) && !math.IsNaN(v) {
			next.forced = rules.OK
		}
		return next
	}
	if o.starved(i) && o.rule.NoData.Then == rules.ThenResolve {
		return decision{over: true, left: true, reason: evaluator.ReasonNoData}
	}
	if !o.good(i) || o.empty(i) || !o.tracked(name, p, i) {
		return next
	}
	gone := o.run(i, 0, func(k int) (bool, bool) {
		if _, there := o.sample(name, k); there || p.gaveUp(k) {
			return false, true
		}
		return true, o.good(k) && !o.empty(k)
	})
	then := o.rule.Absent.Then.Level()
	switch {
	case gone < o.rule.Absent.After || o.rule.Absent.Then == rules.ThenKeep:
	case then == rules.OK, gone >= o.rule.Absent.After+24*time.Hour, !o.pendingOrActive(name, p, i) && was.forced == rules.OK:
		return decision{over: true, left: true, reason: evaluator.ReasonAbsent}
	case was.forced != then || was.latched > rules.OK:
		next.forced, next.left, next.reason = then, true, evaluator.ReasonAbsent
	}
	return next
}

func (p *past) gaveUp(k int) bool { return k < len(p.over) && p.over[k] }

// tracked: there is something that could end.
func (o *oracle) tracked(name string, p *past, i int) bool {
	was := p.last()
	return was.level > rules.OK || was.latched > rules.OK || o.pendingOrActive(name, p, i)
}

// pendingOrActive reports whether a level is active, or has breaches that could
// count, before observation i.
func (o *oracle) pendingOrActive(name string, p *past, i int) bool {
	was := p.last()
	for _, l := range []rules.Level{rules.Warn, rules.Error} {
		r := o.rule.Levels.At(l)
		if r == nil {
			continue
		}
		if was.active[l] {
			return true
		}
		seen, last := 0, -1
		for k := i - 1; k >= 0 && since(p, l, k); k-- {
			breach, _, ok := o.says(name, r, k)
			if !ok || r.Votes.Of > 0 && !o.good(k) {
				continue
			}
			if last >= 0 {
				if _, gap := o.apart(k, last); gap > longest(r, o.past[last].Interval) {
					break
				}
			}
			last = k
			if breach {
				return true
			}
			if seen++; seen >= max(r.Votes.Of, 1) {
				break
			}
		}
	}
	return false
}

// starved: the whole result has been empty for too long.
func (o *oracle) starved(i int) bool {
	if o.rule.Kind == rules.PresenceRule || o.rule.NoData.Then == rules.ThenClear || !o.hadData(i) {
		return false
	}
	sum := o.run(i, 0, func(k int) (bool, bool) {
		if o.outcome(k) > evaluator.Partial {
			return false, false
		}
		return o.empty(k), o.good(k) || !o.empty(k)
	})
	return sum >= o.rule.NoData.After
}

func (o *oracle) hadData(i int) bool {
	for k := range i {
		if !o.empty(k) {
			return true
		}
	}
	return o.rule.Expect
}

// latch decides the flap: the level that it holds people at, OK if none.
func (o *oracle) latch(p *past, i int, was rules.Level, d decision) rules.Level {
	c := o.rule.Flap
	switch {
	case c.Raises == 0 || d.left:
		return rules.OK
	case d.raised && (was > rules.OK || o.raises(p, i) >= c.Raises):
		return max(was, d.level)
	case was > rules.OK && o.calm(p, i) >= min(max(c.Within/2, 10*time.Minute), time.Hour):
		return rules.OK
	}
	return was
}

// raises counts the raises of the last while, the 16 last at most.
func (o *oracle) raises(p *past, i int) (n int) {
	for k := i; k >= 0 && n < 16; k-- {
		if p.raised[k] && o.past[i].At.Sub(o.past[k].At) < o.rule.Flap.Within {
			n++
		}
	}
	return n
}

// calm is the time of good evaluations since the last raise.
func (o *oracle) calm(p *past, i int) time.Duration {
	return o.run(i, 0, func(k int) (bool, bool) {
		for j := k + 1; j <= i; j++ {
			if p.raised[j] {
				return false, true
			}
		}
		return true, o.good(k) || p.raised[k]
	})
}

// failing: the query is wrong, or failed three times in a row.
func (o *oracle) failing() bool {
	n := 0
	for k := len(o.past) - 1; k >= 0 && o.outcome(k) != evaluator.Good && o.outcome(k) != evaluator.Partial; k-- {
		switch o.outcome(k) {
		case evaluator.BadQuery:
			return true
		case evaluator.Execution:
			n++
		case evaluator.Good, evaluator.Partial, evaluator.Unavailable:
		}
	}
	return n >= 3
}

// noData: the alert about an empty result, which ends when data are back for sure.
func (o *oracle) noData() bool {
	if o.rule.NoData.Then.Level() == rules.OK {
		return false
	}
	for k := len(o.past) - 1; k >= 0; k-- {
		if o.good(k) && !o.empty(k) {
			return false
		}
		if o.good(k) && o.starvedAt(k) {
			return true
		}
	}
	return false
}

func (o *oracle) starvedAt(k int) bool {
	cut := *o
	cut.past = o.past[:k+1]
	return cut.starved(k)
}
