package engine_test

import (
	"maps"
	"slices"
	"time"

	"tocsin/engine"
)

// disaster is what a storm consists of.
func (s *sim) disaster() error {
	if s.healthy() {
		return nil
	}
	switch s.rng.IntN(9) {
	case 0, 1:
		return s.death()
	case 2:
		s.variant, s.gates = s.rng.IntN(12), gateSet(s.rng.IntN(allGates+1))
		return s.reload()
	case 3:
		s.log("the store fails")
		s.storeDown = s.now
		s.inbox = append(s.inbox, arrival{at: s.now.Add(time.Duration(s.rng.IntN(90)) * time.Second), call: s.storeWorks})
	case 4:
		return s.clockStep(time.Duration(s.rng.IntN(7200)-3600) * time.Second)
	case 5: // suspended
		return s.clockStep(time.Duration(s.rng.IntN(1800)) * time.Second)
	case 6, 7:
		s.breakDown()
	case 8:
		s.people.deleteOne(s.rng)
	}
	return nil
}

// reload puts the configuration of the variant and the gates in force.
func (s *sim) reload() error {
	s.log("reload, variant %d, gates %b", s.variant, s.gates)
	s.before = s.config
	s.config, s.reloadedAt = simConfig(s.exprs, s.variant, s.gates), s.now
	s.rerouted()
	return s.step(engine.Reloaded{Config: s.config})
}

func (s *sim) storeWorks() error {
	s.storeDown = 0
	return nil
}

// death loses what is not durable, or keeps all and loses the results.
func (s *sim) death() error {
	if s.rng.IntN(2) == 0 && s.storeDown == 0 {
		if err := s.keep(); err != nil {
			return err
		}
		for _, send := range s.waiting { // kept, and for all that is known begun
			s.people.offer(send.Delivery)
		}
	}
	s.store.die()
	s.log("death")
	s.ledger.die()
	maps.Copy(s.ageless, s.stepped) // what is kept of their age is by another clock
	s.audit.die()
	s.people.die(s.storeDown != 0)
	for _, send := range s.waiting { // never begun, and its id not kept
		delete(s.people.said, laneOf(send.Delivery))
	}
	s.waiting, s.waitingSeq, s.committing, s.degraded = nil, nil, false, false
	s.inbox = slices.DeleteFunc(s.inbox, func(a arrival) bool { return a.in != nil })
	s.now = s.now.Add(time.Duration(1+s.rng.IntN(600)) * time.Second)
	if s.rng.IntN(10) == 0 {
		s.sleep(25 * time.Hour)
	}
	return s.birth()
}

// sleep lets a dead process stay so, while the world stands still.
func (s *sim) sleep(by time.Duration) {
	s.log("dead for %s", by)
	s.now = s.now.Add(by)
	s.postpone(by)
}

// postpone moves all that is planned in the world.
func (s *sim) postpone(by time.Duration) {
	s.calm = s.calm.Add(by)
	for i := range s.inbox {
		s.inbox[i].at = s.inbox[i].at.Add(by)
	}
	if s.storeDown != 0 {
		s.storeDown = s.storeDown.Add(by)
	}
	s.world.shift(by)
}

// clockStep moves the wall clock, and with it all that is planned in the world.
func (s *sim) clockStep(by time.Duration) error {
	s.log("clock steps by %s", by)
	s.now, s.reloadedAt = s.now.Add(by), s.reloadedAt.Add(by)
	s.postpone(by)
	s.people.shift(by)
	clear(s.people.done) // two deliveries may come to be made at one time
	clear(s.people.contents)
	s.ledger.shift(by)
	for key, a := range s.ledger.alerts {
		s.stepped[key] = a.Episode
	}
	for i := range s.waiting {
		s.waiting[i].Deadline = s.waiting[i].Deadline.Add(by)
	}
	clear(s.asked) // nobody waits for the answers any more
	for _, seen := range s.seen {
		for i := range seen {
			seen[i].at = seen[i].at.Add(by)
		}
	}
	return s.step(engine.Stepped{By: by})
}

// calmDown ends the storm with a configuration that has every rule. One
// integration may stay down until all gates open.
func (s *sim) calmDown() error {
	s.storeDown, s.store.trusts = 0, true
	s.outages = map[string]outage{}
	if s.rng.IntN(2) == 0 {
		s.outages[drawIntegration(s.rng)] = outage(1 + s.rng.IntN(2))
	}
	s.variant, s.gates = 0, gateSet(s.rng.IntN(allGates+1))
	s.inbox = append(s.inbox,
		arrival{at: s.now.Add(soon), call: s.checkSoon},
		arrival{at: s.now.Add(liftAfter - time.Second), call: s.checkHeld},
		arrival{at: s.now.Add(liftAfter + soon), call: s.checkSoon},
		arrival{at: s.now.Add(liftAfter), call: s.lift})
	s.log("calm, but for %v", s.outages)
	return s.reload()
}
