package notifier

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	amlabels "github.com/prometheus/alertmanager/pkg/labels"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"pgregory.net/rapid"

	"tocsin/evaluator"
	"tocsin/rules"
)

// TestPlannerAgainstTheWorld drives a planner through random changes, outcomes,
// crashes and reloads, beside receivers that remember what reached them. In the
// end all of them must know the truth, and on the way none may be told twice
// what it surely knew, nor the end of what it can't have heard of.
func TestPlannerAgainstTheWorld(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		b := newBelievers(rt)
		b.restart(variant(0))
		for range rapid.IntRange(5, 60).Draw(rt, "steps") {
			b.act(rapid.SampledFrom(acts).Draw(rt, "act"))
			b.checkBooks()
			b.checkLimits()
		}
		b.finish()
	})
}

// acts are what may happen, the likelier ones more often.
var acts = []string{
	"change", "change", "change", "change", "pass", "pass", "pass", "settle", "settle", "settle",
	"ready", "reload", "crash", "lost settle", "lost step", "late", "shift", "flap",
}

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
}

func newBelievers(rt *rapid.T) *believers {
	b := &believers{
		world: newWorld(rt), rt: rt, believed: map[pair]state{}, sure: map[pair]state{}, maybe: map[pair]bool{},
		content: map[string]string{}, done: map[string]bool{}, excused: map[string][]pair{},
		gone: map[string]bool{}, decided: map[string]int{}, gotAt: map[string]model.Time{},
	}
	b.onSend = b.sent
	return b
}

// variant returns one of a few configurations. Receivers and routes have other
// names, other groups and other integrations.
func variant(n int) *rules.Config {
	cfg := emptyConfig()
	for _, r := range []string{"cpu", "mem"} {
		cfg.Rules = append(cfg.Rules, &rules.Rule{Key: r, Interval: time.Minute})
	}
	in := func(key, receiver string, resolved bool) rules.Integration {
		i := rules.Integration{Key: key, Kind: "hook", Receiver: receiver, SendResolved: resolved, Timeout: 10 * time.Second}
		if key == "slack:a" {
			i.Lane, i.LaneEvery = "a", time.Second
		}
		return i
	}
	a, c := "team", "oncall"
	if n == 1 {
		a, c = "crew", "pager"
	}
	all := []rules.Integration{in("slack:a", a, true), in("hook:q", a, false)}
	if n != 2 {
		all = append(all, in("hook:h", a, true))
	}
	cfg.Receivers = []rules.Receiver{{Name: a, Integrations: all}, {Name: c, Integrations: []rules.Integration{in("mail:c", c, true)}}}
	critical := amlabels.Matchers{must(amlabels.NewMatcher(amlabels.MatchEqual, "severity", "critical"))}
	times := rules.Route{GroupWait: 10 * time.Second, GroupInterval: time.Minute, RepeatInterval: 4 * time.Hour}
	root, child := times, times
	root.ID, root.Receiver, root.GroupBy = "root", a, []string{"alertname"}
	child.ID, child.Receiver, child.Matchers = "root/critical", c, critical
	switch n {
	case 1:
		root.GroupBy, child.ID = nil, "root/renamed"
	case 3:
		root.GroupBy = []string{"instance"}
		child.Receiver = a // the errors go where warnings go: nobody is on call
		child.GroupBy = []string{"instance"}
	}
	if n != 3 {
		root.Routes = []*rules.Route{&child}
	}
	cfg.Route = &root
	return cfg
}

