package engine_test

import (
	"flag"
	"fmt"
	"hash"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/engine"
	"tocsin/notifier"
	"tocsin/rules"
)

var (
	simSeed  = flag.Uint64("sim.seed", 0, "run this one seed of the simulation, and say what happens")
	simSeeds = flag.Int("sim.seeds", 1000, "how many seeds of the simulation to run")
	simFirst = flag.Int("sim.first", 1, "the first of them")
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
	var seen [shards]map[string]int
	t.Run("seeds", func(t *testing.T) {
		for shard := range shards {
			seen[shard] = map[string]int{}
			t.Run(fmt.Sprint("shard", shard), func(t *testing.T) {
				t.Parallel()
				for seed := *simFirst + shard; seed < *simFirst+n && !t.Failed(); seed += shards {
					for what, times := range runSeed(t, uint64(seed), nil) {
						seen[shard][what] += times
					}
				}
			})
		}
	})
	for _, what := range worthSeeing() {
		if seen[0][what]+seen[1][what]+seen[2][what]+seen[3][what] == 0 && n >= 500 && !t.Failed() {
			t.Errorf("no seed has seen %q: the simulation simulates too little", what)
		}
	}
}

// worthSeeing are things that have to happen somewhere, lest nothing is tested.
func worthSeeing() []string {
	return []string{
		"post", "edit", "reply", "broadcast", "moved", "gone", "digest", "reminder", "first", "raised", "changed", "resolved",
		"in place of others", "escalated", "to a forwarder", "an incident's end", "silenced", "inhibited", "acknowledged",
		"of tocsin itself", "over budget, for an error", "while its route is muted",
	}
}

// runSeed returns what happened, and how often.
func runSeed(t *testing.T, seed uint64, logf func(string, ...any)) map[string]int {
	s := newSim(seed, seed)
	s.logf = logf
	if seed%mirrorEvery == 0 {
		s.mirror = &mirror{}
	}
	if err := s.run(); err != nil {
		t.Errorf("seed %d at %s: %v\nrepeat it with: make sim SEED=%d", seed, s.now.Time().UTC().Format(time.TimeOnly), err, seed)
	}
	return s.seenSo
}

