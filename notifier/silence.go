package notifier

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	amlabels "github.com/prometheus/alertmanager/pkg/labels"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"tocsin/rules"
)

// A silence is one that is remembered: to come, in force, or over for not long.
type silence struct {
	rules.Silence
	active   bool
	matching int   // alerts that fire and that it holds
	timer    timer // to its begin, its end, or until it is forgotten; in wall time
}

// keepSilences is how long a silence is remembered after its end, as Alertmanager
// does.
const keepSilences = 120 * time.Hour

func (s *silence) words() string {
	return fmt.Sprintf("silenced by %s: %s (%s)", s.CreatedBy, s.Comment, s.ID)
}

// Silence puts a silence in force, or replaces the one of its id.
func (p *Planner) Silence(at model.Time, s rules.Silence) {
	p.at = at
	old := p.silences[s.ID]
	if old != nil {
		p.wall.remove(&old.timer)
	}
	now := p.adoptSilence(s)
	if old != nil { // it goes on being counted by its id
		now.matching = old.matching
	}
	p.reindex()
	p.touchSilence(s.ID)
	if p.cfg == nil {
		return
	}
	if old != nil && old.active {
		p.review(old.Matchers)
	}
	p.review(s.Matchers)
}

func (p *Planner) adoptSilence(s rules.Silence) *silence {
	now := &silence{Silence: s}
	now.timer = timer{key: s.ID, owner: now}
	p.silences[s.ID] = now
	p.arm(now)
	return now
}

// Unsilence ends a silence.
func (p *Planner) Unsilence(at model.Time, id string) {
	p.at = at
	s := p.silences[id]
	if s == nil || s.State(at) == rules.SilenceExpired {
		return
	}
	s.EndsAt, s.UpdatedAt = at, at
	s.StartsAt = min(s.StartsAt, at)
	p.turn(s)
}

// arm sets a silence to what it is now, and its timer to when that changes.
func (p *Planner) arm(s *silence) {
	state := s.State(p.at)
	s.active = state == rules.SilenceActive
	switch state {
	case rules.SilencePending:
		s.timer.at = s.StartsAt
	case rules.SilenceActive:
		s.timer.at = s.EndsAt
	case rules.SilenceExpired:
		s.timer.at = s.EndsAt.Add(keepSilences)
	}
	p.wall.put(&s.timer)
}

// turn lets a silence begin or end.
func (p *Planner) turn(s *silence) {
	p.arm(s)
	p.reindex()
	p.touchSilence(s.ID)
	p.review(s.Matchers)
}

// ring begins, ends or forgets a silence.
func (s *silence) ring(p *Planner, _ model.Time) {
	if p.at < s.EndsAt.Add(keepSilences) {
		p.turn(s)
		return
	}
	delete(p.silences, s.ID)
	p.touchSilence(s.ID)
}

// review looks again at the alerts that matchers match.
func (p *Planner) review(ms amlabels.Matchers) {
	var keys []string
	for _, all := range []map[string]*alert{p.alerts, p.over} {
		for key, a := range all {
			if rules.Matches(ms, a.labels) {
				keys = append(keys, key)
			}
		}
	}
	slices.Sort(keys)
	for _, key := range keys {
		p.rehold(key)
	}
}

// countSilences keeps book of how many alerts fire that a silence holds.
func (p *Planner) countSilences(a *alert, n int) {
	if a.over {
		return
	}
	for _, id := range a.hold.silences {
		if s := p.silences[id]; s != nil {
			s.matching += n
		}
	}
}

// liftResolved ends silences that were to last until what they hold has resolved.
func (p *Planner) liftResolved(ids []string) {
	for _, id := range ids {
		if s := p.silences[id]; s != nil && s.UntilResolved && s.active && s.matching == 0 {
			p.Unsilence(p.at, id)
		}
	}
}

// A SilenceStatus is a silence and how many alerts that fire it holds.
type SilenceStatus struct {
	rules.Silence
	Matching int
}

// Silences calls f for each silence that is remembered, in the order of their ids.
func (p *Planner) Silences(f func(SilenceStatus)) {
	for _, id := range sortedKeys(p.silences) {
		f(SilenceStatus{p.silences[id].Silence, p.silences[id].matching})
	}
}

// A silentIndex finds the silences in force that match labels. A silence with a
// matcher for equality is looked up by it, by the one that the fewest silences
// have; only the others are tried one by one.
type silentIndex struct {
	equal map[string]map[string][]*silence // by name and value
	rest  []*silence
}

// An asked is a name and a value that a matcher asks for.
type asked struct{ name, value string }

func (p *Planner) reindex() {
	active := slices.SortedFunc(maps.Values(p.silences), func(a, b *silence) int { return strings.Compare(a.ID, b.ID) })
	active = slices.DeleteFunc(active, func(s *silence) bool { return !s.active })
	users := map[asked]int{}
	for _, s := range active {
		for _, m := range s.Matchers {
			users[asked{m.Name, m.Value}]++
		}
	}
	p.silent = silentIndex{equal: map[string]map[string][]*silence{}}
	for _, s := range active {
		p.silent.add(s, users)
	}
}

func (x *silentIndex) add(s *silence, users map[asked]int) {
	best := asked{}
	for _, m := range s.Matchers {
		if m.Type != amlabels.MatchEqual || m.Value == "" {
			continue
		}
		if is := (asked{m.Name, m.Value}); best.name == "" || users[is] < users[best] {
			best = is
		}
	}
	if best.name == "" {
		x.rest = append(x.rest, s)
		return
	}
	if x.equal[best.name] == nil {
		x.equal[best.name] = map[string][]*silence{}
	}
	x.equal[best.name][best.value] = append(x.equal[best.name][best.value], s)
}

// matching returns the ids of the silences that match, sorted.
func (x *silentIndex) matching(ls labels.Labels) (ids []string) {
	try := func(all []*silence) {
		for _, s := range all {
			if rules.Matches(s.Matchers, ls) {
				ids = append(ids, s.ID)
			}
		}
	}
	try(x.rest)
	for name, values := range x.equal { // sorted below
		try(values[ls.Get(name)])
	}
	slices.Sort(ids)
	return ids
}

// reviewAll looks anew at all silences, acknowledgements and mute times: wall time
// has jumped.
func (p *Planner) reviewAll() {
	for _, id := range sortedKeys(p.silences) {
		if s := p.silences[id]; s.active != (s.State(p.at) == rules.SilenceActive) {
			p.turn(s)
		} else {
			p.arm(s)
		}
	}
	for _, key := range sortedKeys(p.groups) {
		if g := p.groups[key]; g.muted != "" {
			g.opening.at = p.at
			p.wall.put(&g.opening)
		}
	}
}
