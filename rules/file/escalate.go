package file

import (
	"cmp"
	"slices"

	"gopkg.in/yaml.v3"

	"tocsin/rules"
)

// A rawEscalation is an item of escalate, as written.
type rawEscalation struct {
	pos
	after span
	to    text
	level rules.Level
}

// escalate reads one escalation, a list of them, or `off`.
func (d *doc) escalate(into *[]rawEscalation, set *bool) setter {
	return func(n *yaml.Node) {
		n = resolve(n)
		if null(n) {
			return
		}
		*set = true
		one := func(n *yaml.Node) { *into = append(*into, d.escalation(n)) }
		switch n.Kind {
		case yaml.MappingNode:
			one(n)
		case yaml.ScalarNode:
			if s, ok := d.scalarAs(n, offForm); ok && s != "off" && s != "false" {
				d.at(n).bad(CodeType, "expected {after, to}, a list of them, or off, found %q", short(s))
			}
		default:
			d.each("escalations", one)(n)
		}
	}
}

func (d *doc) escalation(n *yaml.Node) rawEscalation {
	e := rawEscalation{pos: d.at(n), level: rules.Error}
	var level text
	before := len(d.sink.all)
	d.object(n, "escalation", fields{
		"after": d.positive(&e.after),
		"to":    d.text(&e.to),
		"level": d.oneOf(&level, rules.Warn.String(), rules.Error.String()),
	})
	if !e.whole() && !d.sink.failed(before) {
		e.bad(CodeMissing, "an escalation needs after and to").Hint = "write {after: 15m, to: receiver}"
	}
	if level.set() {
		e.level, _ = rules.ParseLevel(level.s)
	}
	return e
}

// whole reports whether all is there that an escalation needs.
func (e rawEscalation) whole() bool { return e.after.set() && e.to.set() }

// escalations makes those of a route, the soonest first.
func (r *rawRoute) escalations(t tree) []rules.Escalation {
	var all []rules.Escalation
	if n := len(r.escalate); n > maxEscalations {
		r.escalate[0].bad(CodeNumber, "%d escalations, and a route has %d at most", n, maxEscalations)
		return nil
	}
	for _, e := range r.escalate {
		if !e.whole() {
			continue
		}
		t.receivers.receiver(e.to)
		if slices.ContainsFunc(all, func(o rules.Escalation) bool { return o.To == e.to.s && o.Level == e.level }) {
			e.bad(CodeDuplicate, "%q is told twice of the same alerts", short(e.to.s))
		}
		all = append(all, rules.Escalation{After: e.after.d, To: e.to.s, Level: e.level})
	}
	slices.SortStableFunc(all, func(a, b rules.Escalation) int { return cmp.Compare(a.After, b.After) })
	return all
}

// further are the escalations that reach somebody else than the route does.
func further(all []rules.Escalation, receiver string) []rules.Escalation {
	own := func(e rules.Escalation) bool { return e.To == receiver }
	if !slices.ContainsFunc(all, own) {
		return all
	}
	return slices.DeleteFunc(slices.Clone(all), own)
}

// pointless warns of escalations to whom the route tells already.
func (r *rawRoute) pointless(receiver string) {
	for _, e := range r.escalate {
		if e.whole() && e.to.s == receiver && len(r.routes) == 0 {
			e.to.warn(CodeNoEffect, "the route tells %q already", short(receiver))
		}
	}
}
