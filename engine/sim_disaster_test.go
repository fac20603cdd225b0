package engine_test

import (
	"slices"
	"time"

	"tocsin/engine"
)

// disaster is what a storm consists of.
func (s *sim) disaster() error {
	if s.healthy() {
		return nil
	}
	switch s.rng.IntN(6) {
	case 0, 1:
		return s.death()
	case 2:
		s.variant = s.rng.IntN(12)
		s.config = simConfig(s.rng, s.exprs, s.variant)
		s.log("reload, variant %d", s.variant)
		return s.step(engine.Reloaded{Config: s.config})
	case 3:
		s.log("the store fails")
		s.storeDown = s.now
		s.inbox = append(s.inbox, arrival{at: s.now.Add(time.Duration(s.rng.IntN(90)) * time.Second), call: s.storeWorks})
	case 4:
		return s.clockStep(time.Duration(s.rng.IntN(7200)-3600) * time.Second)
	case 5: // suspended
		return s.clockStep(time.Duration(s.rng.IntN(1800)) * time.Second)
	}
	return nil
}

func (s *sim) storeWorks() error {
	s.storeDown = 0
	return nil
}

// death loses what is not durable, or keeps all and loses the results.
func (s *sim) death() error {
	if s.rng.IntN(2) == 0 && s.storeDown == 0 {
		settled := settledIn(s.store.pending)
		if err := s.store.commit(); err != nil {
			return err
		}
		for _, id := range settled {
			s.confirmDurable(id)
		}
	}
	s.store.die()
	s.log("death")
	for _, a := range s.people.open {
		s.people.doubt(a.delivery)
	}
	for _, send := range s.waiting { // never begun, and its id not kept
		s.people.view(laneKey{send.Delivery.Integration, send.Delivery.Group.Key}).open = said{}
	}
	if s.storeDown != 0 { // nobody remembers the ids of now
		for _, v := range s.people.views {
			v.open = said{}
		}
	}
	s.people.excuse()
	s.people.toConfirm = nil
	clear(s.people.open)
	clear(s.people.lastLane)
	s.waiting, s.waitingSeq, s.committing, s.degraded = nil, nil, false, false
	s.inbox = slices.DeleteFunc(s.inbox, func(a arrival) bool { return a.in != nil })
	s.now = s.now.Add(time.Duration(1+s.rng.IntN(600)) * time.Second)
	return s.birth()
}

// clockStep moves the wall clock, and with it all that is planned in the world.
func (s *sim) clockStep(by time.Duration) error {
	s.log("clock steps by %s", by)
	s.now = s.now.Add(by)
	s.calm = s.calm.Add(by)
	for i := range s.inbox {
		s.inbox[i].at = s.inbox[i].at.Add(by)
	}
	for i := range s.waiting {
		s.waiting[i].Deadline = s.waiting[i].Deadline.Add(by)
	}
	for k, t := range s.people.lastLane {
		s.people.lastLane[k] = t.Add(by)
	}
	if s.storeDown != 0 {
		s.storeDown = s.storeDown.Add(by)
	}
	s.world.shift(by)
	clear(s.asked) // nobody waits for the answers any more
	for _, seen := range s.seen {
		for i := range seen {
			seen[i].at = seen[i].at.Add(by)
		}
	}
	return s.step(engine.Stepped{By: by})
}

// calmDown ends the storm with a configuration that has every rule.
func (s *sim) calmDown() error {
	s.storeDown = 0
	s.config = simConfig(s.rng, s.exprs, 0)
	s.log("calm")
	return s.step(engine.Reloaded{Config: s.config})
}