// TestOrderOfArrival permutes the inputs of one millisecond and sees no change.
func TestOrderOfArrival(t *testing.T) {
	for seed := uint64(1); seed <= 10; seed++ {
		a, b := newSim(seed, 1), newSim(seed, 2)
		a.digest, b.digest = fnv.New64a(), fnv.New64a()
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
	// soon is how long it takes at most that what reaches nobody is true after a reload.
	soon = 20 * time.Minute
	// liftAfter is how long after the storm people's gates stay as they are, and an
	// integration may be down.
	liftAfter = 2 * time.Hour
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
	before       *rules.Config // what was in force before reloadedAt
	reloadedAt   model.Time
	variant      int
	gates        gateSet
	outages      map[string]outage // by integration
	ledger       *ledger
	audit        *audit
	acts         int
	changedAt    map[string]model.Time // the last change of each alert
	seenSo       map[string]int        // what has happened, and how often
	justEnded    map[string]bool       // alerts about tocsin itself that the last step ended
	stepped      map[string]string     // episodes of alerts that saw a step of the clock
	ageless      map[string]string     // and, after it, a death
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
	digest       hash.Hash64 // nil: nobody compares
	mirror       *mirror     // nil: nobody follows
	logf         func(string, ...any)
}

func newSim(seed, order uint64) *sim {
	rng := rand.New(rand.NewPCG(seed, 1))
	s := &sim{
		rng: rng, shuffle: rand.New(rand.NewPCG(order, 2)),
		now: simStart, calm: simStart.Add(stormFor),
		exprs: []string{"a", "b", "c", "d"}[:2+rng.IntN(3)],
		store: newSimStore(), people: newPeople(), seen: map[string][]sighting{},
		gates: gateSet(rng.IntN(allGates + 1)), outages: map[string]outage{},
		changedAt: map[string]model.Time{}, seenSo: map[string]int{}, stepped: map[string]string{}, ageless: map[string]string{}, ledger: newLedger(), audit: newAudit(),
	}
	s.world = newWorld(rng, simStart, s.calm, append([]string{"a2"}, s.exprs...))
	s.config = simConfig(s.exprs, 0, s.gates)
	for at := simStart; at < s.calm; {
		at = at.Add(time.Duration(1+rng.IntN(600)) * time.Second)
		s.inbox = append(s.inbox, arrival{at: min(at, s.calm), call: s.act})
	}
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
	for s.now < s.calm.Add(calmFor) {
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
	s.rerouted()
	if err := s.step(engine.Reloaded{Config: s.config}); err != nil {
		return err
	}
	return s.checkGatesKept()
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
	s.ledger.did(in, s.now)
	if _, silenced := in.(engine.Silenced); silenced {
		clear(s.people.said)
	}
	b := s.core.Step(s.now, in)
	if err := s.mirror.follow(s.core, s.now, in, b); err != nil {
		return err
	}
	if !slices.ContainsFunc(b.Notes, func(n engine.Note) bool { return strings.HasPrefix(n.Text, "answer dropped") }) {
		s.remember(in)
	}
	if err := s.takeIn(b, good); err != nil {
		return err
	}
	if _, reloaded := in.(engine.Reloaded); reloaded {
		s.ledger.look(s.core)
	}
	s.ledger.lapse(b.At)
	s.ledger.wrote(b.Seq)
	s.forgetHeld()
	if err := s.checkBooks(b); err != nil {
		return err
	}
	encoded, err := s.store.add(b)
	if err != nil {
		return err
	}
	s.write(in, b, encoded)
	s.ask(b.Asks)
	for _, send := range b.Sends {
		if err := s.checkHandOut(send, b.At); err != nil {
			return err
		}
		s.waiting, s.waitingSeq = append(s.waiting, send), append(s.waitingSeq, b.Seq)
	}
	return s.startCommit()
}

// takeIn follows the changes of a batch.
func (s *sim) takeIn(b engine.Batch, good bool) error {
	s.justEnded = map[string]bool{}
	for _, ch := range b.Changes {
		s.log("  %v %s %s -> %s (%s) notify %s episode %s", ch.Kind, alertKey(*ch.Alert), ch.From, ch.To, ch.Alert.Reason, ch.Alert.Notify, ch.Alert.Episode)
		s.people.changed(alertKey(*ch.Alert))
		before := s.ledger.alerts[alertKey(*ch.Alert)]
		s.audit.concern(ch, append(s.expectedAt(before), s.expectedAt(*ch.Alert)...))
		s.ledger.change(s.config, *ch.Alert, b.At)
		s.changedAt[alertKey(*ch.Alert)] = b.At
		s.justEnded[alertKey(*ch.Alert)] = ch.Alert.Rule == rules.SelfRule && ch.To == rules.OK
		if err := s.checkChange(ch, good); err != nil {
			return err
		}
	}
	return nil
}

// forgetHeld makes another content of all that tells of something that is held now.
func (s *sim) forgetHeld() {
	if len(s.people.said) == 0 {
		return
	}
	for key, a := range s.ledger.alerts {
		if s.people.speakOf(key) && (s.holds(a) != "" || s.ledger.acked(a, s.now)) {
			s.people.changed(key)
		}
	}
	if s.mayHoldEnds() {
		s.people.changed(notifier.Resolved.String())
	}
}

// mayHoldEnds reports whether anything may hold what is over: at which level that was
// last is not known for good.
func (s *sim) mayHoldEnds() bool {
	for _, x := range s.ledger.silences {
		if s.ledger.inForce(x, s.now) {
			return true
		}
	}
	return len(s.config.Inhibit) > 0
}

// checkBooks finds accounts that don't balance, and rules that were evaluated in the
// future. Both are looked at while something is written that may change them.
func (s *sim) checkBooks(b engine.Batch) error {
	if !slices.ContainsFunc(b.Rows, func(r rules.Row) bool { return r.Kind != rules.KindState && r.Kind != rules.KindCheckpoint }) {
		return nil
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
	return nil
}

func (s *sim) write(in engine.Input, b engine.Batch, encoded [][]byte) {
	if s.digest == nil || b.Empty() {
		return
	}
	_, _ = fmt.Fprintf(s.digest, "%d %d %T", b.Seq, b.At, in)
	for i, r := range b.Rows {
		_, _ = fmt.Fprintf(s.digest, "%s %s %s\n", r.Kind, r.Key, encoded[i])
	}
	for _, d := range b.Sends {
		_, _ = fmt.Fprintf(s.digest, "%s %d\n", d.Delivery.ID, d.Delivery.Attempt)
	}
}

// later puts something into the future of this life; death forgets it.
func (s *sim) later(after time.Duration, in engine.Input) {
	s.inbox = append(s.inbox, arrival{at: s.now.Add(after), in: in})
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
