package engine_test

import (
	"flag"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"tocsin/engine"
	"tocsin/evaluator"
	"tocsin/notifier"
	"tocsin/rules"
)

var (
	simSeed  = flag.Uint64("sim.seed", 0, "run this one seed of the simulation, and say what happens")
	simSeeds = flag.Int("sim.seeds", 1000, "how many seeds of the simulation to run")
)

// TestSimulation runs the core in a world where everything fails: answers are
// late, partial, wrong or missing, senders refuse, hang and doubt, the store
// lags and fails, the clock steps, rules change, and the process dies before
// and after commits. The promises hold all the while, and once the world is
// calm people know exactly what is true.
func TestSimulation(t *testing.T) {
	if *simSeed != 0 {
		runSeed(t, *simSeed, t.Logf)
		return
	}
	n := *simSeeds
	if testing.Short() {
		n = min(n, 50)
	}
	const shards = 4
	for shard := range shards {
		t.Run(fmt.Sprint("shard", shard), func(t *testing.T) {
			t.Parallel()
			for seed := 1 + shard; seed <= n && !t.Failed(); seed += shards {
				runSeed(t, uint64(seed), nil)
			}
		})
	}
}

func runSeed(t *testing.T, seed uint64, logf func(string, ...any)) {
	s := newSim(seed, seed)
	s.logf = logf
	if err := s.run(); err != nil {
		t.Errorf("seed %d at %s: %v\nrepeat it with: make sim SEED=%d", seed, s.now.Time().UTC().Format(time.TimeOnly), err, seed)
	}
}

// TestOrderOfArrival permutes the inputs of one millisecond and sees no change.
func TestOrderOfArrival(t *testing.T) {
	for seed := uint64(1); seed <= 10; seed++ {
		a, b := newSim(seed, 1), newSim(seed, 2)
		if err := a.run(); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if err := b.run(); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if a.digest.Sum64() != b.digest.Sum64() {
			t.Errorf("seed %d: the order of arrival changes what happens", seed)
		}
	}
}

const (
	simStart = model.Time(1_800_000_000_000)
	stormFor = 90 * time.Minute
	calmFor  = 6 * time.Hour
)

type arrival struct {
	at   model.Time
	in   engine.Input
	call func() error // instead of an input: something in the world happens
}

type sim struct {
	rng, shuffle *rand.Rand
	now, calm    model.Time
	exprs        []string
	world        *world
	core         *engine.Core
	config       *rules.Config
	variant      int
	store        *simStore
	people       *people
	inbox        []arrival
	waiting      []engine.Send // for their batch to be durable
	waitingSeq   []uint64
	storeDown    model.Time // 0: works
	degraded     bool
	committing   bool
	life         int
	asked        map[engine.AskID]engine.Ask
	seen         map[string][]sighting // by rule and series
	idle         int
	digest       interface {
		Write([]byte) (int, error)
		Sum64() uint64
	}
	logf func(string, ...any)
}

func newSim(seed, order uint64) *sim {
	rng := rand.New(rand.NewPCG(seed, 1))
	s := &sim{
		rng: rng, shuffle: rand.New(rand.NewPCG(order, 2)),
		now: simStart, calm: simStart.Add(stormFor),
		exprs: []string{"a", "b", "c", "d"}[:2+rng.IntN(3)],
		store: newSimStore(), people: newPeople(), seen: map[string][]sighting{}, digest: fnv.New64a(),
	}
	s.world = newWorld(rng, simStart, s.calm, append([]string{"a2"}, s.exprs...))
	s.config = simConfig(rng, s.exprs, 0)
	for at := simStart; at < s.calm; {
		at = at.Add(time.Duration(60+rng.IntN(1200)) * time.Second)
		s.inbox = append(s.inbox, arrival{at: min(at, s.calm), call: s.disaster})
	}
	s.inbox = append(s.inbox, arrival{at: s.calm, call: s.calmDown})
	return s
}

func (s *sim) healthy() bool { return s.now >= s.calm }

