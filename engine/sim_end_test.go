package engine_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"tocsin/evaluator"
	"tocsin/notifier"
	"tocsin/rules"
)

// A knownKey is an alert at an integration.
type knownKey struct{ integration, alert string }

// known is what people at an integration believe of each alert that they do.
func (s *sim) known() map[knownKey]rules.Level {
	got := map[knownKey]rules.Level{}
	for k, v := range s.people.views {
		for alert, level := range v.firing {
			key := knownKey{k.integration, alert}
			got[key] = max(level, got[key])
		}
	}
	return got
}

// checkHeld looks at a calm world whose gates may still be closed: what no gate
// holds is so all the same.
func (s *sim) checkHeld() error {
	return report(s, append(s.checkFaces(), s.checkCovered()...))
}

// checkSoon looks at what is edited and closed, soon after a reload in a calm world: a
// reminder has yet to mend nothing.
func (s *sim) checkSoon() error { return report(s, s.checkFaces()) }

// checkFaces looks at what reaches nobody, so that no gate holds it.
func (s *sim) checkFaces() []string {
	return slices.Concat(s.checkMessages(), s.checkShown(), s.checkIncidents())
}

func report(s *sim, diff []string) error {
	if len(diff) == 0 {
		return nil
	}
	slices.Sort(diff)
	return fmt.Errorf("after %d messages:\n  %s", s.people.sent, strings.Join(diff, "\n  "))
}

// trackIncident lets a message open, change or close an incident.
func (s *sim) trackIncident(d notifier.Delivery) {
	if d.Incident == "" || !s.integration(d.Integration).Incident { // or no longer
		return
	}
	k := incidentKey{d.Integration, d.Incident}
	if delete(s.people.incidents, k); len(d.Firing) == 0 {
		return
	}
	s.people.incidents[k] = map[string]bool{}
	for _, e := range d.Firing {
		s.people.incidents[k][alertKey(*e.Alert)] = true
	}
}

// checkIncidents finds incidents that are open though all that they tell of is over,
// or is told elsewhere.
func (s *sim) checkIncidents() (diff []string) {
	for k, alerts := range s.people.incidents {
		open := s.outages[k.integration] != works
		for key := range alerts {
			a, fires := s.ledger.alerts[key]
			led := fires && (slices.Contains(s.expectedAt(a), k.integration) || s.standIn(k.integration))
			late := s.now.Sub(s.changedAt[key]) > simWindow+3*simInterval
			open = open || led || !late || s.people.excused[k.integration+"|"+key]
		}
		if !open {
			diff = append(diff, fmt.Sprintf("the incident %s is open at %s for %v", k.key[:8], k.integration, slices.Sorted(maps.Keys(alerts))))
		}
	}
	return diff
}

// checkOpened finds alerts that should be in an incident and are in none.
func (s *sim) checkOpened(want map[knownKey]rules.Level) (diff []string) {
	for k := range want {
		if !s.integration(k.integration).Incident {
			continue
		}
		in := false
		for x, alerts := range s.people.incidents {
			in = in || x.integration == k.integration && alerts[k.alert]
		}
		if !in {
			diff = append(diff, fmt.Sprintf("%v is in no incident that is open", k))
		}
	}
	return diff
}

// checkCovered finds alerts that an integration which is down can't tell of, and
// nobody tells in its place.
func (s *sim) checkCovered() (diff []string) {
	got := s.known()
	for _, r := range s.config.Receivers {
		in := r.Integrations[0].Key
		if r.Fallback == "" || s.outages[in] == works {
			continue
		}
		for key, a := range s.ledger.alerts {
			if !slices.Contains(s.expectedAt(a), in) || got[knownKey{in, key}] == a.Notify || !s.tellable(a) {
				continue
			}
			if there := s.integrationOf(r.Fallback); got[knownKey{there, key}] != a.Notify {
				diff = append(diff, fmt.Sprintf("%s is %s, %s is down, and %s was told %s", key, a.Notify, in, there, got[knownKey{there, key}]))
			}
		}
	}
	return diff
}

// tellable reports whether no gate has held an alert back for the last while.
func (s *sim) tellable(a evaluator.Alert) bool {
	for ago := time.Duration(0); ago < 40*time.Minute; ago += time.Minute {
		at := s.now.Add(-ago)
		if routeMuted(s.config, pagerRoute, at) && ago < 10*time.Minute || s.ledger.mutes(s.config, alertKey(a), labelsAt(s.config, a, a.Notify), at) != "" {
			return false
		}
	}
	_, acked := s.ledger.acks[alertKey(a)]
	return !acked && a.Rule != rules.SelfRule
}

