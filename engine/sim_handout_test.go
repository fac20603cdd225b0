package engine_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/engine"
	"tocsin/evaluator"
	"tocsin/notifier"
	"tocsin/rules"
)

// checkHandOut holds an attempt against every gate at the instant at which it is
// handed out.
func (s *sim) checkHandOut(send engine.Send, at model.Time) error {
	d := send.Delivery
	s.note(d, at)
	for _, check := range []func() error{
		func() error { return s.checkEffect(d) },
		func() error { return s.checkGates(d, at) },
		func() error { return s.checkStand(d, at) },
		func() error { return s.checkSelf(d) },
		func() error { return s.checkRetry(d) },
	} {
		if err := check(); err != nil {
			s.logSend(d)
			return fmt.Errorf("delivery %s to %s, group %s, attempt %d: %w", d.ID, d.Integration, d.Group.Key, d.Attempt, err)
		}
	}
	return nil
}

// note counts what is worth seeing of an attempt.
func (s *sim) note(d notifier.Delivery, at model.Time) {
	in := s.integration(d.Integration)
	s.seenSo[d.Effect.String()]++
	s.seenSo[string(d.Reason)]++
	saw := func(what string, so bool) {
		if so {
			s.seenSo[what]++
		}
	}
	saw("in place of others", d.Receiver != primaryOf(s.config, d.Group.Route) && s.covers(d, at))
	saw("to a forwarder", in.Resend > 0)
	saw("an incident's end", in.Incident && len(d.Resolved) > 0)
	saw("while its route is muted", routeMuted(s.config, d.Group.Route, at))
	for _, e := range d.Firing {
		a := s.ledger.alerts[alertKey(*e.Alert)]
		saw("escalated", d.Receiver != primaryOf(s.config, d.Group.Route) && s.escalated(d, a, at))
		saw("of tocsin itself", e.Alert.Rule == rules.SelfRule)
		for _, how := range []string{"silenced", "inhibited", "acknowledged"} {
			saw(how, strings.HasPrefix(e.Held, how))
		}
	}
}

// checkGates finds what is told through a gate that is closed. A forwarder has no
// gates; what some recipients have already may be told to those left.
func (s *sim) checkGates(d notifier.Delivery, at model.Time) error {
	in := s.integration(d.Integration)
	if in.Resend > 0 || len(d.Left) > 0 {
		return nil
	}
	closes := in.Incident && len(d.Firing) == 0
	if !quiet(d) && !closes && routeMuted(s.config, d.Group.Route, at) {
		return fmt.Errorf("its route is muted")
	}
	remindsOf := 0
	for _, e := range d.Firing {
		if err := s.checkFiring(d, e, at); err != nil {
			return err
		}
		if a := s.ledger.alerts[alertKey(*e.Alert)]; s.holds(a) == "" && !s.ledger.acked(a, at) {
			remindsOf++
		}
	}
	if d.Reason == notifier.ReasonReminder && remindsOf == 0 {
		return fmt.Errorf("a reminder of what is held alone")
	}
	if quiet(d) || in.Incident {
		return nil
	}
	for _, e := range d.Resolved {
		if why := s.endHeld(e, at); why != "" {
			return fmt.Errorf("the end of %s is told in spite of %s", alertKey(*e.Alert), why)
		}
	}
	return nil
}

func (s *sim) checkFiring(d notifier.Delivery, e notifier.Entry, at model.Time) error {
	key := alertKey(*e.Alert)
	a, fires := s.ledger.alerts[key]
	news := e.News != notifier.Same
	why := s.holds(a)
	told := s.people.offeredAt(d, a)
	switch {
	case s.justEnded[key]: // of tocsin itself: it ended with what this step did
		return nil
	case !fires:
		return fmt.Errorf("%s is over", key)
	case e.Held == "" && e.Alert.Notify != a.Notify:
		return fmt.Errorf("%s is %s, not %s", key, a.Notify, e.Alert.Notify)
	case (why != "" || s.ledger.acked(a, at)) && e.Held == "" && !news:
		return fmt.Errorf("%s is held, and shown as if it were not: %s", key, why)
	case quiet(d) && why != "" && !told:
		return fmt.Errorf("%s is shown in spite of %s, and was never told", key, why)
	case quiet(d):
		return nil
	case news && why != "":
		return fmt.Errorf("%s of %s is told in spite of %s", e.News, key, why)
	case (e.News == notifier.New || e.News == notifier.Raised) && s.ledger.acked(a, at):
		return fmt.Errorf("%s of %s is told, which is acknowledged", e.News, key)
	}
	return nil
}

// holds says what keeps everything of an alert that fires from being told.
func (s *sim) holds(a evaluator.Alert) string {
	return s.ledger.mutes(s.config, alertKey(a), labelsAt(s.config, a, a.Notify), s.now)
}

// endHeld says what keeps the end of an alert from being told: something does if
// it holds the labels that it was told with and those that it had last, or all that
// it may have had.
func (s *sim) endHeld(e notifier.Entry, at model.Time) string {
	key := alertKey(*e.Alert)
	if a, fires := s.ledger.alerts[key]; fires {
		return s.holds(a)
	}
	levels := []rules.Level{rules.Warn, rules.Error}
	last, known := s.ledger.ended[key]
	if known {
		levels = []rules.Level{last.Notify}
	} else {
		last = *e.Alert
	}
	for _, l := range levels {
		if s.ledger.mutes(s.config, key, labelsAt(s.config, last, l), at) == "" {
			return ""
		}
	}
	return s.ledger.mutes(s.config, key, e.Labels, at)
}

