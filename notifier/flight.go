package notifier

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/prometheus/common/model"
)

// A flight is a delivery from its first attempt until it is delivered, given up
// or superseded.
type flight struct {
	d        Delivery
	lane     *lane
	since    model.Time // of the first attempt
	trying   model.Time // since when it is tried: while the process was dead it was not
	spent    model.Time // when the budget of its integration last counted it
	began    model.Time // of the attempt
	deadline model.Time // of the attempt
	aloft    bool       // an attempt is in the air
	told     bool       // some recipients have it, those in d.Left not yet
	// touched are the alerts that changed since it was made. While there are any,
	// the truth may be another, and it is compared before the next attempt.
	touched map[string]bool
	heirs   map[string]*lane // who took over items while it was in the air
	expiry  timer
}

func (f *flight) touch(key string) {
	if f.touched == nil {
		f.touched = map[string]bool{}
	}
	f.touched[key] = true
}

// anything stands for any alert in flight.touched: the truth has to be compared
// as a whole.
const anything = ""

// ring ends an attempt of which nothing was heard in time.
func (f *flight) ring(p *Planner, _ model.Time) {
	p.Settle(p.at, Settled{ID: f.d.ID, Attempt: f.d.Attempt, Outcome: Unknown, Error: "no word from the sender"})
}

// content returns the flight of a lane's next attempt: the one under way if it
// still tells the truth, a new one if not, nil if there is nothing to tell.
func (p *Planner) content(l *lane) *flight {
	f := l.flight
	waits := f != nil && !f.quiet() && p.gatePost(l) != Pass // only an edit may pass
	if f != nil && !waits && (len(f.touched) == 0 || f.told) {
		return f
	}
	d, news := p.next(l)
	if waits && !news {
		return nil
	}
	knows := f != nil && l.in.Incident == (f.d.Incident != "") // a reload may have made it one that keeps incidents
	if knows && news && d.content("") == f.d.content("") {
		f.touched = nil
		return f
	}
	if f != nil {
		p.drop(f)
	}
	if !news {
		return nil
	}
	return p.launch(l, d)
}

// next makes the delivery that comes next: an edit comes before what is told, and
// is made whatever keeps that.
func (p *Planner) next(l *lane) (Delivery, bool) {
	gate := p.gatePost(l)
	if gate != Pass || !l.fresh(p.at) {
		if d, ok := p.composeQuiet(l); ok {
			return d, true
		}
	}
	if gate != Pass {
		return Delivery{}, false
	}
	return p.compose(l)
}

// launch makes a new flight of a delivery. Its id names the content besides the
// lane and the instant, so that it never comes to mean another.
func (p *Planner) launch(l *lane, d Delivery) *flight {
	body := d.content(d.Reason)[:32]
	for n := 0; d.ID == "" || p.flights[d.ID] != nil; n++ {
		d.ID = hash(32, p.namespace, d.Integration, d.Group.Key, p.at.String(), fmt.Sprint(n), body)
	}
	p.openIncident(l, &d)
	f := &flight{d: d, lane: l, since: p.at, trying: p.at}
	f.expiry = timer{kind: expiryTimer, key: d.ID, owner: f}
	p.flights[d.ID], l.flight = f, f
	if f.quiet() {
		return f
	}
	for i := range d.Firing {
		p.board(l, &d.Firing[i])
	}
	for i := range d.Resolved {
		p.board(l, &d.Resolved[i])
	}
	return f
}

// board puts the newest change of an entry under the lane's flight. The one that
// an earlier flight did not deliver has been overtaken by it. The item's row is left
// as it is, for what is under a flight can be told from the flight, see reboard: in a
// storm all rows would be written once more before the message may go.
func (p *Planner) board(l *lane, e *Entry) {
	key := alertKey(e.Alert)
	it := l.items[key]
	if it == nil || e.News == Same || it.next == nil {
		return
	}
	if it.under != nil {
		p.superseded(l, it.under)
		p.touchTold(l, key)
	}
	it.under, it.next = it.next, nil
}

// drop ends a flight without a word about its outcome.
func (p *Planner) drop(f *flight) {
	p.land(f)
	delete(p.flights, f.d.ID)
	p.touchFlight(f)
	if f.lane.flight == f {
		f.lane.flight = nil
	}
}

// land takes a flight out of the air. From then on the service counts its pace:
// the message may have arrived only now.
func (p *Planner) land(f *flight) {
	p.timers.remove(&f.expiry)
	if f.aloft {
		f.aloft = false
		p.aloft--
		f.lane.out.aloft--
		if every := f.lane.in.LaneEvery; every > 0 {
			p.paces[f.lane.out.pace] = p.at.Add(every)
		}
		for _, alert := range sortedKeys(f.heirs) {
			p.admit(f.heirs[alert])
		}
	}
}

// Backoff between attempts.
const (
	firstBackoff = time.Second
	mostRetry    = 5 * time.Minute
	giveUpAfter  = 24 * time.Hour
)

// Backoff returns how long to wait after a failed attempt: from one second,
// doubled up to five minutes, less up to a fifth by a hash of the id and the
// attempt, so that deliveries which failed together do not return together. It
// is never less than what the service asked for.
func Backoff(id string, failures int, retryAfter time.Duration) time.Duration {
	wait := mostRetry
	if n := failures - 1; n < 9 {
		wait = min(firstBackoff<<max(n, 0), mostRetry)
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %d", id, failures))
	wait -= wait / 5 * time.Duration(sum[0]) / 256
	return max(wait, min(retryAfter, giveUpAfter))
}

// hash names things by n hexadecimal digits of what they are made of.
func hash(n int, parts ...string) string {
	h := sha256.New()
	for _, s := range parts {
		_, _ = fmt.Fprintf(h, "%d:%s", len(s), s)
	}
	return hex.EncodeToString(h.Sum(nil))[:n]
}
