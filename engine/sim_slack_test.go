package engine_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"tocsin/evaluator"
	"tocsin/notifier"
	"tocsin/rules"
)

// A message is one that can be edited, as it stands in its channel.
type message struct {
	handle  string
	lane    laneKey
	group   notifier.Group
	posted  model.Time
	last    model.Time             // when it was posted or edited
	shown   map[string]rules.Level // what it says fires
	tracked bool                   // the core surely knows it
	deleted bool                   // by somebody
	moved   bool                   // it says where the next one is
	excused bool                   // nobody keeps it true, as documented
}

func handleOf(d notifier.Delivery) string { return fmt.Sprintf("ts %s.%d", d.ID, d.Attempt) }

// show lets a delivery take effect in the channel.
func (p *people) show(d notifier.Delivery, now model.Time) {
	m := p.messages[d.Root]
	switch d.Effect {
	case notifier.Post:
		m = &message{handle: handleOf(d), lane: laneOf(d), group: d.Group, posted: now, last: now}
		p.messages[m.handle] = m
		m.shown = firingOf(d)
	case notifier.Edit:
		m.shown, m.excused = firingOf(d), false
		m.lane, m.group, m.last = laneOf(d), d.Group, now
	case notifier.Moved:
		m.moved = true
	case notifier.Reply, notifier.Broadcast:
	}
}

func firingOf(d notifier.Delivery) map[string]rules.Level {
	shown := map[string]rules.Level{}
	for _, e := range d.Firing {
		shown[alertKey(*e.Alert)] = e.Alert.Notify
	}
	return shown
}

// track notes that the core knows a message, durably.
func (p *people) track(c confirmation) {
	if m := p.messages[c.handle]; m != nil {
		m.tracked = true
	}
}

// deleted reports whether what a delivery edits or answers is not there any more.
func (p *people) deleted(d notifier.Delivery) bool {
	m := p.messages[d.Root]
	return m != nil && m.deleted
}

// deleteOne lets somebody delete a message.
func (p *people) deleteOne(rng *rand.Rand) {
	var handles []string
	for handle, m := range p.messages {
		if m.tracked && !m.deleted {
			handles = append(handles, handle)
		}
	}
	if slices.Sort(handles); len(handles) > 0 {
		p.messages[handles[rng.IntN(len(handles))]].deleted = true
	}
}

func (p *people) spoil(d notifier.Delivery) {
	if m := p.messages[d.Root]; m != nil {
		m.excused = true
	}
}

// checkEffect holds an attempt against what can be done to messages.
func (s *sim) checkEffect(d notifier.Delivery) error {
	if d.Effect == notifier.Post {
		return nil
	}
	m := s.people.messages[d.Root]
	switch {
	case !s.integration(d.Integration).Threads:
		return fmt.Errorf("%s at %s, which can't", d.Effect, d.Integration)
	case m == nil || m.lane.integration != d.Integration:
		return fmt.Errorf("%s of a message that never was: %q", d.Effect, d.Root)
	case d.Effect == notifier.Moved && s.people.messages[d.Next] == nil:
		return fmt.Errorf("moved to a message that never was: %q", d.Next)
	case d.Effect == notifier.Broadcast && s.now.Sub(m.posted) > 24*time.Hour+simInterval:
		return fmt.Errorf("broadcast under a message of %s", m.posted.Time().UTC())
	}
	m.tracked = true
	return nil
}

// checkMessages compares what edited messages show with what is true. Of a group it is
// the last one that does; those before show nothing.
func (s *sim) checkMessages() []string {
	last := map[viewKey]*message{}
	var diff []string
	for _, handle := range slices.Sorted(maps.Keys(s.people.messages)) {
		m := s.people.messages[handle]
		if !m.tracked || m.deleted || m.excused || m.moved || strings.Contains(m.group.Key, "Tocsin") || strings.HasSuffix(m.group.Key, ":digest") {
			continue
		}
		if !threads(s.config, m.lane.integration) || s.outages[m.lane.integration] != works {
			continue
		}
		k := viewKey{m.lane.integration, s.groupOf(m).String()}
		if was := last[k]; was != nil && was.last > m.last {
			diff = append(diff, s.compareMessage(m, nil)...)
			continue
		} else if was != nil {
			diff = append(diff, s.compareMessage(was, nil)...)
		}
		last[k] = m
	}
	for _, m := range last {
		if len(m.shown) == 0 { // its group has ended, and may have begun anew: see checkShown
			continue
		}
		diff = append(diff, s.compareMessage(m, s.inGroup(m.group.Route, s.groupOf(m)))...)
	}
	return diff
}

