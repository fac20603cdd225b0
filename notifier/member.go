package notifier

import (
	"cmp"
	"slices"
	"strings"

	"github.com/prometheus/prometheus/model/labels"

	"tocsin/evaluator"
)

// A member is an alert as a group shows it. It is replaced, never changed.
type member struct {
	key    string
	alert  *evaluator.Alert
	labels labels.Labels
	gone   bool // no longer a member
	quiet  bool // nobody is to be reminded of it; it alone changes
	climbs []*escalation
}

// join makes an alert a member, or replaces what was known of it.
func (p *Planner) join(g *group, m *member) {
	p.part(g, m.key)
	if m.quiet {
		g.quiet++
	}
	g.members[m.key] = m
	g.fresh = append(g.fresh, m)
	if len(g.fresh) == manyFresh {
		p.crowded = append(p.crowded, g)
	}
	p.climb(g, m)
}

// manyFresh is how many new members make a group crowded.
const manyFresh = 1000

// sortCrowded finds the order of groups with many new members in the step that brought
// them, when nobody waits for their message yet; unless that would be to go over many
// others again and again.
func (p *Planner) sortCrowded() {
	for _, g := range p.crowded {
		if len(g.fresh) >= len(g.order)/8 {
			g.sorted()
		}
	}
	p.crowded = nil
}

func (p *Planner) part(g *group, key string) {
	if m := g.members[key]; m != nil {
		if m.quiet {
			g.quiet--
		}
		m.gone, g.stale = true, true
		p.settleDown(m)
		delete(g.members, key)
	}
}

// hush notes whether anybody is to be reminded of a member.
func (g *group) hush(key string, quiet bool) {
	m := g.members[key]
	if m == nil || m.quiet == quiet {
		return
	}
	m.quiet = quiet
	if quiet {
		g.quiet++
	} else {
		g.quiet--
	}
}

// sorted returns the members as a delivery lists them. The order is kept, and
// those that are new are merged into it: with ten thousand members, to sort them
// all for one change would be the most of a flush.
func (g *group) sorted() []*member {
	if !g.stale && len(g.fresh) == 0 {
		return g.order
	}
	gone := func(m *member) bool { return m.gone }
	old, fresh := slices.DeleteFunc(g.order, gone), slices.DeleteFunc(g.fresh, gone)
	slices.SortFunc(fresh, compareMembers)
	g.order, g.fresh, g.stale = mergeMembers(old, fresh), nil, false
	return g.order
}

func mergeMembers(a, b []*member) []*member {
	if len(b) == 0 {
		return a
	}
	all := make([]*member, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		if compareMembers(a[0], b[0]) <= 0 {
			all, a = append(all, a[0]), a[1:]
		} else {
			all, b = append(all, b[0]), b[1:]
		}
	}
	return append(append(all, a...), b...)
}

func compareMembers(a, b *member) int {
	return cmp.Or(inOrder(a.alert, b.alert, a.labels, b.labels), strings.Compare(a.key, b.key))
}

// inOrder sorts errors first, then by start, then by labels.
func inOrder(a, b *evaluator.Alert, la, lb labels.Labels) int {
	return cmp.Or(cmp.Compare(b.Notify, a.Notify), cmp.Compare(a.StartsAt, b.StartsAt), labels.Compare(la, lb))
}
