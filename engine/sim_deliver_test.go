package engine_test

import (
	"slices"
	"time"

	"tocsin/engine"
	"tocsin/notifier"
	"tocsin/rules"
)

// startCommit has what waits committed soon, as one, unless that is under way.
func (s *sim) startCommit() error {
	if s.committing || len(s.store.pending) == 0 {
		return nil
	}
	s.committing = true
	life := s.life
	after := time.Duration(s.rng.IntN(60)) * time.Millisecond
	s.inbox = append(s.inbox, arrival{at: s.now.Add(after), call: func() error { return s.commit(life) }})
	return nil
}

func (s *sim) commit(life int) error {
	if life != s.life {
		return nil
	}
	if s.storeDown != 0 && !s.healthy() {
		s.inbox = append(s.inbox, arrival{at: s.now.Add(500 * time.Millisecond), call: func() error { return s.commit(life) }})
		if s.now.Sub(s.storeDown) < 2*time.Second {
			return nil
		}
		if !s.degraded {
			s.degraded = true
			s.later(0, engine.Degraded{Failing: true})
		}
		return s.release(^uint64(0))
	}
	s.committing = false
	if s.degraded {
		s.degraded = false
		s.later(0, engine.Degraded{Failing: false})
	}
	s.storeDown = 0
	if err := s.keep(); err != nil {
		return err
	}
	s.people.unkept = nil
	return s.release(s.store.durable)
}

// keep makes all that waits durable.
func (s *sim) keep() error {
	settled := settledIn(s.store.pending)
	if err := s.store.commit(s.audit.keep); err != nil {
		return err
	}
	s.ledger.commit(s.store.durable)
	for _, id := range settled {
		s.confirmDurable(id)
	}
	return s.audit.err
}

// settledIn lists the deliveries whose flight a batch ends.
func settledIn(pending []pendingBatch) (ids []string) {
	for _, p := range pending {
		for _, r := range p.batch.Rows {
			if r.Kind == rules.KindFlight && r.Value == nil {
				ids = append(ids, r.Key)
			}
		}
	}
	return ids
}

// release starts the attempts whose batch is durable.
func (s *sim) release(durable uint64) error {
	for len(s.waiting) > 0 && s.waitingSeq[0] <= durable {
		send := s.waiting[0]
		s.waiting, s.waitingSeq = s.waiting[1:], s.waitingSeq[1:]
		if err := s.attempt(send); err != nil {
			return err
		}
	}
	return nil
}

func (s *sim) attempt(send engine.Send) error {
	d := send.Delivery
	if s.now >= send.Deadline {
		return nil // the store took too long: the core gives up by itself
	}
	s.logSend(d)
	if err := s.people.paced(s.config, d, s.now); err != nil {
		return err
	}
	if err := s.checkBudget(send); err != nil {
		return err
	}
	if err := s.people.start(send); err != nil {
		return err
	}
	reaches, settled, after := fate(s.rng, s.healthy(), s.outages[d.Integration])
	if d.Integration != "email" { // it alone has recipients of its own
		settled.Left = nil
	}
	if s.people.deleted(d) {
		reaches, settled = false, notifier.Settled{Outcome: notifier.Rejected, Gone: true}
		s.seenSo["gone"]++
	}
	if reaches {
		s.people.reach(d, s.now)
		s.rerouteReached(d)
		s.trackIncident(d)
		for _, e := range d.Firing {
			if d.Integration == "slack" {
				s.people.plain[alertKey(*e.Alert)] = !s.integration(d.Integration).Threads
			}
		}
		if s.storeDown != 0 {
			s.people.unkept = append(s.people.unkept, d)
		}
	}
	if settled.Outcome == notifier.Delivered && d.Effect == notifier.Post && s.integration(d.Integration).Threads {
		settled.Handle = handleOf(d)
	}
	if after == 0 { // the driver never answers: the core gives up by itself
		after = send.Deadline.Sub(s.now) + time.Second
		s.closeLater(d, after, notifier.Settled{Outcome: notifier.Unknown})
		return nil
	}
	settled.ID, settled.Attempt = d.ID, d.Attempt
	s.later(after, engine.Settled{Settled: settled})
	if given := send.Deadline.Sub(s.now) + time.Second; after > given {
		s.closeLater(d, given, notifier.Settled{Outcome: notifier.Unknown})
		return nil
	}
	if len(settled.Left) > 0 { // the rest is served under the same id
		settled.Outcome = notifier.Unknown
	}
	s.closeLater(d, after, settled)
	return nil
}

func (s *sim) logSend(d notifier.Delivery) {
	if s.logf == nil {
		return
	}
	s.log("  send %s to %s %s attempt %d: %s %s %s", d.ID, d.Integration, d.Group.Key, d.Attempt, d.Effect, d.Reason, d.Root+" "+d.Incident)
	for _, all := range [][]notifier.Entry{d.Firing, d.Resolved} {
		for _, e := range all {
			s.log("    %s %s %s was %s %s", e.News, alertKey(*e.Alert), e.Alert.Notify, e.Was, e.Held)
		}
	}
}

// closeLater takes an attempt off the list of what is in flight just before the
// core hears of it.
func (s *sim) closeLater(d notifier.Delivery, after time.Duration, end notifier.Settled) {
	life := s.life
	s.inbox = append(s.inbox, arrival{at: s.now.Add(after), call: func() error {
		if life == s.life {
			s.closeAttempt(d, end)
		}
		return nil
	}})
}

func (s *sim) closeAttempt(d notifier.Delivery, end notifier.Settled) {
	a, ok := s.people.open[d.ID]
	if !ok || a.number != d.Attempt {
		return
	}
	o := end.Outcome
	delete(s.people.open, d.ID)
	s.log("  settled %s: %s", d.ID, o)
	s.people.ended(d, o, s.now)
	if o == notifier.Delivered || o == notifier.Rejected {
		delete(s.people.said, a.lane)
	}
	if o == notifier.Delivered || o == notifier.Unknown {
		s.people.doubt(d)
	}
	if o == notifier.Delivered { // it counts once that is durable
		s.people.toConfirm = append(s.people.toConfirm, confirmation{d, s.now, end.Handle})
	}
}

func (s *sim) confirmDurable(id string) {
	for _, c := range s.people.toConfirm {
		if c.ID == id {
			s.people.confirm(c)
		}
	}
	s.people.toConfirm = slices.DeleteFunc(s.people.toConfirm, func(c confirmation) bool { return c.ID == id })
}

// integration is one as it is configured; the zero value if it is not.
func (s *sim) integration(key string) rules.Integration {
	for _, r := range s.config.Receivers {
		for _, in := range r.Integrations {
			if in.Key == key {
				return in
			}
		}
	}
	return rules.Integration{}
}
