package engine_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/engine"
	"tocsin/evaluator"
	"tocsin/notifier"
	"tocsin/rules"
)

// A laneKey is a group at an integration.
type laneKey struct{ integration, group string }

// A viewKey is a route at an integration. Groups and digests of one route are read
// together; so are all messages about tocsin itself, which no route of the
// configuration leads anywhere for good.
type viewKey struct{ integration, route string }

// A view is what a person knows who reads what comes by one route.
type view struct {
	firing map[string]rules.Level // by alert, from the last message that spoke of it
	heard  map[string]model.Time  // when that was
}

// A said is the content of an attempt and the id that it bears.
type said struct{ id, content string }

func contentOf(d notifier.Delivery) string {
	var b strings.Builder
	_, _ = fmt.Fprint(&b, d.Effect, d.Root, d.Incident, d.Reason, d.Marks, d.Level)
	for _, list := range [][]notifier.Entry{d.Firing, d.Resolved} {
		for _, e := range list {
			_, _ = fmt.Fprintf(&b, "|%s %s %s %s %s %s", alertKey(*e.Alert), e.Alert.Episode, e.Alert.Notify, e.News, e.Was, e.Held)
		}
	}
	return b.String()
}

type told struct {
	episode string
	level   rules.Level
}

// A sureKey is an alert of a route at an integration.
type sureKey struct{ integration, route, alert string }

// people are the receivers, with the promises that are kept to them.
type people struct {
	views    map[viewKey]*view
	sure     map[sureKey]told   // what the core knows to have been delivered, durably
	offered  map[sureKey]string // episodes of which an attempt was ever started
	said     map[laneKey]said   // what the last attempt said that is not settled for good
	contents map[string]string  // by delivery id
	open     map[string]attempt // in flight, by delivery id
	done     map[string]bool    // ids whose delivery is confirmed durably
	lastLane map[string]model.Time
	sent     int
	messages map[string]*message     // that can be edited, by handle
	health   map[string]*health      // by integration
	posts    map[string][]post       // by integration, as its budget counts them
	budgets  map[string]rules.Budget // by integration, as it was at the last post
	counted  map[laneKey]post        // its last one that was counted
	trying   map[laneKey]bool        // its last attempt failed, so that the next is no new post
	refused  map[laneKey]bool        // its last message was rejected for good
	// toConfirm are deliveries that the core knows of, but not durably.
	toConfirm []confirmation
	// unkept reached people while the store failed. If the process dies then, no
	// one remembers them: what they told of may stay stale, and is excused.
	unkept  []notifier.Delivery
	excused map[string]bool
	keeps   map[string]bool // integrations that keep incidents
	plain   map[string]bool // alerts that were told where messages could not be edited
	// incidents are those that are open: the alerts that fire in each, as it was last
	// told.
	incidents map[incidentKey]map[string]bool
}

// An incidentKey names an incident at an integration.
type incidentKey struct{ integration, key string }

type attempt struct {
	lane     laneKey
	receiver string
	number   int
	delivery notifier.Delivery
}

type confirmation struct {
	notifier.Delivery
	at     model.Time
	handle string
}

func newPeople() *people {
	return &people{
		views: map[viewKey]*view{}, sure: map[sureKey]told{}, offered: map[sureKey]string{}, said: map[laneKey]said{},
		contents: map[string]string{}, open: map[string]attempt{},
		done: map[string]bool{}, lastLane: map[string]model.Time{}, excused: map[string]bool{},
		messages: map[string]*message{}, health: map[string]*health{}, posts: map[string][]post{}, budgets: map[string]rules.Budget{},
		counted: map[laneKey]post{}, trying: map[laneKey]bool{}, refused: map[laneKey]bool{}, incidents: map[incidentKey]map[string]bool{}, keeps: map[string]bool{}, plain: map[string]bool{},
	}
}

