package notifier

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/rules"
)

// found is what a store had kept, until the first configuration says what
// becomes of it.
type found struct {
	groups  map[string]groupRow
	silence map[string]rules.Silence
	acks    map[string]rules.Ack
	outlets map[string]outletRow
	told    map[toldKey]toldRow
	flights map[string]flightRow
}

// Restore takes a row that a store has kept, before the first Reload. An error
// means that this row is of no use; the others may be.
func (p *Planner) Restore(row rules.Stored) error {
	var err error
	switch row.Kind {
	case rules.KindGroup:
		err = restore(&p.found.groups, row.Key, row.Value)
	case rules.KindFlight:
		err = restore(&p.found.flights, row.Key, row.Value)
	case rules.KindSilence:
		err = restore(&p.found.silence, row.Key, row.Value)
	case rules.KindOutlet:
		err = restore(&p.found.outlets, row.Key, row.Value)
	case rules.KindAck:
		err = restore(&p.found.acks, row.Key, row.Value)
	case rules.KindTold:
		parts := strings.SplitN(row.Key, "\x00", 3)
		if len(parts) != 3 {
			return fmt.Errorf("told: key %q has not three parts", row.Key)
		}
		err = restore(&p.found.told, toldKey{parts[0], parts[1], parts[2]}, row.Value)
	default:
		return fmt.Errorf("row of unknown kind %q", row.Kind)
	}
	if err != nil {
		return fmt.Errorf("%s %q: %w", row.Kind, row.Key, err)
	}
	return nil
}

func restore[K comparable, V any](into *map[K]V, key K, value []byte) error {
	var v V
	if err := json.Unmarshal(value, &v); err != nil {
		return err
	}
	if *into == nil {
		*into = map[K]V{}
	}
	(*into)[key] = v
	return nil
}

// link makes the groups that were found. Their lanes follow in adopt, once the
// alerts are routed and it is known which integrations there are.
func (p *Planner) link() {
	for _, key := range sortedKeys(p.found.groups) {
		row := p.found.groups[key]
		row.Group.Key = key
		g := p.newGroup(row.Group, p.past(row.Born))
		g.flushed, g.digest = p.past(row.Flushed), row.Digest
	}
}

// adoptGates takes up what people have silenced and acknowledged.
func (p *Planner) adoptGates() {
	for _, id := range sortedKeys(p.found.silence) {
		s := p.found.silence[id]
		s.ID = id
		p.adoptSilence(s)
	}
	p.reindex()
	for _, key := range sortedKeys(p.found.acks) {
		p.adoptAck(key, p.found.acks[key])
	}
	for _, key := range sortedKeys(p.found.outlets) {
		p.adoptOutlet(key, p.found.outlets[key])
	}
}

// past returns a stored time if it can be one. A clock that was wrong when it was
// stored, or is now, must not put off what is due for years.
func (p *Planner) past(t model.Time) model.Time {
	if t != 0 && (t > p.at || t < p.at.Add(-oldest)) {
		return p.at
	}
	return t
}

// oldest is how old a stored time may be.
const oldest = 366 * 24 * time.Hour

// adopt gives the lanes what was told and what was under way.
func (p *Planner) adopt() {
	for _, key := range sortedKeys(p.found.groups) {
		for _, row := range p.found.groups[key].Lanes {
			if l := p.foundLane(key, row.Integration); l != nil {
				l.lastTold, l.reminders, l.worst = p.past(row.LastTold), max(row.Reminders, 0), row.Worst
				l.incident = row.Incident
				l.face = face{root: row.Root, posted: p.past(row.Posted), shown: row.Shown, old: row.Old, lent: row.Lent}
			}
		}
	}
	byRow := map[string]toldKey{}
	for k := range p.found.told {
		byRow[k.row()] = k
	}
	for _, key := range sortedKeys(byRow) {
		p.adoptTold(byRow[key], p.found.told[byRow[key]])
	}
	for _, id := range sortedKeys(p.found.flights) {
		p.adoptFlight(id, p.found.flights[id])
	}
	p.found = found{}
}