// checkStand holds what is told to those who stand in against why: whom they stand
// in for fails or rejects, or the alert has gone up to them, or they were told of
// it before.
func (s *sim) checkStand(d notifier.Delivery, at model.Time) error {
	primary := primaryOf(s.config, d.Group.Route)
	if d.Receiver == primary || quiet(d) || len(d.Left) > 0 {
		return nil
	}
	for _, e := range d.Firing {
		a := s.ledger.alerts[alertKey(*e.Alert)]
		if primary == "" {
			return fmt.Errorf("%s fires and no route leads there", alertKey(a))
		}
		if e.News == notifier.Same || s.justEnded[alertKey(*e.Alert)] || s.owned(d, a) || s.covers(d, at) || s.escalated(d, a, at) {
			continue
		}
		return fmt.Errorf("%s of %s is told in place of %s, which works", e.News, alertKey(a), primary)
	}
	return nil
}

// owned reports whether an integration may have been told of an alert before; what
// was told moves with an alert from one route to another.
func (s *sim) owned(d notifier.Delivery, a evaluator.Alert) bool {
	for k, episode := range s.people.offered {
		if k.integration == d.Integration && k.alert == alertKey(a) && episode == a.Episode {
			return true
		}
	}
	return false
}

func (s *sim) covers(d notifier.Delivery, at model.Time) bool {
	return slices.ContainsFunc(standsFor(s.config, d.Group.Route, d.Receiver), func(r rules.Receiver) bool {
		patience := r.FallbackAfter
		if patience == 0 {
			patience = 5 * time.Minute
		}
		in := r.Integrations[0].Key
		return s.people.failing(in, patience, at) || s.people.refused[laneKey{in, d.Group.Key}]
	})
}

func (s *sim) escalated(d notifier.Delivery, a evaluator.Alert, at model.Time) bool {
	route := routeOf(s.config, d.Group.Route)
	return route != nil && s.holds(a) == "" && !s.ledger.acked(a, at) &&
		slices.ContainsFunc(route.Escalate, func(x rules.Escalation) bool {
			old := at.Sub(s.ledger.raises[alertKey(a)].at) >= x.After || s.ageless[alertKey(a)] == a.Episode
			return x.To == d.Receiver && a.Notify >= x.Level && old
		})
}

// checkSelf finds alerts about a receiver that go to it.
func (s *sim) checkSelf(d notifier.Delivery) error {
	for _, all := range [][]notifier.Entry{d.Firing, d.Resolved} {
		for _, e := range all {
			if e.Alert.Name == notifier.ReceiverFailing && (e.Alert.Labels.Get("receiver") == d.Receiver || strings.HasSuffix(e.Alert.Instance, "/"+d.Integration)) {
				return fmt.Errorf("it is told that it fails: %s", e.Alert.Instance)
			}
		}
	}
	return nil
}

// A post is one that a budget counts.
type post struct {
	id string
	at model.Time
}

// checkBudget holds what is posted within the window of a budget to its most, but
// for errors. A message in place of one that failed has been counted.
func (s *sim) checkBudget(send engine.Send) error {
	d := send.Delivery
	in, p := s.integration(d.Integration), s.people
	at := send.Deadline.Add(-in.Timeout) // however long it waited for the store
	budget, before := budgetOf(s.config, d.Integration), at < s.reloadedAt
	if before {
		budget = budgetOf(s.before, d.Integration)
	}
	closes := in.Incident && len(d.Firing) == 0
	if quiet(d) || closes || budget.Max == 0 || in.Resend > 0 {
		return nil
	}
	if was := p.budgets[d.Integration]; was != budget { // more than the old one allowed is not remembered
		all := p.posts[d.Integration]
		p.budgets[d.Integration], p.posts[d.Integration] = budget, all[max(len(all)-was.Max, 0):]
	}
	last := p.counted[laneOf(d)]
	counted := last.at > at.Add(-budget.Window)
	if d.ID == last.id && counted { // a retry
		return nil
	}
	posts := slices.DeleteFunc(p.posts[d.Integration], func(x post) bool { return x.at <= at.Add(-budget.Window) })
	p.posts[d.Integration] = append(posts, post{d.ID, at})
	p.counted[laneOf(d)] = post{d.ID, at}
	if before || len(posts) < budget.Max || counted && p.trying[laneOf(d)] {
		return nil
	}
	if pressing(d) {
		s.seenSo["over budget, for an error"]++
		return nil
	}
	return fmt.Errorf("%d posts in %s, and no error is news: %v", len(posts)+1, budget.Window, p.posts[d.Integration])
}

func budgetOf(cfg *rules.Config, integration string) rules.Budget {
	for _, r := range cfg.Receivers {
		if r.Integrations[0].Key == integration { // whatever it is called
			return r.Budget
		}
	}
	return rules.Budget{}
}

func pressing(d notifier.Delivery) bool {
	return slices.ContainsFunc(d.Firing, func(e notifier.Entry) bool {
		return (e.News == notifier.New || e.News == notifier.Raised) && e.Alert.Notify == rules.Error
	})
}