func must[T any](x T, err error) T {
	if err != nil {
		panic(err)
	}
	return x
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

func (b *believers) act(what string) {
	switch what {
	case "change", "flap":
		rule := rapid.SampledFrom([]string{"cpu", "mem"}).Draw(b.rt, "rule")
		inst := rapid.SampledFrom([]string{"a", "b"}).Draw(b.rt, "instance")
		b.move(rule, inst, rapid.SampledFrom([]rules.Level{rules.OK, rules.Warn, rules.Error}).Draw(b.rt, "level"), what == "flap")
	case "pass":
		b.pass(time.Duration(rapid.IntRange(0, 90_000).Draw(b.rt, "ms")) * time.Millisecond)
	case "settle":
		b.settleOne(rapid.SampledFrom([]Outcome{Delivered, Delivered, Refused, Rejected, Unknown}).Draw(b.rt, "outcome"), false)
	case "ready":
		b.p.Ready(b.now, rapid.SampledFrom([]string{"cpu", "mem"}).Draw(b.rt, "rule"))
		b.commit()
	case "reload":
		b.swap(variant(rapid.IntRange(0, 3).Draw(b.rt, "variant")))
	case "crash":
		b.crash(b.cfg)
	case "lost settle":
		b.settleOne(Delivered, true)
	case "lost step":
		b.p.Step(b.now)
		b.lose()
		b.crash(b.cfg)
	case "late":
		b.overdue()
	case "shift":
		by := time.Duration(rapid.IntRange(-3600, 3600).Draw(b.rt, "s")) * time.Second
		b.p.Shift(by)
		b.now = b.now.Add(by)
		for i := range b.flying {
			b.flying[i].Deadline = b.flying[i].Deadline.Add(by)
		}
		for k := range b.gotAt {
			b.gotAt[k] = b.gotAt[k].Add(by)
		}
		b.commit()
	}
	b.audit()
	if os.Getenv("DBG") != "" {
		b.p.Lanes(func(l LaneState) {
			b.rt.Logf("   DBG %s %s %s told %d owed %d %.6s", l.Group.Key, l.Integration, l.Gate, l.Told, l.Owed, l.Delivery)
		})
	}
}

// move changes the level of an alert, or begins and ends a flap.
func (b *believers) move(rule, inst string, l rules.Level, flap bool) {
	a, had := b.alerts[rule+"\x00"+inst]
	if !had && l == rules.OK || had && !flap && a.Notify == l {
		return
	}
	b.rt.Logf("%s %s/%s is %s, flaps %v", b.now, rule, inst, l, flap)
	b.now++ // changes of one alert have times of their own
	b.change(rule, inst, l, func(x *evaluator.Alert) {
		x.Flapping = flap && l != rules.OK
	})
}

// sent is what a receiver sees of an attempt, and what must be true of it.
func (b *believers) sent(s Send) {
	b.expire()
	d := s.Delivery
	if b.done[d.ID] {
		b.rt.Fatalf("delivery %s was delivered, and is sent again: %s", d.ID, deliveryText(d))
	}
	b.rt.Logf("%s send %.6s to %s in %s: %s", b.now, d.ID, d.Integration, d.Group.Key, deliveryText(d))
	text := d.content()
	if old, ok := b.content[d.ID]; ok && old != text {
		b.rt.Fatalf("id %s means two things: %q and %q", d.ID, old, text)
	}
	b.content[d.ID] = text
	if len(d.Firing)+len(d.Resolved) == 0 {
		b.rt.Fatal("an empty delivery")
	}
	for _, e := range d.Firing {
		k := pair{d.Integration, alertKey(&e.Alert)}
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
		if k := (pair{d.Integration, alertKey(&e.Alert)}); !b.maybe[k] {
			b.rt.Fatalf("%v can't have heard of it, and is told the end: %s", k, deliveryText(d))
		}
	}
	if in := b.integration(d.Integration); in.LaneEvery > 0 {
		if last, ok := b.gotAt[in.Lane]; ok && b.now.Sub(last) < in.LaneEvery {
			b.rt.Fatalf("lane %s: two sends within %s", in.Lane, b.now.Sub(last))
		}
		b.gotAt[in.Lane] = b.now
	}
}

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
	for _, e := range d.Firing {
		k := pair{d.Integration, alertKey(&e.Alert)}
		b.believed[k] = state{e.Alert.Episode, e.Alert.Notify, e.Alert.Flapping}
	}
	for _, e := range d.Resolved {
		delete(b.believed, pair{d.Integration, alertKey(&e.Alert)})
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
	for _, es := range [][]Entry{d.Firing, d.Resolved} {
		for _, e := range es {
			all = append(all, pair{d.Integration, alertKey(&e.Alert)})
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
	for _, e := range d.Firing {
		b.sure[pair{d.Integration, alertKey(&e.Alert)}] = state{e.Alert.Episode, e.Alert.Notify, e.Alert.Flapping}
	}
	for _, e := range d.Resolved {
		k := pair{d.Integration, alertKey(&e.Alert)}
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

// settleOne ends one attempt. With crash, the process dies after it heard of the
// end, and before that was kept.
func (b *believers) settleOne(o Outcome, crash bool) {
	if len(b.flying) == 0 {
		return
	}
	i := rapid.IntRange(0, len(b.flying)-1).Draw(b.rt, "which")
	d := b.flying[i].Delivery
	s := Settled{ID: d.ID, Attempt: d.Attempt, Outcome: o}
	if o == Refused && rapid.Bool().Draw(b.rt, "throttled") {
		s.RetryAfter = 30 * time.Second
	}
	b.rt.Logf("%s %.6s ends as %s", b.now, d.ID, o)
	b.takeEffect(d, o)
	if crash {
		b.p.Settle(b.now, s)
		b.lose()
		b.doubt(d)
		b.crash(b.cfg)
		return
	}
	b.settle(s)
	if o == Delivered {
		b.learn(d)
		b.done[d.ID] = true
	}
}

// takeEffect lets an attempt reach its receiver, as its outcome says.
func (b *believers) takeEffect(d Delivery, o Outcome) {
	switch o {
	case Delivered:
		b.reach(d)
	case Unknown:
		b.doubt(d)
		if rapid.Bool().Draw(b.rt, "reached") {
			b.reach(d)
		}
	case Refused, Rejected:
	}
}

// expire ends the attempts that the planner has given up by itself.
func (b *believers) expire() {
	var rest []Send
	for _, s := range b.flying {
		if s.Deadline.Add(grace) > b.now {
			rest = append(rest, s)
			continue
		}
		b.takeEffect(s.Delivery, Unknown)
	}
	b.flying = rest
}

// overdue lets all attempts pass their deadline; one of them is heard of later.
func (b *believers) overdue() {
	if len(b.flying) == 0 {
		return
	}
	late := b.flying[0]
	heard := rapid.Bool().Draw(b.rt, "heard of late")
	if heard { // so it did reach somebody
		b.flying = slices.Clone(b.flying[1:])
		b.doubt(late.Delivery)
		b.reach(late.Delivery)
	}
	b.pass(late.Deadline.Add(grace).Sub(b.now))
	b.expire()
	if heard {
		b.settle(Settled{ID: late.Delivery.ID, Attempt: late.Delivery.Attempt, Outcome: Delivered})
	}
}

// crash kills the process: what is in the air may reach its receiver or not.
func (b *believers) crash(cfg *rules.Config) {
	for _, s := range b.flying {
		b.takeEffect(s.Delivery, Unknown)
	}
	b.restart(cfg)
}

// swap reloads another configuration. What no longer leads anywhere is closed
// quietly, so the receivers are made to forget it.
func (b *believers) swap(cfg *rules.Config) {
	b.reload(cfg)
	want := b.routed()
	closed := func(k pair) bool {
		_, wanted := want[k]
		_, fires := b.alerts[k.alert]
		return b.integration(k.integration).Key == "" || fires && !wanted
	}
	for _, k := range slices.Collect(maps.Keys(b.maybe)) {
		if closed(k) && !b.loweredOut(k) {
			delete(b.believed, k)
			delete(b.sure, k)
		}
	}
	for _, s := range b.flying {
		for _, k := range b.keys(s.Delivery) {
			if b.integration(k.integration).Key == "" {
				b.gone[s.Delivery.ID] = true
			}
			if closed(k) {
				b.excused[s.Delivery.ID] = append(b.excused[s.Delivery.ID], k)
			}
		}
	}
}

// loweredOut reports whether the planner still owes the pair a RESOLVED.
func (b *believers) loweredOut(k pair) bool {
	for _, g := range b.p.groups {
		for _, l := range g.lanes {
			if it := l.items[k.alert]; l.out.Key == k.integration && it != nil && it.told() {
				return true
			}
		}
	}
	return false
}

// checkLimits looks at what is in the air.
func (b *believers) checkLimits() {
	lanes, outlets := map[string]int{}, map[string]int{}
	for _, s := range b.flying {
		d := s.Delivery
		lanes[d.Integration+" "+d.Group.Key]++
		outlets[d.Integration]++
		if lanes[d.Integration+" "+d.Group.Key] > 1 || outlets[d.Integration] > mostPerOutlet {
			b.rt.Fatalf("too many in flight: %v %v", lanes, outlets)
		}
	}
}

// audit checks that no change is accounted for twice in a lane.
func (b *believers) audit() {
	b.expire()
	for ; len(b.replay) > 0; b.replay = b.replay[1:] {
		d := b.replay[0]
		if d.Change == nil {
			continue
		}
		key := fmt.Sprintf("%s %s %+v", d.Integration, d.Group, *d.Change)
		if b.decided[key]++; b.decided[key] > 1 {
			b.rt.Fatalf("decided twice: %q", key)
		}
	}
}

// finish makes all go well for a while, and compares.
func (b *believers) finish() {
	b.swap(b.cfg) // what was rejected is tried again
	for range 200 {
		for _, r := range b.cfg.Rules {
			b.p.Ready(b.now, r.Key)
		}
		b.pass(30 * time.Second)
		for len(b.flying) > 0 {
			b.settleOne(Delivered, false)
		}
		b.audit()
	}
	b.checkBooks()
	if s := b.p.Stats(); s.Waiting+uint64(s.InFlight)+uint64(s.Queued) != 0 {
		b.rt.Fatalf("something still waits: %+v", s)
	}
	want := b.routed()
	for k, w := range want {
		if got := b.believed[k]; got != w {
			b.rt.Errorf("%v believes %+v, true is %+v", k, got, w)
		}
	}
	for k, got := range b.believed {
		if _, ok := want[k]; !ok && !strings.HasSuffix(k.integration, ":q") {
			b.rt.Errorf("%v believes %+v, which is over", k, got)
		}
	}
	if b.rt.Failed() {
		next, ok := b.p.Next()
		b.rt.Logf("now %s, next %v %s", b.now, ok, next)
		b.p.Lanes(func(l LaneState) { b.rt.Logf("%+v", l) })
	}
	if len(b.alerts) == 0 && len(b.store) > 0 {
		b.rt.Errorf("nothing fires and %d rows are left: %v", len(b.store), slices.Collect(maps.Keys(b.store)))
	}
}