func (s *sim) log(format string, args ...any) {
	if s.logf != nil {
		s.logf("%s "+format, append([]any{s.now.Time().UTC().Format("15:04:05.000")}, args...)...)
	}
}

func (s *sim) run() error {
	if err := s.birth(); err != nil {
		return err
	}
	end := s.calm.Add(calmFor)
	for s.now < end {
		if err := s.tick(); err != nil {
			return err
		}
	}
	return s.checkEnd()
}

// birth starts a core from what is kept.
func (s *sim) birth() error {
	s.life++
	s.asked = map[engine.AskID]engine.Ask{}
	s.core = engine.New("default")
	if err := s.store.load(s.core.Restore); err != nil {
		return err
	}
	s.log("start")
	return s.step(engine.Reloaded{Config: s.config})
}

// tick moves to the next instant at which anything happens, and lets it happen.
func (s *sim) tick() error {
	next, ok := s.core.Next()
	if !ok {
		return fmt.Errorf("the core wants nothing any more")
	}
	sort.SliceStable(s.inbox, func(i, j int) bool { return s.inbox[i].at < s.inbox[j].at })
	if len(s.inbox) > 0 && s.inbox[0].at < next {
		next = s.inbox[0].at
	}
	if err := s.advance(next); err != nil {
		return err
	}
	var inputs []engine.Input
	var calls []func() error
	for len(s.inbox) > 0 && s.inbox[0].at <= s.now {
		if s.inbox[0].call != nil {
			calls = append(calls, s.inbox[0].call)
		} else {
			inputs = append(inputs, s.inbox[0].in)
		}
		s.inbox = s.inbox[1:]
	}
	s.shuffle.Shuffle(len(inputs), func(i, j int) { inputs[i], inputs[j] = inputs[j], inputs[i] })
	engine.Order(inputs)
	for _, in := range inputs {
		if err := s.step(in); err != nil {
			return err
		}
	}
	for _, call := range calls {
		if err := call(); err != nil {
			return err
		}
	}
	if at, ok := s.core.Next(); ok && at <= s.now {
		return s.step(engine.Elapsed{})
	}
	return nil
}

// advance moves time on by at least a millisecond and finds a core that spins.
func (s *sim) advance(next model.Time) error {
	if next > s.now {
		s.now, s.idle = next, 0
		return nil
	}
	s.now++
	if s.idle++; s.idle > 5000 {
		return fmt.Errorf("the core spins: it wants Elapsed at once, again and again")
	}
	return nil
}

func (s *sim) step(in engine.Input) error {
	good := isGood(in)
	b := s.core.Step(s.now, in)
	if !slices.ContainsFunc(b.Notes, func(n engine.Note) bool { return strings.HasPrefix(n.Text, "answer dropped") }) {
		s.remember(in)
	}
	s.write(in, b)
	for _, ch := range b.Changes {
		s.log("  %v %s %s -> %s (%s) notify %s episode %s", ch.Kind, alertKey(ch.Alert), ch.From, ch.To, ch.Alert.Reason, ch.Alert.Notify, ch.Alert.Episode)
		s.people.changed(ch.Alert)
		if err := s.checkChange(ch, good); err != nil {
			return err
		}
	}
	var ahead error
	s.core.Rules(func(r engine.RuleStatus) {
		if r.Status.LastGood > s.now {
			ahead = fmt.Errorf("rule %s was last evaluated at %s, which is still to come", r.Rule.Key, r.Status.LastGood.Time().UTC())
		}
	})
	if ahead != nil {
		return ahead
	}
	if n := s.core.Stats().Notifier; n.Changes != n.Delivered+n.Collapsed+n.Suppressed+n.Failed+n.Waiting {
		return fmt.Errorf("the accounts don't balance: %+v", n)
	}
	if err := s.store.add(b); err != nil {
		return err
	}
	s.ask(b.Asks)
	for _, send := range b.Sends {
		if err := s.people.checkRetry(send.Delivery); err != nil {
			return err
		}
		s.waiting, s.waitingSeq = append(s.waiting, send), append(s.waitingSeq, b.Seq)
	}
	return s.startCommit()
}