func laneOf(d notifier.Delivery) laneKey { return laneKey{d.Integration, d.Group.Key} }

// view is what a delivery's readers know of an alert.
func (p *people) view(d notifier.Delivery, a evaluator.Alert) *view {
	return p.viewAt(p.viewOf(d, a))
}

func (p *people) viewOf(d notifier.Delivery, a evaluator.Alert) viewKey {
	if a.Rule == rules.SelfRule && d.Incident == "" {
		return viewKey{d.Integration, "self"}
	}
	return viewKey{d.Integration, p.placeOf(d)}
}

func (p *people) viewAt(k viewKey) *view {
	if p.views[k] == nil {
		p.views[k] = &view{firing: map[string]rules.Level{}, heard: map[string]model.Time{}}
	}
	return p.views[k]
}

// offeredAt reports whether an integration may have heard of an alert, by whatever
// route.
func (p *people) offeredAt(d notifier.Delivery, a evaluator.Alert) bool {
	if _, ok := p.offered[p.sureOf(d, a)]; ok {
		return true
	}
	for k := range p.offered {
		if k.integration == d.Integration && k.alert == alertKey(a) {
			return true
		}
	}
	return false
}

// quiet reports whether a delivery reaches nobody.
func quiet(d notifier.Delivery) bool { return d.Effect == notifier.Edit || d.Effect == notifier.Moved }

func alertKey(a evaluator.Alert) string { return a.Rule + "|" + a.Instance }

// start checks an attempt against every promise, before it begins.
func (p *people) start(s engine.Send) error {
	d := s.Delivery
	k := laneOf(d)
	p.sent++
	for _, check := range []func() error{
		func() error { return p.checkLimits(k, d) },
		func() error { return p.checkContent(d) },
		func() error { return p.checkNews(d) },
	} {
		if err := check(); err != nil {
			return fmt.Errorf("delivery %s to %s, group %s, attempt %d: %w", d.ID, d.Integration, d.Group.Key, d.Attempt, err)
		}
	}
	p.open[d.ID] = attempt{k, d.Receiver, d.Attempt, d}
	p.offer(d)
	return nil
}

// offer notes what an attempt tells, whether it arrives or not.
func (p *people) offer(d notifier.Delivery) {
	if quiet(d) {
		return
	}
	for _, e := range d.Firing {
		p.offered[p.sureOf(d, *e.Alert)] = e.Alert.Episode
	}
}

func (p *people) checkLimits(k laneKey, d notifier.Delivery) error {
	perReceiver := 0
	for _, a := range p.open {
		if a.lane == k {
			return fmt.Errorf("a second attempt in one lane while %s is in flight", a.delivery.ID)
		}
		if a.receiver == d.Receiver {
			perReceiver++
		}
	}
	if perReceiver >= 4 || len(p.open) >= 48 {
		return fmt.Errorf("%d in flight for the receiver, %d in all", perReceiver, len(p.open))
	}
	return nil
}

// paced checks the tempo of a lane as the service sees it.
func (p *people) paced(cfg *rules.Config, d notifier.Delivery, now model.Time) error {
	for _, r := range cfg.Receivers {
		for _, in := range r.Integrations {
			if in.Key != d.Integration || in.Lane == "" {
				continue
			}
			if last, ok := p.lastLane[in.Lane]; ok && now.Sub(last) < in.LaneEvery {
				return fmt.Errorf("%s after the last one in lane %s", now.Sub(last), in.Lane)
			}
			p.lastLane[in.Lane] = now
		}
	}
	return nil
}

// checkContent holds an id to one content.
func (p *people) checkContent(d notifier.Delivery) error {
	if p.done[d.ID] {
		return fmt.Errorf("sent again after it was confirmed")
	}
	d.Attempt, d.Handle, d.Left = 0, "", nil
	b, err := json.Marshal(d)
	if err != nil {
		return err
	}
	if was, ok := p.contents[d.ID]; ok && was != string(b) {
		return fmt.Errorf("one id, two contents:\n%s\n%s", was, b)
	}
	p.contents[d.ID] = string(b)
	return nil
}