// checkShown finds alerts that were told, are held by nothing, and stand in no message.
func (s *sim) checkShown() (diff []string) {
	for _, r := range s.config.Receivers {
		in := r.Integrations[0]
		if !in.Threads || r.Budget.Max > 0 || s.outages[in.Key] != works {
			continue
		}
		shown := maps.Clone(s.people.plain)
		for _, m := range s.people.messages {
			if m.tracked && m.excused && !m.deleted && !m.moved { // by what it fails to show
				return nil
			}
			for key := range m.shown {
				// That one was deleted is found out with the next edit.
				shown[key] = shown[key] || m.lane.integration == in.Key && !m.moved
			}
		}
		for key, a := range s.ledger.alerts {
			knows := s.people.sure[sureKey{in.Key, restRoute, key}] == told{a.Episode, a.Notify}
			if knows && !shown[key] && !s.justChanged(key) && s.postable(a) && a.Rule != rules.SelfRule {
				diff = append(diff, fmt.Sprintf("%s was told at %s, and no message shows it", key, in.Key))
			}
		}
	}
	return diff
}

// postable reports whether a new message may show an alert, and could have been posted:
// a mute time holds posts, and that of a message nobody has is no exception.
func (s *sim) postable(a evaluator.Alert) bool {
	if s.holds(a) != "" || s.ledger.acked(a, s.now) {
		return false
	}
	open := func(at model.Time) bool {
		return !routeMuted(s.config, restRoute, at) && s.ledger.mutes(s.config, alertKey(a), labelsAt(s.config, a, a.Notify), at) == ""
	}
	settled := max(s.reloadedAt.Add(simInterval), s.ledger.lapsed[alertKey(a)])
	for at := s.now.Add(-time.Minute); at > settled; at = at.Add(-time.Minute) {
		if open(at) && open(at.Add(time.Minute)) {
			return true
		}
	}
	return false
}

// groupOf is the group that a message shows: the one of what is in it, for a reload may
// have moved it since it was edited.
func (s *sim) groupOf(m *message) labels.Labels {
	route := routeOf(s.config, m.group.Route)
	for _, key := range slices.Sorted(maps.Keys(m.shown)) {
		if a, fires := s.ledger.alerts[key]; fires && route != nil {
			return route.GroupLabels(labelsAt(s.config, a, a.Notify))
		}
	}
	return m.group.Labels
}

// compareMessage says where a message differs from what should be in it. What is
// held may be left out.
func (s *sim) compareMessage(m *message, want map[string]evaluator.Alert) (diff []string) {
	for key, level := range m.shown {
		if s.justChanged(key) {
			continue
		}
		if a, fires := want[key]; !fires || a.Notify != level {
			diff = append(diff, fmt.Sprintf("message %s shows %s at %s, true is %s", m.handle, key, level, a.Notify))
		}
	}
	for key, a := range want {
		if !s.justChanged(key) && m.shown[key] != a.Notify && s.holds(a) == "" && !s.ledger.acked(a, s.now) {
			diff = append(diff, fmt.Sprintf("message %s shows %s at %s, true is %s", m.handle, key, m.shown[key], a.Notify))
		}
	}
	return diff
}

// justChanged reports whether an alert changed so lately that an edit may be on its way.
func (s *sim) justChanged(alert string) bool { return s.now.Sub(s.changedAt[alert]) < 2*simInterval }

// inGroup lists the alerts that fire and belong to a group of a route.
func (s *sim) inGroup(id string, group labels.Labels) map[string]evaluator.Alert {
	all := map[string]evaluator.Alert{}
	route := routeOf(s.config, id)
	for key, a := range s.ledger.alerts {
		for _, l := range levelsOf(a) {
			ls := labelsAt(s.config, a, l)
			if route != nil && slices.Contains(s.config.Route.Match(ls), route) {
				if labels.Equal(route.GroupLabels(ls), group) {
					all[key] = a
				}
				break
			}
		}
	}
	return all
}
