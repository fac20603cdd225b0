package engine

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/evaluator"
	"tocsin/rules"
)

// Restore takes a row that a store has kept. All rows come before the first
// Reloaded. An error means that this row is of no use; the others may be.
func (c *Core) Restore(row rules.Stored) error {
	switch row.Kind {
	case rules.KindState, rules.KindRule:
		key, _, _ := strings.Cut(row.Key, "\x00")
		c.stored[key] = append(c.stored[key], row)
		return nil
	case rules.KindCheckpoint:
		c.checked = true
		if err := json.Unmarshal(row.Value, &c.last); err != nil {
			return fmt.Errorf("checkpoint: %w", err)
		}
		return nil
	case rules.KindSelf:
		return c.restoreSelf(row)
	case rules.KindGroup, rules.KindTold, rules.KindFlight, rules.KindSilence, rules.KindAck, rules.KindOutlet:
		return c.planner.Restore(row)
	}
	return fmt.Errorf("row of unknown kind %q", row.Kind)
}

// reload puts a configuration in force. The first one also wakes what was
// restored.
func (c *Core) reload(cfg *rules.Config) {
	first := c.config == nil
	c.config = cfg
	c.reloadSources()
	if first {
		c.checkpoint = c.at.Add(checkpointEvery)
		c.wake()
	}
	changes := c.reloadRules()
	c.describe()
	c.planner.Reload(c.at, cfg)
	c.apply(changes)
	if first {
		c.resolveSelf(storeKey) // it can be read; if it can't be written, that is said again
	}
	c.dropStaleSelf()
	c.checkMissing()
}

// checkMissing says when rule files are not where they should be.
func (c *Core) checkMissing() {
	if len(c.config.Missing) == 0 {
		c.resolveSelf("rules")
		return
	}
	c.raiseSelf("rules", selfFacts{
		name: "TocsinRulesMissing", level: rules.Error, reason: evaluator.RulesMissing,
		summary: "No file matches " + strings.Join(c.config.Missing, ", ") + ". The rules in them are not evaluated; their alerts are held as they were.",
	})
}

func (c *Core) reloadSources() {
	old := c.sources
	c.sources = map[string]*source{}
	for _, s := range c.config.Sources {
		src := old[s.Name]
		if src == nil {
			src = &source{}
		}
		src.Source = s
		c.sources[s.Name] = src
	}
}

// wake builds the machine of every rule that has stored state and tells the
// planner what stands.
func (c *Core) wake() {
	byKey := map[string]*rules.Rule{}
	for _, r := range c.config.Rules {
		byKey[r.Key] = r
	}
	for _, key := range c.storedKeys() {
		rule := byKey[key]
		if rule == nil { // removed, or its file is missing: state alone
			rule = &rules.Rule{Key: key}
		}
		r := c.add(rule)
		for _, row := range c.stored[key] {
			if err := r.machine.Restore(row); err != nil {
				c.note("a stored row is of no use", "rule", key, "err", err.Error())
			}
		}
		if c.last[key] > c.at { // the clock went back, and the process died before it could say so
			r.machine.Forget()
		} else {
			r.machine.RestoreLast(c.last[key])
		}
		c.instances += r.machine.Instances()
		r.machine.Alerts(c.planner.Seed)
	}
	c.seedSelf()
	c.stored, c.last = nil, nil
}