// checkChange holds a change against the world: a raise needs a value beyond the
// threshold, a recovery a good answer with one that is back.
func (s *sim) checkChange(ch evaluator.Change, good bool) error {
	a := ch.Alert
	if strings.HasPrefix(a.Rule, "!") || strings.HasPrefix(a.Instance, "!") || a.Side == rules.Present {
		return nil
	}
	value, there := s.world.value(s.exprOf(a.Rule), a.Series, ch.At)
	switch {
	case ch.Kind == evaluator.Raise && a.Reason == evaluator.Breached && s.credit(ch) < s.needed(ch):
		return fmt.Errorf("%s raised to %s after %s, its rule asks for %s", alertKey(a), ch.To, s.credit(ch), s.needed(ch))
	case ch.Kind == evaluator.Raise && a.Reason == evaluator.Breached && (!there || !(value > 70)):
		return fmt.Errorf("%s raised to %s at %v (%v, observed at %s)", alertKey(a), ch.To, value, there, ch.At.Time().UTC().Format(time.TimeOnly))
	case a.Reason != evaluator.Recovered || (ch.Kind != evaluator.Lower && ch.Kind != evaluator.Resolve):
	case !good:
		return fmt.Errorf("%s recovered without a good answer", alertKey(a))
	case !there || !(value <= 70) || (ch.To == rules.OK && value > 60):
		return fmt.Errorf("%s recovered to %s at %v", alertKey(a), ch.To, value)
	}
	return nil
}

// isGood reports whether an input is a whole answer.
func isGood(in engine.Input) bool {
	a, ok := in.(engine.Answered)
	return ok && a.Answer.Outcome == evaluator.Good
}

func (s *sim) write(in engine.Input, b engine.Batch) {
	if b.Empty() {
		return
	}
	_, _ = fmt.Fprintf(s.digest, "%d %d %T", b.Seq, b.At, in)
	for _, r := range b.Rows {
		v, _ := encodeRow(r)
		_, _ = fmt.Fprintf(s.digest, "%s %s %s\n", r.Kind, r.Key, v)
	}
	for _, d := range b.Sends {
		_, _ = fmt.Fprintf(s.digest, "%s %d\n", d.Delivery.ID, d.Delivery.Attempt)
	}
}

// later puts something into the future of this life; death forgets it.
func (s *sim) later(after time.Duration, in engine.Input) {
	s.inbox = append(s.inbox, arrival{at: s.now.Add(after), in: in})
}

// exprOf is the expression of a rule as it now is.
func (s *sim) exprOf(key string) string {
	for _, r := range s.config.Rules {
		if r.Key == key {
			return r.Expr
		}
	}
	return ""
}

// needed is the observed time that a raise takes.
func (s *sim) needed(ch evaluator.Change) time.Duration {
	for _, r := range s.config.Rules {
		if r.Key == ch.Alert.Rule {
			return r.Levels.At(ch.To).For
		}
	}
	return 0
}

// A sighting is a value that the core was told.
type sighting struct {
	at      model.Time
	value   float64
	partial bool // what is below its threshold in a partial answer counts for nothing
}

func (s *sim) remember(in engine.Input) {
	a, ok := in.(engine.Answered)
	if !ok || a.Answer.Outcome > evaluator.Partial {
		return
	}
	ask := s.asked[a.ID]
	for _, rule := range ask.Rules {
		for _, sample := range a.Answer.Samples {
			key := rule + strings.TrimSpace(sample.Raw)
			s.seen[key] = append(s.seen[key], sighting{ask.At, sample.Value, a.Answer.Outcome == evaluator.Partial})
		}
	}
}

