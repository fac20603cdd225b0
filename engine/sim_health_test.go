package engine_test

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/notifier"
	"tocsin/rules"
)

// drawIntegration draws one that is always there.
func drawIntegration(rng *rand.Rand) string {
	return []string{"slack", "webhook", "email", "phone"}[rng.IntN(4)]
}

// An outage is how an integration fails for a while.
type outage int

const (
	works outage = iota
	refuses
	rejects
)

func (o outage) outcome(rng *rand.Rand) notifier.Outcome {
	if o == rejects {
		return notifier.Rejected
	}
	return []notifier.Outcome{notifier.Refused, notifier.Refused, notifier.Unknown}[rng.IntN(3)]
}

// breakDown lets an integration fail for a while.
func (s *sim) breakDown() {
	key := drawIntegration(s.rng)
	s.outages[key] = outage(1 + s.rng.IntN(2))
	s.log("%s fails: %d", key, s.outages[key])
	s.inbox = append(s.inbox, arrival{at: s.now.Add(time.Duration(1+s.rng.IntN(2400)) * time.Second), call: func() error {
		if !s.healthy() {
			delete(s.outages, key)
		}
		return nil
	}})
}

// A health is how attempts at an integration ended.
type health struct{ failures []model.Time } // since it last worked, as far as that is durable

func (h *health) worked(at model.Time) {
	if h != nil {
		h.failures = slices.DeleteFunc(h.failures, func(t model.Time) bool { return t <= at })
	}
}

// failing reports whether an integration may have failed for so long.
func (p *people) failing(integration string, patience time.Duration, now model.Time) bool {
	h := p.health[integration]
	return h != nil && len(h.failures) > 0 && now.Sub(h.failures[0]) >= patience
}

// ended takes in how an attempt ended, as the core is about to hear.
func (p *people) ended(d notifier.Delivery, o notifier.Outcome, now model.Time) {
	h, lane := p.health[d.Integration], laneOf(d)
	if h == nil {
		h = &health{}
		p.health[d.Integration] = h
	}
	if o == notifier.Refused || o == notifier.Unknown {
		h.failures = append(h.failures, now)
	}
	if quiet(d) {
		if o == notifier.Rejected { // it shows an old truth until that changes again
			p.spoil(d)
		}
		return
	}
	p.trying[lane] = o == notifier.Refused || o == notifier.Unknown
	switch o {
	case notifier.Rejected:
		p.refused[lane] = true
	case notifier.Delivered:
		delete(p.refused, lane)
	case notifier.Refused, notifier.Unknown:
	}
}

// die is the death of the process; what it had not kept is nowhere.
func (p *people) die(storeDown bool) {
	for _, a := range p.open {
		p.doubt(a.delivery)
		p.trying[a.lane] = true
	}
	p.excuse()
	if storeDown { // nobody remembers the ids of now, nor what was posted
		clear(p.said)
		clear(p.posts)
		for _, m := range p.messages {
			m.excused = true
		}
	}
	p.toConfirm = nil
	clear(p.open)
	clear(p.lastLane)
	clear(p.refused)
}

// shift moves what is remembered with the wall clock.
func (p *people) shift(by time.Duration) {
	for k, last := range p.counted {
		p.counted[k] = post{last.id, last.at.Add(by)}
	}
	for k, t := range p.lastLane {
		p.lastLane[k] = t.Add(by)
	}
	for _, h := range p.health {
		for i := range h.failures {
			h.failures[i] = h.failures[i].Add(by)
		}
	}
	for _, m := range p.messages {
		m.posted, m.last = m.posted.Add(by), m.last.Add(by)
	}
	for _, posts := range p.posts {
		for i := range posts {
			posts[i].at = posts[i].at.Add(by)
		}
	}
	for _, v := range p.views {
		for k, t := range v.heard {
			v.heard[k] = t.Add(by)
		}
	}
	for i := range p.toConfirm {
		p.toConfirm[i].at = p.toConfirm[i].at.Add(by)
	}
}

// rerouted is called when a configuration is about to come into force. Where it
// leads nobody any more, what fires on is closed without a word, as documented; the
// rest moves.
func (s *sim) rerouted() {
	p := s.people
	clear(p.refused)
	for _, r := range s.config.Receivers {
		p.keeps[r.Integrations[0].Key] = r.Integrations[0].Incident
	}
	for k, v := range p.views {
		for _, alert := range slices.Collect(maps.Keys(v.firing)) {
			s.rerouteView(k, v, alert)
		}
	}
	for k, episode := range p.offered {
		if !strings.HasPrefix(k.route, moved) && s.moves(k.integration, k.route) {
			delete(p.offered, k)
			p.offered[sureKey{k.integration, moved + k.route, k.alert}] = episode
		}
	}
	maps.DeleteFunc(p.sure, func(k sureKey, _ told) bool {
		a, fires := s.ledger.alerts[k.alert]
		self := fires && a.Rule == rules.SelfRule && !slices.Contains(s.expectedAt(a), k.integration)
		return self || s.moves(k.integration, k.route)
	})
	for id, a := range p.open {
		s.rerouteOpen(a.delivery)
		if receiverOf(s.config, a.lane.integration) == "" {
			delete(p.open, id)
		}
	}
	for _, send := range s.waiting {
		s.rerouteOpen(send.Delivery)
	}
	maps.DeleteFunc(p.incidents, func(k incidentKey, _ map[string]bool) bool { return !s.integration(k.integration).Incident })
	for _, m := range p.messages { // who no longer edits forgets it
		m.excused = m.excused || !threads(s.config, m.lane.integration)
	}
}