func (c *Core) storedKeys() []string {
	keys := make([]string, 0, len(c.stored))
	for key := range c.stored {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

func (c *Core) add(rule *rules.Rule) *run {
	r := &run{rule: rule, machine: evaluator.New(rule), index: -1}
	c.runs[rule.Key] = r
	return r
}

// reloadRules gives each rule its new text, starts the new ones and removes the
// ones that are gone. What that changes is for the planner to hear once it has
// routed the alerts anew.
func (c *Core) reloadRules() (changes []evaluator.Change) {
	stay := map[string]bool{}
	for _, rule := range c.config.Rules {
		stay[rule.Key] = true
		changes = append(changes, c.reloadRule(rule)...)
	}
	var gone []string
	for key := range c.runs {
		if !stay[key] {
			gone = append(gone, key)
		}
	}
	slices.Sort(gone)
	for _, key := range gone {
		changes = append(changes, c.drop(c.runs[key])...)
	}
	return changes
}

// describe tells the planner what the open alerts now say of their rules, before
// it routes them anew.
func (c *Core) describe() {
	for _, r := range c.runs {
		r.machine.Alerts(c.planner.Describe)
	}
}

func (c *Core) reloadRule(rule *rules.Rule) (changes []evaluator.Change) {
	r := c.runs[rule.Key]
	if r == nil {
		r = c.add(rule)
	}
	if r.rule != rule {
		again, queued := c.unqueue(r)
		r.rule = rule
		changes = c.mutate(r, func() []evaluator.Change { return r.machine.Reload(rule, c.at) })
		if queued {
			c.enqueue(r, again)
		}
	}
	g := newGrid(rule)
	if same := r.grid.same(g) && r.index >= 0 && !r.held; !same {
		r.grid, r.held = g, false
		c.schedule(r)
	}
	r.grid = g
	return changes
}

// unqueue takes back a question that was not handed out yet, since its text may
// have changed, and returns its instant.
func (c *Core) unqueue(r *run) (model.Time, bool) {
	if r.ask == nil || r.ask.handed {
		return 0, false
	}
	for _, w := range r.ask.waiting {
		if w.run == r {
			c.leave(r)
			return w.instant, true
		}
	}
	return 0, false
}

// drop removes a rule that is gone and resolves what it had open; one whose file
// is missing only stops being evaluated.
func (c *Core) drop(r *run) []evaluator.Change {
	c.unschedule(r)
	if len(c.config.Missing) > 0 {
		r.held = true
		return nil
	}
	delete(c.runs, r.rule.Key)
	return c.mutate(r, func() []evaluator.Change { return r.machine.Remove(c.at) })
}

// mutate changes a machine outside of an observation.
func (c *Core) mutate(r *run, f func() []evaluator.Change) []evaluator.Change {
	c.touch(r)
	before := r.machine.Instances()
	changes := f()
	c.instances += r.machine.Instances() - before
	return changes
}

func (g grid) same(h grid) bool {
	if g.schedule != nil && h.schedule != nil {
		return g.schedule.Text == h.schedule.Text
	}
	return g.schedule == h.schedule && g.interval == h.interval && g.phase == h.phase
}

// shift follows a step of the wall clock: deadlines move with it, the grid is
// taken up where it now is, and no timer is credited across the step. Answers to
// questions from before it bear instants of the old clock: nobody waits for them.
func (c *Core) shift(by time.Duration) {
	for _, a := range c.asks {
		a.deadline = a.deadline.Add(by)
	}
	for _, s := range c.sources {
		for _, t := range []*model.Time{&s.lastGood, &s.failingSince, &s.partialSince} {
			moveTime(t, by)
		}
	}
	for _, key := range c.runKeys() {
		r := c.runs[key]
		moveTime(&r.failingSince, by)
		if r.ask != nil {
			c.countMissed(r, 1)
			c.leave(r)
		}
		r.machine.Forget()
		c.touch(r)
		if r.index >= 0 {
			c.schedule(r)
		}
	}
	moveTime(&c.lostUntil, by)
	c.planner.Shift(by)
	c.saveCheckpoint() // the one before may bear times that are now to come
}

func moveTime(t *model.Time, by time.Duration) {
	if *t != 0 {
		*t = t.Add(by)
	}
}

func (c *Core) runKeys() []string {
	keys := make([]string, 0, len(c.runs))
	for key := range c.runs {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

const checkpointEvery = time.Minute

// saveCheckpoint keeps when each rule that has timers was last evaluated well, so
// that timers that run need no row of their own at each evaluation.
func (c *Core) saveCheckpoint() {
	c.checkpoint = c.at.Add(checkpointEvery)
	last := map[string]model.Time{}
	for key, r := range c.runs {
		if r.machine.Remembers() {
			last[key] = r.machine.LastGood()
		}
	}
	if len(last) > 0 || c.checked {
		c.checked = len(last) > 0
		c.batch.Rows = append(c.batch.Rows, rules.Row{Kind: rules.KindCheckpoint, Key: "last", Value: last})
	}
}