// foundLane returns the lane that a row speaks of, and makes it, as an orphan,
// if no route leads there. It is nil if the integration is gone.
func (p *Planner) foundLane(key, integration string) *lane {
	out := p.outlets[integration]
	if out == nil {
		return nil
	}
	if l := p.laneOf(key, integration); l != nil {
		return l
	}
	g := p.groups[key]
	if g == nil { // its row was lost: the labels with it, not what was told
		route, _, _ := strings.Cut(key, ":")
		g = p.newGroup(Group{Key: key, Route: route, Episode: hash(16, p.namespace, key, p.at.String())}, p.at)
	}
	l := p.lane(g, out)
	l.orphan = true
	return l
}

func (p *Planner) adoptTold(k toldKey, row toldRow) {
	it := &item{said: row.Said, end: row.End, under: row.Under, next: row.Next}
	told := row.Entry != nil && row.Entry.Alert != nil
	if told {
		it.entry = *row.Entry
	}
	if !told || it.said&^states != 0 || it.said == 0 {
		it.said = nothing
	}
	for _, r := range []*ref{it.under, it.next} {
		if r != nil {
			p.counts.opened()
		}
	}
	l := p.foundLane(k.group, k.integration)
	if l == nil {
		p.lostTold(k, it)
		return
	}
	if old := l.items[k.alert]; old != nil {
		l.count(old, -1)
	}
	l.items[k.alert] = it
	l.count(it, 1)
}

// lostTold accounts for what waited for an integration that is gone.
func (p *Planner) lostTold(k toldKey, it *item) {
	g := p.groups[k.group]
	if g == nil {
		g = &group{Group: Group{Key: k.group}}
	}
	in := rules.Integration{Key: k.integration}
	l := &lane{group: g, out: &outlet{Integration: in}, in: &in, items: map[string]*item{k.alert: it}}
	p.forget(l, k.alert, Failed, "its receiver was removed")
}

// adoptFlight takes up a delivery that was under way. An attempt that was in the
// air when the process died has an unknown end.
func (p *Planner) adoptFlight(id string, row flightRow) {
	p.dirty.flights[id] = true
	l := p.foundLane(row.Delivery.Group.Key, row.Delivery.Integration)
	if l == nil || l.flight != nil {
		return
	}
	row.Delivery.ID = id
	row.Delivery.Firing, row.Delivery.Resolved = complete(row.Delivery.Firing), complete(row.Delivery.Resolved)
	row.Delivery.Firing = append(row.Delivery.Firing, p.entries(l, row.Firing)...)
	row.Delivery.Resolved = append(row.Delivery.Resolved, p.entries(l, row.Resolved)...)
	f := &flight{d: row.Delivery, lane: l, since: p.past(row.Since), trying: p.at, spent: p.past(row.Spent), told: row.Told}
	f.expiry = timer{kind: expiryTimer, key: id, owner: f}
	f.touch(anything)
	p.flights[id], l.flight = f, f
	l.remind = f.d.Reason == ReasonReminder && !f.told
	p.reboard(f)
	l.failures, l.notBefore = max(row.Failures, 0), min(row.NotBefore, p.at.Add(giveUpAfter))
	if row.Aloft && !f.quiet() {
		for i := range f.d.Firing {
			// What was never told has no row of its own; what a reload has moved has
			// one elsewhere.
			// What is no news is known, if by a digest.
			if key := alertKey(f.d.Firing[i].Alert); f.d.Firing[i].News != Same && !slices.Contains(row.Moved, key) {
				l.item(key)
			}
		}
		p.unknown(f)
	}
}

// complete leaves out entries that were stored without an alert.
func complete(all []Entry) []Entry {
	return slices.DeleteFunc(all, func(e Entry) bool { return e.Alert == nil })
}

// reboard puts the changes under a flight that was found which it tells of: those
// that there were when it was made.
func (p *Planner) reboard(f *flight) {
	if f.told || f.quiet() {
		return
	}
	for _, all := range [][]Entry{f.d.Firing, f.d.Resolved} {
		for i := range all {
			it := f.lane.items[alertKey(all[i].Alert)]
			if all[i].News == Same || it == nil || it.under != nil || it.next == nil || it.next.At > f.d.At {
				continue
			}
			it.under, it.next = it.next, nil
		}
	}
}