// moves reports whether what was told at a place is told elsewhere from now on, if
// anywhere. An incident stays what it is.
func (s *sim) moves(integration, place string) bool {
	isIncident := strings.HasPrefix(place, incident)
	if isIncident || s.people.keeps[integration] {
		return isIncident != s.people.keeps[integration]
	}
	return place != "self" && !leadsTo(s.config, place, integration)
}

// rerouteView finds out what becomes of what a reader was told of an alert.
func (s *sim) rerouteView(k viewKey, v *view, alert string) {
	switch {
	case s.leadsNowhere(k, alert):
		delete(v.firing, alert)
	case k.route != moved && s.moves(k.integration, k.route):
		to := s.people.viewAt(viewKey{k.integration, moved})
		to.firing[alert], to.heard[alert] = v.firing[alert], v.heard[alert]
		delete(v.firing, alert)
	}
}

// rerouteReached does so for what a message tells that was made for another
// configuration.
func (s *sim) rerouteReached(d notifier.Delivery) {
	for _, e := range d.Firing {
		k := s.people.viewOf(d, *e.Alert)
		s.rerouteView(k, s.people.viewAt(k), alertKey(*e.Alert))
	}
}

// leadsNowhere reports whether an alert that fires leads to a reader no longer, by
// whatever route.
func (s *sim) leadsNowhere(k viewKey, alert string) bool {
	a, fires := s.ledger.alerts[alert]
	switch {
	case receiverOf(s.config, k.integration) == "":
		return true
	case !fires:
		return false
	case strings.HasPrefix(k.route, incident) && !s.moves(k.integration, k.route):
		return false
	case a.Rule == rules.SelfRule:
		return !slices.Contains(s.expectedAt(a), k.integration)
	case k.route != moved && !s.moves(k.integration, k.route):
		return false
	}
	return !slices.ContainsFunc(levelsOf(a), func(l rules.Level) bool {
		return slices.ContainsFunc(s.config.Route.Match(labelsAt(s.config, a, l)), func(r *rules.Route) bool {
			return leadsTo(s.config, r.ID, k.integration)
		})
	})
}

// rerouteOpen excuses what an attempt in the air may still tell people to whom
// nothing leads any more.
func (s *sim) rerouteOpen(d notifier.Delivery) {
	for _, e := range d.Firing {
		if s.leadsNowhere(s.people.viewOf(d, *e.Alert), alertKey(*e.Alert)) {
			s.people.excused[d.Integration+"|"+alertKey(*e.Alert)] = true
		}
	}
}

func threads(cfg *rules.Config, integration string) bool {
	for _, r := range cfg.Receivers {
		for _, in := range r.Integrations {
			if in.Key == integration {
				return in.Threads
			}
		}
	}
	return false
}

// receiverOf is the receiver that has an integration, or "".
func receiverOf(cfg *rules.Config, integration string) string {
	for _, r := range cfg.Receivers {
		for _, in := range r.Integrations {
			if in.Key == integration {
				return r.Name
			}
		}
	}
	return ""
}

// primaryOf is the receiver that a route names, or "" if there is no such route.
func primaryOf(cfg *rules.Config, route string) string {
	if to, self := strings.CutPrefix(route, "self/"); self {
		return to
	}
	if r := routeOf(cfg, route); r != nil {
		return r.Receiver
	}
	return ""
}

// standsFor lists the receivers that one is told in place of, in a route.
func standsFor(cfg *rules.Config, route, receiver string) (all []rules.Receiver) {
	chain := []string{primaryOf(cfg, route)}
	if r := routeOf(cfg, route); r != nil {
		for _, step := range r.Escalate {
			chain = append(chain, step.To)
		}
	}
	for i := 0; i < len(chain) && i < 10; i++ {
		for _, r := range cfg.Receivers {
			if r.Name != chain[i] || r.Fallback == "" {
				continue
			}
			chain = append(chain, r.Fallback)
			if r.Fallback == receiver {
				all = append(all, r)
			}
		}
	}
	return all
}

// leadsTo reports whether a route may ever tell an integration anything.
func leadsTo(cfg *rules.Config, route, integration string) bool {
	to := receiverOf(cfg, integration)
	if to == "" || primaryOf(cfg, route) == "" {
		return false
	}
	if primaryOf(cfg, route) == to || len(standsFor(cfg, route, to)) > 0 {
		return true
	}
	r := routeOf(cfg, route)
	return r != nil && slices.ContainsFunc(r.Escalate, func(x rules.Escalation) bool { return x.To == to })
}
