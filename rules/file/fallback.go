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
// and who is told where they fail. The list begins with those of the file, in its
// order.
func (c *rawConfig) care(all *receivers, env environment) {
	for i := range all.list {
		all.list[i].Budget = c.budget.build()
		all.list[i].FallbackAfter = c.fallbackAfter.or(defaultFallbackAfter)
	}
	known := newNames(all.names())
	for i, raw := range c.receivers {
		raw.fallbackExists(known)
		raw.care(&all.list[i])
	}
	c.fallbackCircles()
	for i := range all.list {
		if env.budget != nil {
			all.list[i].Budget = *env.budget
		}
	}
}

// care lays what a receiver says of itself over what all of them have.
func (r *rawReceiver) care(out *rules.Receiver) {
	out.Labels = labelsOf(r.labels)
	out.Fallback = r.fallback.s
	out.FallbackAfter = r.fallbackAfter.or(out.FallbackAfter)
	if r.budget.set() {
		out.Budget = r.budget.build()
	}
}

func (r *rawReceiver) fallbackExists(known names) {
	switch {
	case r.fallback.set():
		known.receiver(r.fallback)
	case r.fallbackAfter.set():
		r.fallbackAfter.bad(CodeMissing, "fallback_after without a fallback")
	}
}

// fallbackCircles reports fallbacks that lead back to where they began, once for
// each circle.
func (c *rawConfig) fallbackCircles() {
	of, seen := map[string]*rawReceiver{}, map[string]bool{}
	for _, r := range c.receivers {
		of[r.name.s] = r
	}
	for _, r := range c.receivers {
		var way []string
		for r != nil && r.fallback.set() && !seen[r.name.s] {
			seen[r.name.s] = true
			way = append(way, r.name.s)
			r = of[r.fallback.s]
		}
		if r == nil {
			continue
		}
		if i := slices.Index(way, r.name.s); i >= 0 {
			circle := append(way[i:], r.name.s)
			r.fallback.bad(CodeReceiver, "fallbacks lead in a circle: %s", short(strings.Join(circle, ", ")))
		}
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
	silent := map[string]bool{}
	for _, r := range list {
		silent[r.Name] = len(r.Integrations) == 0
	}
	for _, t := range c.named() {
		if silent[t.s] {
			t.warn(CodeSilent, "receiver %q tells nobody", short(t.s))
		}
	}
}

// self returns who is told of tocsin's own alerts.
func (c *rawConfig) self(known names) string {
	if c.selfReceiver.set() {
		known.receiver(c.selfReceiver)
	}
	return c.selfReceiver.s
}
