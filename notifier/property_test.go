package notifier

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	amlabels "github.com/prometheus/alertmanager/pkg/labels"
	"pgregory.net/rapid"

	"tocsin/evaluator"
	"tocsin/rules"
)

// TestPlannerAgainstTheWorld drives a planner through random changes, outcomes,
// crashes and reloads, beside receivers that remember what reached them. In the
// end all of them must know the truth, and on the way none may be told twice
// what it surely knew, nor the end of what it can't have heard of.
func TestPlannerAgainstTheWorld(t *testing.T) {
	for range 5 { // a hundred worlds each
		rapid.Check(t, explore)
	}
}

func explore(rt *rapid.T) {
	b := newBelievers(rt)
	b.restart(variant(rapid.SampledFrom([]int{0, 4, 5}).Draw(rt, "variant")))
	for range rapid.IntRange(5, 60).Draw(rt, "steps") {
		b.act(rapid.SampledFrom(acts).Draw(rt, "act"))
		b.checkBooks()
		b.checkLimits()
	}
	b.finish()
}

// acts are what may happen, the likelier ones more often.
var acts = []string{
	"change", "change", "change", "change", "pass", "pass", "pass", "settle", "settle", "settle",
	"silence", "ack", "ready", "reload", "crash", "lost settle", "lost step", "late", "shift", "flap",
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
	case 4:
		cfg.Receivers[0].Integrations[0].Threads = true
		root.MuteTimes = []*rules.Times{{Name: "often", Intervals: []rules.Interval{{
			Ranges:   []rules.MinuteRange{{Begin: 22 * 60, End: 23 * 60}, {Begin: 0, End: 5}, {Begin: 6, End: 20}, {Begin: 30, End: 50}},
			Location: time.UTC,
		}}}}
		cfg.Inhibit = []rules.InhibitRule{{
			Source: amlabels.Matchers{must(amlabels.NewMatcher(amlabels.MatchEqual, "alertname", "cpu"))},
			Target: amlabels.Matchers{must(amlabels.NewMatcher(amlabels.MatchEqual, "alertname", "mem"))},
			Equal:  []string{"instance"},
		}}
	case 5:
		root.GroupBy = []string{"instance"}
		cfg.Receivers[0].Budget = rules.Budget{Max: 1, Window: 2 * time.Minute}
		cfg.Receivers[0].Fallback = "boss"
		cfg.Receivers = append(cfg.Receivers, rules.Receiver{Name: "boss", Integrations: []rules.Integration{in(standIn, "boss", true)}})
		root.Escalate = []rules.Escalation{{To: "boss", After: 3 * time.Minute, Level: rules.Error}}
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
	case "silence", "ack":
		b.people(what)
	case "ready":
		b.p.Ready(b.now, rapid.SampledFrom([]string{"cpu", "mem"}).Draw(b.rt, "rule"))
		b.commit()
	case "reload":
		b.swap(variant(rapid.IntRange(0, 5).Draw(b.rt, "variant")))
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
}

// people silences, lifts silences, takes alerts on and leaves them.
func (b *believers) people(what string) {
	rule := rapid.SampledFrom([]string{"cpu", "mem"}).Draw(b.rt, "rule")
	inst := rapid.SampledFrom([]string{"a", "b"}).Draw(b.rt, "instance")
	a, fires := b.alerts[rule+"\x00"+inst]
	on := rapid.Bool().Draw(b.rt, "on")
	b.rt.Logf("%s %s %s/%s %v", b.now, what, rule, inst, on)
	switch {
	case what == "silence" && on:
		b.p.Silence(b.now, rules.Silence{
			ID: "s" + inst, Matchers: amlabels.Matchers{must(amlabels.NewMatcher(amlabels.MatchEqual, "instance", inst))},
			StartsAt: b.now, EndsAt: b.now.Add(10 * time.Minute), UntilResolved: rapid.Bool().Draw(b.rt, "until resolved"),
		})
	case what == "silence":
		b.p.Unsilence(b.now, "s"+inst)
	case on && fires:
		b.p.Ack(b.now, []rules.Ack{{Rule: rule, Instance: inst, Episode: a.Episode, Level: a.Notify, By: "ada"}})
	default:
		b.p.Unack(b.now, []AlertID{{rule, inst}})
	}
	b.commit()
}

// standIn is the integration that is told in place of others in a variant.
const standIn = "mail:d"

// lift opens all gates of people.
func (b *believers) lift() {
	for _, inst := range []string{"a", "b"} {
		b.p.Unsilence(b.now, "s"+inst)
		for _, rule := range []string{"cpu", "mem"} {
			b.p.Unack(b.now, []AlertID{{rule, inst}})
		}
	}
	b.commit()
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

// settleOne ends one attempt. With crash, the process dies after it heard of the
// end, and before that was kept.
func (b *believers) settleOne(o Outcome, crash bool) {
	b.expire()
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
	if d.Effect == Post && b.integration(d.Integration).Threads {
		s.Handle = "at " + d.ID
	}
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
		if d.Change == nil || d.Outcome == Held.String() {
			continue
		}
		change := *d.Change
		change.Held = ""
		key := fmt.Sprintf("%s %s %+v", d.Integration, d.Group, change)
		if b.decided[key]++; b.decided[key] > 1 {
			b.rt.Fatalf("decided twice: %q", key)
		}
	}
}

// finish makes all go well for a while, and compares.
func (b *believers) finish() {
	b.lift()
	cfg := *b.cfg
	cfg.Inhibit = nil
	b.swap(&cfg) // what was rejected is tried again
	for range 750 {
		for _, r := range b.cfg.Rules {
			b.p.Ready(b.now, r.Key)
		}
		b.pass(8 * time.Second) // within the deadline of an attempt
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
		if a, fires := b.alerts[k.alert]; fires && k.integration == standIn && got == (state{a.Episode, a.Notify, a.Flapping}) {
			continue // told in place of others, and true
		}
		if _, ok := want[k]; !ok && !strings.HasSuffix(k.integration, ":q") {
			b.rt.Errorf("%v believes %+v, which is over", k, got)
		}
	}
	if b.rt.Failed() {
		next, ok := b.p.Next()
		b.rt.Logf("now %s, next %v %s", b.now, ok, next)
		b.p.Lanes(func(l LaneState) { b.rt.Logf("%+v", l) })
	}
	if rest := b.rest(); len(b.alerts) == 0 && len(rest) > 0 {
		b.rt.Errorf("nothing fires and %d rows are left: %v", len(rest), rest)
	}
}

// rest are the rows that go when nothing fires any more: silences and budgets stay
// for their time.
func (b *believers) rest() (ids []string) {
	for id, row := range b.store {
		if row.Kind != rules.KindSilence && row.Kind != rules.KindOutlet {
			ids = append(ids, id)
		}
	}
	return ids
}
