package notifier

import (
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"pgregory.net/rapid"

	"tocsin/rules"
)

// A pair is an integration and an alert.
type pair struct{ integration, alert string }

// A state is what a receiver believes of an alert.
type state struct {
	episode  string
	level    rules.Level
	flapping bool
}

// believers is a world with receivers that remember.
type believers struct {
	*world
	rt       *rapid.T
	believed map[pair]state        // what reached them
	sure     map[pair]state        // what the planner was told has reached them
	maybe    map[pair]bool         // those that may have heard of a problem
	content  map[string]string     // of deliveries, by id
	done     map[string]bool       // ids that were delivered for good
	excused  map[string][]pair     // what a reload closed quietly while it was in the air
	gone     map[string]bool       // ids whose integration was removed while they were in the air
	decided  map[string]int        // decisions, by change and lane
	gotAt    map[string]model.Time // of the last send, by pace
	shows    map[string]string     // what edited messages look like
}

func newBelievers(rt *rapid.T) *believers {
	b := &believers{
		world: newWorld(rt), rt: rt, believed: map[pair]state{}, sure: map[pair]state{}, maybe: map[pair]bool{},
		content: map[string]string{}, done: map[string]bool{}, excused: map[string][]pair{},
		gone: map[string]bool{}, decided: map[string]int{}, gotAt: map[string]model.Time{}, shows: map[string]string{},
	}
	b.onSend = b.sent
	return b
}

// routed returns what an integration should know of an alert, found naively.
func (b *believers) routed() map[pair]state {
	want := map[pair]state{}
	for key, a := range b.alerts {
		for _, l := range []rules.Level{rules.Warn, rules.Error} {
			if l > a.Notify {
				continue
			}
			ls := labels.NewBuilder(a.Labels).Set("severity", b.cfg.Severity.Of(l)).Labels()
			for _, r := range b.cfg.Route.Match(ls) {
				for _, rec := range b.cfg.Receivers {
					for _, in := range rec.Integrations {
						if rec.Name == r.Receiver {
							want[pair{in.Key, key}] = state{a.Episode, a.Notify, a.Flapping}
						}
					}
				}
			}
		}
	}
	return want
}

// sent is what a receiver sees of an attempt, and what must be true of it.
func (b *believers) sent(s Send) {
	b.expire()
	d := s.Delivery
	if b.done[d.ID] {
		b.rt.Fatalf("delivery %s was delivered, and is sent again: %s", d.ID, deliveryText(d))
	}
	b.rt.Logf("%s send %.6s to %s in %s: %s", b.now, d.ID, d.Integration, d.Group.Key, deliveryText(d))
	text := d.content(d.Reason)
	if old, ok := b.content[d.ID]; ok && old != text {
		b.rt.Fatalf("id %s means two things: %q and %q", d.ID, old, text)
	}
	b.content[d.ID] = text
	if in := b.integration(d.Integration); in.LaneEvery > 0 {
		if last, ok := b.gotAt[in.Lane]; ok && b.now.Sub(last) < in.LaneEvery {
			b.rt.Fatalf("lane %s: two sends within %s", in.Lane, b.now.Sub(last))
		}
		b.gotAt[in.Lane] = b.now
	}
	if quiet(d) {
		return
	}
	if len(d.Firing)+len(d.Resolved) == 0 {
		b.rt.Fatal("an empty delivery")
	}
	for _, e := range d.Firing {
		k := pair{d.Integration, alertKey(e.Alert)}
		now := state{e.Alert.Episode, e.Alert.Notify, e.Alert.Flapping}
		if was, ok := b.sure[k]; ok && e.News != Same && was == now {
			b.rt.Fatalf("%v was told %v, and is told again as %s", k, now, e.News)
		}
		if _, ok := b.sure[k]; !ok && e.News == Same && !b.maybe[k] {
			b.rt.Fatalf("%v was told nothing, and this is no news: %s", k, deliveryText(d))
		}
		b.maybe[k] = true
	}
	for _, e := range d.Resolved {
		if k := (pair{d.Integration, alertKey(e.Alert)}); !b.maybe[k] {
			b.rt.Fatalf("%v can't have heard of it, and is told the end: %s", k, deliveryText(d))
		}
	}
}

// quiet reports whether a delivery tells nothing.
func quiet(d Delivery) bool { return d.Effect == Edit || d.Effect == Moved }

func (b *believers) integration(key string) rules.Integration {
	for _, r := range b.cfg.Receivers {
		for _, in := range r.Integrations {
			if in.Key == key {
				return in
			}
		}
	}
	return rules.Integration{}
}

// reach lets a delivery take effect at its receiver.
func (b *believers) reach(d Delivery) {
	b.rt.Logf("%s %.6s reaches %s but for %v", b.now, d.ID, d.Integration, b.excused[d.ID])
	if quiet(d) {
		b.shows[d.Root] = d.looks()
		return
	}
	for _, e := range d.Firing {
		k := pair{d.Integration, alertKey(e.Alert)}
		b.believed[k] = state{e.Alert.Episode, e.Alert.Notify, e.Alert.Flapping}
	}
	for _, e := range d.Resolved {
		delete(b.believed, pair{d.Integration, alertKey(e.Alert)})
	}
	for _, k := range b.excused[d.ID] {
		if !b.minded(d, k) {
			delete(b.believed, k)
		}
	}
}

// minded reports whether routing led back to a delivery's lane before it landed,
// so that the planner minds again what becomes of it.
func (b *believers) minded(d Delivery, k pair) bool {
	l := b.p.laneOf(d.Group.Key, d.Integration)
	return l != nil && l.items[k.alert] != nil && !b.gone[d.ID]
}

func (b *believers) keys(d Delivery) (all []pair) {
	if quiet(d) {
		return nil
	}
	for _, es := range [][]Entry{d.Firing, d.Resolved} {
		for _, e := range es {
			all = append(all, pair{d.Integration, alertKey(e.Alert)})
		}
	}
	return all
}

// doubt forgets what was sure of a delivery's alerts.
func (b *believers) doubt(d Delivery) {
	for _, k := range b.keys(d) {
		delete(b.sure, k)
	}
}

// learn is what the planner may count on after an attempt was confirmed.
func (b *believers) learn(d Delivery) {
	if quiet(d) {
		return
	}
	for _, e := range d.Firing {
		if e.News == Same { // shown as it may have been told, by a digest for one
			continue
		}
		b.sure[pair{d.Integration, alertKey(e.Alert)}] = state{e.Alert.Episode, e.Alert.Notify, e.Alert.Flapping}
	}
	for _, e := range d.Resolved {
		k := pair{d.Integration, alertKey(e.Alert)}
		delete(b.sure, k)
		if _, ok := b.believed[k]; !ok {
			delete(b.maybe, k)
		}
	}
	for _, k := range b.excused[d.ID] {
		if !b.minded(d, k) {
			delete(b.sure, k)
		}
	}
}
