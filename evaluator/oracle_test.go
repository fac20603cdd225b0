package evaluator_test

import (
	"math"
	"time"

	"tocsin/evaluator"
	"tocsin/rules"
)

// An oracle decides the same as a machine in the dumbest way: it keeps every
// observation of a rule for ever and, for each new one, looks back over all of
// them. It shares no code with the machine but the comparison of a threshold.
type oracle struct {
	rule    *rules.Rule
	past    []evaluator.Observation
	forgets map[int]bool // a clock step came before this observation
	series  map[string]*past
	names   []string
}

// past is what the oracle decided of one series, by index of the observation.
type past struct {
	active  [3][]bool // by level
	forced  []rules.Level
	over    []bool // everything was given up here
	level   []rules.Level
	raised  []bool // by a breach
	latched []rules.Level
	reason  []evaluator.Reason
}

func newOracle(rule *rules.Rule, names ...string) *oracle {
	o := &oracle{rule: rule, forgets: map[int]bool{}, series: map[string]*past{}, names: names}
	for _, n := range names {
		o.series[n] = &past{}
	}
	return o
}

// observe takes one more observation.
func (o *oracle) observe(obs evaluator.Observation) {
	o.past = append(o.past, obs)
	for _, n := range o.names {
		o.decide(n)
	}
}

// sample finds a series in the observation i.
func (o *oracle) sample(name string, i int) (float64, bool) {
	for _, s := range o.past[i].Answer.Samples {
		if ls, _ := parse(s.Raw); ls.Get("host") == name {
			return s.Value, true
		}
	}
	return 0, false
}

func (o *oracle) outcome(i int) evaluator.Outcome { return o.past[i].Answer.Outcome }
func (o *oracle) good(i int) bool                 { return o.outcome(i) == evaluator.Good }
func (o *oracle) empty(i int) bool                { return len(o.past[i].Answer.Samples) == 0 }

// says returns what observation i says about a level: breach, clear, neither; ok
// is false if it says nothing.
func (o *oracle) says(name string, r *rules.LevelRule, i int) (breach, back, ok bool) {
	if o.outcome(i) > evaluator.Partial {
		return false, false, false
	}
	v, present := o.sample(name, i)
	presence := r.Threshold.Side == rules.Present
	if o.lapsed(name, i) {
		return false, true, true
	}
	if !present {
		return false, true, presence && o.good(i)
	}
	if presence {
		return true, false, true
	}
	if o.good(i) {
		return r.Threshold.Breached(v), r.Threshold.Cleared(v), !math.IsNaN(v)
	}
	return true, false, r.Threshold.Side == rules.Above && r.Threshold.Breached(v)
}

// apart is the observed time between observations j < i of one thing, and the
// time on the clock, 0 if that was stepped.
func (o *oracle) apart(j, i int) (credit, gap time.Duration) {
	for k := j + 1; k <= i; k++ {
		if o.forgets[k] {
			return 0, 0
		}
	}
	gap = o.past[i].At.Sub(o.past[j].At)
	if float64(gap) <= 2.5*float64(o.past[i].Interval) {
		return gap, gap
	}
	return 0, gap
}

// run sums the observed time of the unbroken run that ends at i: going back from
// it, `is` tells for each observation whether it is part of the run, breaks it,
// or tells nothing. A gap longer than the limit breaks it too.
func (o *oracle) run(i int, limit time.Duration, is func(k int) (part, tells bool)) (sum time.Duration) {
	if part, tells := is(i); !part || !tells {
		return -1
	}
	last := i
	for k := i - 1; k >= 0; k-- {
		part, tells := is(k)
		if !tells {
			continue
		}
		credit, gap := o.apart(k, last)
		if !part || limit > 0 && gap > limit {
			return sum
		}
		sum += credit
		last = k
	}
	return sum
}

// since reports whether observation k is after the last time that the level
// changed between active and not, or was carried by an error, or everything was
// given up.
func since(p *past, l rules.Level, k int) bool {
	changed := func(l rules.Level, j int) bool {
		a := p.active[l]
		return j > 0 && a[j] != a[j-1] || j == 0 && a[0]
	}
	for j := len(p.over) - 1; j >= k; j-- {
		if p.over[j] || changed(l, j) || changed(rules.Error, j) && p.active[rules.Error][j] {
			return false
		}
	}
	return true
}