// changed makes every content that tells of an alert another one.
func (p *people) changed(alert string) {
	for k, v := range p.said {
		if strings.Contains(v.content, alert) {
			delete(p.said, k)
		}
	}
}

// speakOf reports whether anything that is not settled for good tells of an alert.
func (p *people) speakOf(alert string) bool {
	for _, v := range p.said {
		if strings.Contains(v.content, alert) {
			return true
		}
	}
	return false
}

// checkRetry holds a retry of one content to its id, as it is handed out. Those who
// stand in may have lost and found a reason meanwhile, what a forwarder repeats is
// begun anew, and an edit does no harm twice.
func (s *sim) checkRetry(d notifier.Delivery) error {
	p := s.people
	if d.Receiver != primaryOf(s.config, d.Group.Route) || s.integration(d.Integration).Resend > 0 {
		return nil
	}
	v := p.said[laneOf(d)]
	if c := contentOf(d); v.content == c && v.id != d.ID {
		return fmt.Errorf("delivery %s: the retry of %s bears another id", d.ID, v.id)
	}
	p.said[laneOf(d)] = said{d.ID, contentOf(d)}
	return nil
}

// checkNews finds messages that tell nothing new, and what was never told.
func (p *people) checkNews(d notifier.Delivery) error {
	if quiet(d) {
		return nil
	}
	news := 0
	for _, e := range d.Firing {
		if e.News != notifier.Same {
			news++
		}
		was, ok := p.sure[p.sureOf(d, *e.Alert)]
		if ok && (e.News == notifier.New || e.News == notifier.Raised) && was == (told{e.Alert.Episode, e.Alert.Notify}) {
			return fmt.Errorf("%s of %s is told again at %s", e.News, alertKey(*e.Alert), e.Alert.Notify)
		}
		if e.News == notifier.Same && !p.offeredAt(d, *e.Alert) {
			return fmt.Errorf("%s is shown as known, and nobody was told of it", alertKey(*e.Alert))
		}
	}
	for _, e := range d.Resolved {
		news++
		if !p.offeredAt(d, *e.Alert) {
			return fmt.Errorf("RESOLVED of %s, of which nobody was told", alertKey(*e.Alert))
		}
	}
	if news == 0 && d.Reason != notifier.ReasonReminder {
		return fmt.Errorf("nothing new, and no reminder: %s", d.Reason)
	}
	return nil
}

func (p *people) sureOf(d notifier.Delivery, a evaluator.Alert) sureKey {
	return sureKey{d.Integration, p.placeOf(d), alertKey(a)}
}

// placeOf names where a delivery is read: by its route, or as an incident.
func (p *people) placeOf(d notifier.Delivery) string {
	if d.Incident != "" {
		return incident + d.Incident
	}
	return d.Group.Route
}

const incident = "incident "

// reach is the moment at which a message is seen.
func (p *people) reach(d notifier.Delivery, now model.Time) {
	p.show(d, now)
	if quiet(d) {
		return
	}
	for _, e := range d.Firing {
		v := p.view(d, *e.Alert)
		v.firing[alertKey(*e.Alert)], v.heard[alertKey(*e.Alert)] = e.Alert.Notify, now
		p.settle(d, *e.Alert)
	}
	for _, e := range d.Resolved {
		delete(p.view(d, *e.Alert).firing, alertKey(*e.Alert))
		p.settle(d, *e.Alert)
	}
}

// excuse is for a death while the store failed.
func (p *people) excuse() {
	for _, d := range p.unkept {
		for _, e := range d.Firing {
			p.excused[d.Integration+"|"+alertKey(*e.Alert)] = true
		}
	}
	p.unkept = nil
}

