package file

import (
	"slices"
	"strings"
	"time"

	"tocsin/rules"
)

// defaultFallbackAfter is how long a receiver may fail before its fallback is
// told.
const defaultFallbackAfter = 5 * time.Minute

// care gives receivers what they have beside their integrations: labels, a budget,
// and who is told where they fail. The list is that of the file, in its order.
func (c *rawConfig) care(all *receivers, env environment) {
	for i, raw := range c.receivers {
		r := &all.list[i]
		r.Labels = labelsOf(raw.labels)
		r.Budget = raw.budget.or(c.budget).build()
		r.Fallback = raw.fallback.s
		r.FallbackAfter = raw.fallbackAfter.or(c.fallbackAfter.or(defaultFallbackAfter))
		raw.fallbackExists(all.names())
	}
	c.fallbackCircles()
	if env.budget != nil {
		for i := range all.list {
			all.list[i].Budget = *env.budget
		}
	}
}

func (r *rawReceiver) fallbackExists(names []string) {
	switch {
	case !r.fallback.set() && r.fallbackAfter.set():
		r.fallbackAfter.bad(CodeMissing, "fallback_after without a fallback")
	case r.fallback.set() && !slices.Contains(names, r.fallback.s):
		r.fallback.unknownReceiver(names)
	}
}

// fallbackCircles reports fallbacks that lead back to where they began: once for
// each circle, at its first receiver.
func (c *rawConfig) fallbackCircles() {
	next, seen := map[string]string{}, map[string]bool{}
	for _, r := range c.receivers {
		next[r.name.s] = r.fallback.s
	}
	for _, r := range c.receivers {
		if !r.fallback.set() || seen[r.name.s] {
			continue
		}
		way := []string{r.name.s}
		for at := next[r.name.s]; at != "" && !slices.Contains(way, at); at = next[at] {
			way = append(way, at)
		}
		if next[way[len(way)-1]] != r.name.s {
			continue
		}
		for _, name := range way {
			seen[name] = true
		}
		r.fallback.bad(CodeReceiver, "fallbacks lead in a circle: %s", strings.Join(append(way, r.name.s), ", "))
	}
}

// named are the receivers that others than routes name, with where they do.
func (c *rawConfig) named() (all []text) {
	if c.selfReceiver.set() {
		all = append(all, c.selfReceiver)
	}
	for _, r := range c.receivers {
		if r.fallback.set() {
			all = append(all, r.fallback)
		}
	}
	var walk func(*rawRoute)
	walk = func(r *rawRoute) {
		for _, e := range r.escalate {
			if e.to.set() {
				all = append(all, e.to)
			}
		}
		for _, child := range r.routes {
			walk(child)
		}
	}
	if c.route != nil {
		walk(c.route)
	}
	return all
}

// speechless warns of receivers that are to tell where others fail, and that have
// no way to tell anybody. That a route leads to such a one is Alertmanager's way
// to say nobody.
func (c *rawConfig) speechless(list []rules.Receiver) {
	for _, t := range c.named() {
		i := slices.IndexFunc(list, func(r rules.Receiver) bool { return r.Name == t.s })
		if i >= 0 && len(list[i].Integrations) == 0 {
			t.warn(CodeReceiver, "receiver %q tells nobody", short(t.s))
		}
	}
}

// self returns who is told of tocsin's own alerts.
func (c *rawConfig) self(names []string) string {
	if c.selfReceiver.set() && !slices.Contains(names, c.selfReceiver.s) {
		c.selfReceiver.unknownReceiver(names)
	}
	return c.selfReceiver.s
}
