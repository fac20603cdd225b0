package notifier

import "github.com/prometheus/common/model"

// Settle takes in the end of an attempt. A late one is understood as long as its
// delivery is the newest of its lane and no further attempt was made; others
// are dropped.
func (p *Planner) Settle(at model.Time, s Settled) {
	p.at = at
	f := p.flights[s.ID]
	if f == nil || f.d.Attempt != s.Attempt {
		return
	}
	l := f.lane
	p.land(f)
	p.counts.attempt(&f.d, s.Outcome)
	p.recordAttempt(f, s)
	if s.Handle != "" {
		f.d.Handle = s.Handle
	}
	touched := sortedKeys(f.touched)
	switch s.Outcome {
	case Delivered:
		p.delivered(f, s)
	case Rejected:
		p.rejected(f, s)
	case Refused:
		p.failing(f, s)
	case Unknown:
		p.unknown(f)
		p.failing(f, s)
	default: // a sender that names no outcome
		p.unknown(f)
		p.failing(f, s)
	}
	p.refreshAll(f, touched)
	p.admit(l)
	p.schedule(l.group)
}

// refreshAll finds out what is owed now of all that the flight concerned.
func (p *Planner) refreshAll(f *flight, touched []string) {
	for _, all := range [][]Entry{f.d.Firing, f.d.Resolved} {
		for i := range all {
			if all[i].News != Same {
				p.refresh(f.lane, alertKey(all[i].Alert))
			}
		}
	}
	for _, key := range touched {
		p.refresh(f.lane, key)
	}
}

// delivered remembers what was told and accounts for the changes it told of.
func (p *Planner) delivered(f *flight, s Settled) {
	l := f.lane
	l.failures, l.notBefore = 0, 0
	p.faced(f, s.Handle)
	if f.quiet() {
		p.works(l)
		p.drop(f)
		return
	}
	if !f.told {
		p.teach(f)
		p.digested(f)
		l.worst = max(l.worst, f.d.Worst)
		l.reminders = p.counts.told(l, &f.d, l.reminders)
		l.remind, l.stuck = false, false
		l.lastTold = l.group.lastPoint(p.at)
		p.touchGroup(l.group)
	}
	p.works(l) // once it is known what was told: others are looked at anew
	if l.in.Resend > 0 {
		p.wake(&l.clock, p.at.Add(l.in.Resend))
	}
	p.closeIncident(f)
	if len(s.Left) == 0 || len(f.touched) > 0 {
		p.drop(f)
		return
	}
	f.told, f.d.Left = true, s.Left
	p.again(f, s)
}

// teach takes in that all entries of a delivery have been told.
func (p *Planner) teach(f *flight) {
	for _, all := range [][]Entry{f.d.Firing, f.d.Resolved} {
		for i := range all {
			if all[i].News != Same {
				p.teachEntry(f, &all[i])
			}
		}
	}
}

func (p *Planner) teachEntry(f *flight, e *Entry) {
	key := alertKey(e.Alert)
	l := f.lane
	it := l.items[key]
	if heir := f.heirs[key]; it == nil && heir != nil {
		l, it = heir, heir.items[key] // a reload has moved it while it was in the air
	}
	if it == nil {
		return
	}
	l.count(it, -1)
	it.learn(*e)
	l.count(it, 1)
	p.close(l, it.under, Told, "", &f.d)
	it.under = nil
	p.touchTold(l, key)
	if l != f.lane {
		p.refresh(l, key)
		p.schedule(l.group)
	}
}

// unknown remembers what may have been told: it is owed its RESOLVED.
func (p *Planner) unknown(f *flight) {
	if f.quiet() { // nobody knows what it shows: it is edited until that is sure
		f.lane.face.shown = ""
		p.touchGroup(f.lane.group)
		return
	}
	if f.told {
		return
	}
	f.lane.worst = max(f.lane.worst, f.d.Worst)
	p.touchGroup(f.lane.group)
	for _, all := range [][]Entry{f.d.Firing, f.d.Resolved} {
		for i := range all {
			e := &all[i]
			key := alertKey(e.Alert)
			it := f.lane.items[key]
			if it == nil || e.News == Same {
				continue
			}
			f.lane.count(it, -1)
			it.doubt(*e)
			f.lane.count(it, 1)
			p.touchTold(f.lane, key)
		}
	}
}

// rejected gives the delivery up: the same content would fail again. What has
// changed meanwhile is another content.
func (p *Planner) rejected(f *flight, s Settled) {
	if s.Gone && f.d.Root != "" {
		p.lostFace(f)
		return
	}
	p.giveUp(f, "rejected: "+s.Error)
	if !f.quiet() {
		p.refusedForGood(f.lane, s.Error)
	}
}

func (p *Planner) giveUp(f *flight, why string) {
	l := f.lane
	if f.quiet() { // it shows an old truth until that changes again
		l.failures, l.notBefore = 0, 0
		p.faced(f, "")
		p.drop(f)
		return
	}
	l.stuck = !f.told && len(f.touched) == 0
	l.remind = false
	l.failures, l.notBefore = 0, 0
	l.lastTried = l.group.lastPoint(p.at)
	for _, all := range [][]Entry{f.d.Firing, f.d.Resolved} {
		for i := range all {
			key := alertKey(all[i].Alert)
			if it := l.items[key]; it != nil && it.under != nil {
				p.close(l, it.under, Failed, why, &f.d)
				it.under = nil
				p.touchTold(l, key)
			}
		}
	}
	p.touchGroup(l.group)
	p.drop(f)
	if l.in.Resend > 0 { // or what fires would seem to be over there
		p.wake(&l.clock, p.at.Add(l.in.Resend))
	}
}

// failing plans the next attempt, or gives up after a day of them.
func (p *Planner) failing(f *flight, s Settled) {
	l := f.lane
	p.failed(l, s.Error)
	if len(s.Left) > 0 {
		f.d.Left = s.Left
	}
	if p.at.Sub(f.trying) >= giveUpAfter {
		p.giveUp(f, "failed for "+giveUpAfter.String()+": "+s.Error)
		return
	}
	p.again(f, s)
}

func (p *Planner) again(f *flight, s Settled) {
	l := f.lane
	l.failures++
	l.notBefore = p.at.Add(Backoff(f.d.ID, l.failures, s.RetryAfter))
	if s.RetryAfter > 0 { // the service speaks of itself, not of this lane
		pace := l.out.pace
		p.paces[pace] = later(p.paces[pace], p.at.Add(min(s.RetryAfter, giveUpAfter)))
	}
	p.touchFlight(f)
}