// doubt forgets what was confirmed wherever an attempt that may have come
// through said something else.
func (p *people) doubt(d notifier.Delivery) {
	if quiet(d) {
		return
	}
	for _, e := range d.Firing {
		if p.sure[p.sureOf(d, *e.Alert)] != (told{e.Alert.Episode, e.Alert.Notify}) {
			delete(p.sure, p.sureOf(d, *e.Alert))
		}
	}
	for _, e := range d.Resolved {
		delete(p.sure, p.sureOf(d, *e.Alert))
	}
}

// moved is the route of what was told by routes that lead to its reader no longer:
// another lane of the integration may have taken it over, and tell its end.
const moved = "moved"

// settle takes an alert off what has moved: another lane tells of it now.
func (p *people) settle(d notifier.Delivery, a evaluator.Alert) {
	if v := p.views[viewKey{d.Integration, moved}]; v != nil {
		delete(v.firing, alertKey(a))
	}
}

// confirm is called when the core's knowledge of a delivery is durable.
func (p *people) confirm(c confirmation) {
	d := c.Delivery
	p.done[d.ID] = true
	p.health[d.Integration].worked(c.at)
	if p.track(c); quiet(d) {
		return
	}
	for _, e := range d.Firing {
		if e.News != notifier.Same { // else it is shown as it may have been told
			p.sure[p.sureOf(d, *e.Alert)] = told{e.Alert.Episode, e.Alert.Notify}
		}
	}
	for _, e := range d.Resolved {
		delete(p.sure, p.sureOf(d, *e.Alert))
		if p.view(d, *e.Alert).firing[alertKey(*e.Alert)] == rules.OK {
			p.retract(p.sureOf(d, *e.Alert), e.Alert.Episode)
		}
	}
}

// retract forgets that an episode was offered by a route, or else by one that leads
// there no longer: what was told by that one has moved. A newer one may be on its way.
func (p *people) retract(k sureKey, episode string) {
	if offered, own := p.offered[k]; own {
		if offered == episode {
			delete(p.offered, k)
		}
		return
	}
	for _, other := range slices.SortedFunc(maps.Keys(p.offered), func(a, b sureKey) int { return strings.Compare(a.route, b.route) }) {
		if other.integration == k.integration && other.alert == k.alert && strings.HasPrefix(other.route, moved) {
			delete(p.offered, other)
			return
		}
	}
}

// fate draws how an attempt ends: whether it reaches people, what the sender
// says, and when; 0 is never.
func fate(rng *rand.Rand, healthy bool, out outage) (reaches bool, s notifier.Settled, after time.Duration) {
	after = time.Duration(1+rng.IntN(400)) * time.Millisecond
	if out != works {
		return false, notifier.Settled{Outcome: out.outcome(rng)}, after
	}
	if healthy {
		return true, notifier.Settled{Outcome: notifier.Delivered}, after
	}
	switch rng.IntN(12) {
	case 0:
		return false, notifier.Settled{Outcome: notifier.Refused, RetryAfter: time.Duration(rng.IntN(120)) * time.Second}, after
	case 1:
		return false, notifier.Settled{Outcome: notifier.Refused}, after
	case 2:
		return false, notifier.Settled{Outcome: notifier.Rejected}, after
	case 3:
		return rng.IntN(2) == 0, notifier.Settled{Outcome: notifier.Unknown}, 10 * time.Second
	case 4:
		return rng.IntN(2) == 0, notifier.Settled{}, 0
	case 5:
		return true, notifier.Settled{Outcome: notifier.Delivered}, 8 * time.Second
	case 6: // one recipient has it, the other is asked to wait
		return true, notifier.Settled{Outcome: notifier.Delivered, Left: []string{"b@example.org"}}, after
	case 7: // heard of only after the core has given up
		return true, notifier.Settled{Outcome: notifier.Delivered}, 15 * time.Second
	}
	return true, notifier.Settled{Outcome: notifier.Delivered}, after
}