// credit is the most that a timer can have: the time between sightings at which
// the value was beyond the threshold, gaps left out.
func (s *sim) credit(ch evaluator.Change) (sum time.Duration) {
	bound := map[rules.Level]float64{rules.Warn: 70, rules.Error: 80}[ch.To]
	last := ch.At
	seen := s.seen[ch.Alert.Rule+ch.Alert.Series.String()]
	for i := len(seen) - 1; i >= 0; i-- {
		v := seen[i]
		switch {
		case v.at >= last || math.IsNaN(v.value):
		case v.value > bound:
			if d := last.Sub(v.at); d <= 150*time.Second {
				sum += d
			}
			last = v.at
		case !v.partial:
			return sum
		}
	}
	return sum
}

func (s *sim) ask(asks []engine.Ask) {
	for _, a := range asks {
		s.asked[a.ID] = a
		after := time.Duration(1+s.rng.IntN(300)) * time.Millisecond
		if !s.healthy() {
			switch s.rng.IntN(30) {
			case 0:
				continue // never answered
			case 1:
				after = 30 * time.Second // long past its deadline
			case 2:
				after = 9 * time.Second
			}
		}
		s.later(after, engine.Answered{ID: a.ID, Answer: s.world.answer(s.rng, a, s.now)})
	}
}

// startCommit has what waits committed soon, as one, unless that is under way.
func (s *sim) startCommit() error {
	if s.committing || len(s.store.pending) == 0 {
		return nil
	}
	s.committing = true
	life := s.life
	after := time.Duration(s.rng.IntN(60)) * time.Millisecond
	s.inbox = append(s.inbox, arrival{at: s.now.Add(after), call: func() error { return s.commit(life) }})
	return nil
}

func (s *sim) commit(life int) error {
	if life != s.life {
		return nil
	}
	if s.storeDown != 0 && !s.healthy() {
		s.inbox = append(s.inbox, arrival{at: s.now.Add(500 * time.Millisecond), call: func() error { return s.commit(life) }})
		if s.now.Sub(s.storeDown) < 2*time.Second {
			return nil
		}
		if !s.degraded {
			s.degraded = true
			s.later(0, engine.Degraded{Failing: true})
		}
		return s.release(^uint64(0))
	}
	s.committing = false
	if s.degraded {
		s.degraded = false
		s.later(0, engine.Degraded{Failing: false})
	}
	s.storeDown = 0
	settled := settledIn(s.store.pending)
	if err := s.store.commit(); err != nil {
		return err
	}
	s.people.unkept = nil
	for _, id := range settled {
		s.confirmDurable(id)
	}
	return s.release(s.store.durable)
}

// settledIn lists the deliveries whose flight a batch ends.
func settledIn(pending []pendingBatch) (ids []string) {
	for _, p := range pending {
		for _, r := range p.batch.Rows {
			if r.Kind == rules.KindFlight && r.Value == nil {
				ids = append(ids, r.Key)
			}
		}
	}
	return ids
}

// release starts the attempts whose batch is durable.
func (s *sim) release(durable uint64) error {
	for len(s.waiting) > 0 && s.waitingSeq[0] <= durable {
		send := s.waiting[0]
		s.waiting, s.waitingSeq = s.waiting[1:], s.waitingSeq[1:]
		if err := s.attempt(send); err != nil {
			return err
		}
	}
	return nil
}

func (s *sim) attempt(send engine.Send) error {
	d := send.Delivery
	if s.now >= send.Deadline {
		return nil // the store took too long: the core gives up by itself
	}
	s.log("  send %s to %s %s attempt %d: %s, %d firing, %d resolved", d.ID, d.Integration, d.Group.Key, d.Attempt, d.Reason, len(d.Firing), len(d.Resolved))
	if err := s.people.paced(s.config, d, s.now); err != nil {
		return err
	}
	if err := s.people.start(send); err != nil {
		return err
	}
	reaches, settled, after := fate(s.rng, s.healthy())
	if reaches {
		s.people.reach(d)
		if s.storeDown != 0 {
			s.people.unkept = append(s.people.unkept, d)
		}
	}
	if after == 0 { // the driver never answers: the core gives up by itself
		after = send.Deadline.Sub(s.now) + time.Second
		s.closeLater(d, after, notifier.Unknown)
		return nil
	}
	settled.ID, settled.Attempt = d.ID, d.Attempt
	s.later(after, engine.Settled{Settled: settled})
	if given := send.Deadline.Sub(s.now) + time.Second; after > given {
		s.closeLater(d, given, notifier.Unknown)
		return nil
	}
	if len(settled.Left) > 0 { // the rest is served under the same id
		settled.Outcome = notifier.Unknown
	}
	s.closeLater(d, after, settled.Outcome)
	return nil
}