func longest(r *rules.LevelRule, interval time.Duration) time.Duration {
	return max(5*time.Minute, r.For, interval*5/2)
}

// fires decides whether a level that isn't active becomes so.
func (o *oracle) fires(name string, p *past, l rules.Level, i int) bool {
	r := o.rule.Levels.At(l)
	limit := longest(r, o.past[i].Interval)
	if r.Votes.Of > 0 {
		return o.voted(name, p, l, i, limit)
	}
	sum := o.run(i, limit, func(k int) (bool, bool) {
		if !since(p, l, k) {
			return false, true
		}
		breach, _, ok := o.says(name, r, k)
		return breach, ok
	})
	return sum >= r.For
}

func (o *oracle) voted(name string, p *past, l rules.Level, i int, limit time.Duration) bool {
	r := o.rule.Levels.At(l)
	if breach, _, ok := o.says(name, r, i); !ok || !breach || !o.good(i) {
		return false
	}
	votes, seen, last := 0, 0, i
	for k := i; k >= 0 && seen < r.Votes.Of && since(p, l, k); k-- {
		breach, _, ok := o.says(name, r, k)
		if !ok || !o.good(k) { // partial ones are not recorded
			continue
		}
		if _, gap := o.apart(k, last); gap > limit {
			break
		}
		seen++
		last = k
		if breach {
			votes++
		}
	}
	return votes >= r.Votes.Need
}

// ends decides whether an active level is over.
func (o *oracle) ends(name string, p *past, l rules.Level, i int) bool {
	r := o.rule.Levels.At(l)
	sum := o.run(i, 0, func(k int) (bool, bool) {
		if !since(p, l, k) {
			return false, true
		}
		_, back, ok := o.says(name, r, k)
		return back, ok
	})
	return sum >= r.KeepFiringFor
}

// decide adds the decisions of the latest observation for a series.
func (o *oracle) decide(name string) {
	p, i := o.series[name], len(o.past)-1
	was := p.last()
	next := was
	next.raised, next.over, next.reason = false, false, evaluator.Recovered
	if o.outcome(i) <= evaluator.Partial {
		next.active = o.levels(name, p, i, was.active)
		next = o.missing(name, p, i, was, next)
	}
	next.level = next.forced
	for l := rules.Warn; l <= rules.Error; l++ {
		if next.active[l] {
			next.level = max(next.level, l)
		}
	}
	if next.level > was.level && next.reason == evaluator.Recovered {
		next.raised, next.reason = true, evaluator.Breached
	}
	p.add(next)
	p.latched[i] = o.latch(p, i, was.latched, next)
}

// A decision is what was decided at one observation.
type decision struct {
	active  [3]bool
	forced  rules.Level
	level   rules.Level
	latched rules.Level
	raised  bool
	over    bool
	left    bool // the flap ended by absence
	reason  evaluator.Reason
}

func (p *past) last() (d decision) {
	n := len(p.level) - 1
	if n < 0 {
		return d
	}
	for l := range p.active {
		if l > 0 {
			d.active[l] = p.active[l][n]
		}
	}
	d.forced, d.level, d.latched = p.forced[n], p.level[n], p.latched[n]
	return d
}

func (p *past) add(d decision) {
	for l := range p.active {
		p.active[l] = append(p.active[l], d.active[l])
	}
	p.forced = append(p.forced, d.forced)
	p.over = append(p.over, d.over)
	p.level = append(p.level, d.level)
	p.raised = append(p.raised, d.raised)
	p.latched = append(p.latched, rules.OK)
	p.reason = append(p.reason, d.reason)
}

// levels decides both levels, errors first.
func (o *oracle) levels(name string, p *past, i int, was [3]bool) (is [3]bool) {
	for _, l := range []rules.Level{rules.Error, rules.Warn} {
		switch {
		case o.rule.Levels.At(l) == nil:
		case l == rules.Warn && is[rules.Error] && (was[l] || !was[rules.Error]):
			is[l] = true // carried by the error
		case was[l]:
			is[l] = !o.ends(name, p, l, i)
		default:
			is[l] = o.fires(name, p, l, i)
		}
	}
	return is
}