func (s *sim) integrationOf(receiver string) string {
	for _, r := range s.config.Receivers {
		if r.Name == receiver {
			return r.Integrations[0].Key
		}
	}
	return ""
}

// checkEnd compares what people know with what is true. Those who stand in may know
// more than they should, but nothing that is not so.
func (s *sim) checkEnd() error {
	want, got := map[knownKey]rules.Level{}, s.known()
	for key, a := range s.ledger.alerts {
		for _, integration := range append(s.expectedAt(a), s.climbed(a)...) {
			want[knownKey{integration, key}] = a.Notify
		}
	}
	var diff []string
	for k, level := range want {
		if got[k] != level {
			diff = append(diff, fmt.Sprintf("%v is %s, people know %s", k, level, got[k]))
		}
	}
	for k, level := range got {
		_, wanted := want[k]
		if a, fires := s.ledger.alerts[k.alert]; wanted || s.people.excused[k.integration+"|"+k.alert] || fires && a.Notify == level && s.standIn(k.integration) {
			continue
		}
		diff = append(diff, fmt.Sprintf("%v is over, people know %s", k, level))
	}
	diff = slices.Concat(diff, s.checkFaces(), s.checkReminded(want), s.checkOpened(want))
	return report(s, append(diff, s.audit.undecided()...))
}

// standIn reports whether an integration may tell in place of others.
func (s *sim) standIn(integration string) bool {
	to := receiverOf(s.config, integration)
	for _, route := range []string{pagerRoute, webRoute, restRoute} {
		if primaryOf(s.config, route) != to && leadsTo(s.config, route, integration) {
			return true
		}
	}
	return false
}

// checkReminded finds those who were not told again for too long.
func (s *sim) checkReminded(want map[knownKey]rules.Level) (diff []string) {
	heard := map[knownKey]time.Duration{}
	for k, v := range s.people.views {
		for alert, at := range v.heard {
			key := knownKey{k.integration, alert}
			if ago, ok := heard[key]; !ok || s.now.Sub(at) < ago {
				heard[key] = s.now.Sub(at)
			}
		}
	}
	for k := range want {
		most := simRepeat + 3*simInterval + simWindow
		if s.integration(k.integration).Resend > 0 {
			most = simResend + simInterval
		}
		if ago := heard[k]; ago > most {
			diff = append(diff, fmt.Sprintf("%v was last told of %s ago", k, ago))
		}
	}
	return diff
}

// expectedAt says by brute force which integrations should know of an alert.
func (s *sim) expectedAt(a evaluator.Alert) (all []string) {
	for _, receiver := range s.receiversOf(a) {
		all = append(all, s.integrationOf(receiver))
	}
	return all
}

func (s *sim) receiversOf(a evaluator.Alert) (all []string) {
	for _, l := range levelsOf(a) {
		for _, route := range s.config.Route.Match(labelsAt(s.config, a, l)) {
			if !slices.Contains(all, route.Receiver) {
				all = append(all, route.Receiver)
			}
		}
	}
	if a.Rule == rules.SelfRule && a.Notify > rules.OK {
		return s.selfReceivers(a, all)
	}
	return all
}

// selfReceivers are those who are told of an alert about tocsin.
func (s *sim) selfReceivers(a evaluator.Alert, routed []string) []string {
	culprit := ""
	if a.Name == notifier.ReceiverFailing {
		culprit = receiverOf(s.config, strings.TrimPrefix(a.Instance, "receiver/"))
	}
	if s.config.SelfReceiver == "" {
		able := slices.DeleteFunc(slices.Clone(routed), func(r string) bool { return r == culprit })
		if len(able) > 0 || len(routed) == 0 {
			return able
		}
	}
	candidates := []string{s.config.SelfReceiver}
	for _, r := range s.config.Receivers {
		if r.Name == culprit {
			candidates = append(candidates, r.Fallback)
		}
	}
	for _, r := range s.config.Receivers {
		candidates = append(candidates, r.Name)
	}
	for _, r := range candidates {
		if r != "" && r != culprit {
			return []string{r}
		}
	}
	return nil
}

// climbed says which integrations an alert has gone up to.
func (s *sim) climbed(a evaluator.Alert) (all []string) {
	if s.holds(a) != "" || s.ledger.acked(a, s.now) || a.Rule == rules.SelfRule {
		return nil
	}
	for _, route := range s.config.Route.Routes {
		caught := slices.ContainsFunc(levelsOf(a), func(l rules.Level) bool {
			return rules.Matches(route.Matchers, labelsAt(s.config, a, l))
		})
		for _, step := range route.Escalate {
			if caught && a.Notify >= step.Level && s.now.Sub(a.LevelSince) >= step.After+2*simInterval {
				all = append(all, s.integrationOf(step.To))
			}
		}
	}
	return all
}