// closeLater takes an attempt off the list of what is in flight just before the
// core hears of it.
func (s *sim) closeLater(d notifier.Delivery, after time.Duration, o notifier.Outcome) {
	life := s.life
	s.inbox = append(s.inbox, arrival{at: s.now.Add(after), call: func() error {
		if life == s.life {
			s.closeAttempt(d, o)
		}
		return nil
	}})
}

func (s *sim) closeAttempt(d notifier.Delivery, o notifier.Outcome) {
	a, ok := s.people.open[d.ID]
	if !ok || a.number != d.Attempt {
		return
	}
	delete(s.people.open, d.ID)
	s.log("  settled %s: %s", d.ID, o)
	if o == notifier.Delivered || o == notifier.Rejected {
		s.people.view(a.lane).open = said{}
	}
	if o == notifier.Delivered || o == notifier.Unknown {
		s.people.doubt(d)
	}
	if o == notifier.Delivered {
		s.confirming(d)
	}
}

// confirming remembers that the core was told; it counts once that is durable.
func (s *sim) confirming(d notifier.Delivery) { s.people.toConfirm = append(s.people.toConfirm, d) }

func (s *sim) confirmDurable(id string) {
	for _, d := range s.people.toConfirm {
		if d.ID == id {
			s.people.confirm(d)
		}
	}
	s.people.toConfirm = slices.DeleteFunc(s.people.toConfirm, func(d notifier.Delivery) bool { return d.ID == id })
}

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

// checkEnd compares what people know with what is true.
func (s *sim) checkEnd() error {
	want := map[string]rules.Level{}
	s.core.Alerts(func(a evaluator.Alert) {
		for _, integration := range s.expectedAt(a) {
			want[integration+"|"+alertKey(a)] = a.Notify
		}
	})
	got := map[string]rules.Level{}
	for k, v := range s.people.views {
		for alert, level := range v.firing {
			got[k.integration+"|"+alert] = max(level, got[k.integration+"|"+alert])
		}
	}
	var diff []string
	for k, level := range want {
		if got[k] != level {
			diff = append(diff, fmt.Sprintf("%s is %s, people know %s", k, level, got[k]))
		}
	}
	for k, level := range got {
		if _, ok := want[k]; !ok && !s.people.excused[k] {
			diff = append(diff, fmt.Sprintf("%s is over, people know %s", k, level))
		}
	}
	if len(diff) == 0 {
		return nil
	}
	slices.Sort(diff)
	return fmt.Errorf("after %d messages:\n  %s", s.people.sent, strings.Join(diff, "\n  "))
}

// expectedAt says by brute force which integrations should know of an alert.
func (s *sim) expectedAt(a evaluator.Alert) (all []string) {
	seen := map[string]bool{}
	for l := rules.Warn; l <= a.Notify; l++ {
		if a.Has&(1<<l) == 0 {
			continue
		}
		b := labels.NewBuilder(a.Labels)
		if a.FixedSeverity == "" {
			b.Set("severity", s.config.Severity.Of(l))
		}
		for _, route := range s.config.Route.Match(b.Labels()) {
			for _, r := range s.config.Receivers {
				if r.Name == route.Receiver && !seen[r.Integrations[0].Key] {
					seen[r.Integrations[0].Key] = true
					all = append(all, r.Integrations[0].Key)
				}
			}
		}
	}
	return all
}
