package notifier

import "cmp"

// take notes a change of an alert and finds out what is owed now.
func (p *Planner) take(l *lane, key string, r *ref) {
	it := l.item(key)
	p.superseded(l, it.next)
	it.next = r // shared with other lanes: never changed, see noteHeld
	p.counts.opened()
	p.touchTold(l, key)
	p.notice(l, key)
}

// notice notes a change that need not be accounted for.
func (p *Planner) notice(l *lane, key string) {
	l.stuck = false
	if l.flight != nil {
		l.flight.touch(key)
	}
	p.refresh(l, key)
}

// refresh finds out what is owed to the lane of one alert. While a delivery is
// in the air it settles nothing: what the receiver believes is not known then.
func (p *Planner) refresh(l *lane, key string) {
	it, m := l.items[key], p.member(l, key)
	if it == nil {
		if m == nil || l.digestOf(key) != nil {
			p.ageFace(l) // it may be shown all the same
			return
		}
		it = l.item(key)
	}
	l.count(it, -1)
	if m != nil && it.end != nil {
		it.end = nil
		p.touchTold(l, key)
	}
	it.news, it.grade = it.owes(m), calm
	if it.news == New || it.news == Raised {
		it.grade = gradeOf(m.alert.Notify)
	}
	it.held = p.holds(l, p.known(key), it.news)
	l.count(it, 1)
	if p.release(l, key) {
		return
	}
	p.noteHeld(l, key, it, cmp.Or(it.held, l.group.muted))
	if !l.aloft() || l.flight.quiet() {
		p.settleItem(l, key, it, m)
	}
	p.ageFace(l)
	p.forward(l)
	if l.slot != 0 {
		l.out.queue.put(l)
	}
}

// closing reports whether all that is left to tell is the end of an incident, which
// no gate but settling holds: it would stay open. What was never told, and is held, is
// no part of it.
func (l *lane) closing() bool {
	if !l.in.Incident || l.owed.sum() == 0 {
		return false
	}
	for _, it := range l.items { // any will do
		if it.news != Resolved && (it.told() || it.due()) {
			return false
		}
	}
	return true
}

// forward opens a lane that waits for no flush: a forwarder's, which hears of
// everything at once, and one that closes an incident while its group is silent.
func (p *Planner) forward(l *lane) {
	if l.owed.sum() > 0 && !l.open && (l.in.Resend > 0 || l.group.muted != "" && l.closing()) {
		l.open, l.opened = true, p.at
		p.admit(l)
	}
}

// settleItem accounts for changes that leave nothing to tell, and forgets an
// item of which nothing is left.
func (p *Planner) settleItem(l *lane, key string, it *item, m *member) {
	if it.news == Resolved && !l.in.SendResolved {
		l.count(it, -1)
		it.learn(Entry{News: Resolved})
		it.news = Same
		l.count(it, 1)
		p.account(l, it, Suppressed, "send_resolved is false")
		p.touchTold(l, key)
	}
	if it.news == Same {
		outcome, why := moot(m)
		p.account(l, it, outcome, why)
	} else if l.flight != nil && len(l.flight.d.Left) > 0 && l.flight.told {
		p.drop(l.flight) // those left would be told an old truth
	}
	if it.empty() && m == nil {
		l.count(it, -1)
		p.removeItem(l, key)
	}
}

// removeItem forgets an item that is in no tally. A delivery that was about to tell
// of it is not to be tried again as it is: nobody would tell the end of that.
func (p *Planner) removeItem(l *lane, key string) {
	delete(l.items, key)
	if l.flight != nil {
		l.flight.touch(key)
	}
	p.touchTold(l, key)
	p.unhaunt(l.group, key)
}

// noteHeld writes down what keeps changes from being told: they bear it should
// nothing ever be told of them.
func (p *Planner) noteHeld(l *lane, key string, it *item, why string) {
	if why == "" || it.news == Same || l.in.Resend > 0 {
		return
	}
	for _, r := range []**ref{&it.under, &it.next} {
		if *r == nil || (*r).Held == why {
			continue
		}
		held := **r // other lanes have the one before, and it may be on its way to the store
		held.Held = why
		*r = &held
		p.record(l, &held, Held, why, nil)
		p.touchTold(l, key)
	}
}

// moot says why a change leaves nothing to tell.
func moot(m *member) (Verdict, string) {
	switch {
	case m == nil:
		return Collapsed, "nothing had been told"
	case m.alert.Flapping:
		return Suppressed, "it is flapping: what was told is held at " + m.alert.Notify.String()
	}
	return Collapsed, "what was told is true again"
}

// count adds an item to the tallies of its lane, or takes it out.
func (l *lane) count(it *item, n int) {
	switch {
	case it.due():
		l.owed[it.grade] += n
	case it.news != Same:
		l.withheld += n
	}
	if it.told() {
		l.told[gradeOf(it.said.highest())] += n
	}
}
