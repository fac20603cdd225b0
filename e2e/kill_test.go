package e2e

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"tocsin/e2e/daemon"
	"tocsin/e2e/eventually"
	"tocsin/e2e/hook"
)

var (
	killSeed = flag.Uint64("kill.seed", 0, "seed of TestF04Kill9; 0 takes a new one and prints it")
	kills    = flag.Int("kill.times", 200, "how often TestF04Kill9 kills the daemon")
)

// calm is after how many kills the world stands still, so that it can be seen
// that people know the truth.
const calm = 20

// TestF04Kill9 kills the daemon 200 times at random instants while alerts come and
// go and the receiver is slow and at times refuses. Nothing may be lost, and
// nothing that was confirmed may be sent again; the history is checked at the end.
func TestF04Kill9(t *testing.T) {
	seed := *killSeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("seed %d: repeat with go test ./e2e -run TestF04Kill9 -kill.seed=%d", seed, seed)
	s := newKilling(t, rand.New(rand.NewPCG(seed, 0)))
	for n := range *kills {
		s.live(n)
		if (n+1)%calm == 0 {
			s.settle(t)
		}
	}
	s.settle(t)
	s.history().verify(t)
}

// A killing is the scenario: a world, its truth over time, and each death.
type killing struct {
	*world

	t      *testing.T
	random *rand.Rand
	home   *daemon.Home
	truth  *truth
	deaths []death
}

func newKilling(t *testing.T, random *rand.Rand) *killing {
	s := &killing{world: newWorld(t), t: t, random: random, truth: newTruth()}
	for i := range series {
		s.turn(i, isOK)
	}
	s.turn(0, isWarn)
	s.turn(1, isError)
	s.prom.Await("count(load)", series)
	s.hook.Answer(moody(random.Uint64()))
	s.home = s.world.home(t, setup{}, loadRules(70, 85))
	return s
}

// moody takes its time, so that many a kill meets a delivery under way, and
// refuses now and then.
func moody(seed uint64) func(int, hook.Post) hook.Reply {
	random := rand.New(rand.NewPCG(seed, 1)) // called under the receiver's lock
	return func(int, hook.Post) hook.Reply {
		reply := hook.Reply{After: time.Duration(random.IntN(250)) * time.Millisecond}
		if random.IntN(10) == 0 {
			reply.Status = http.StatusServiceUnavailable
		}
		return reply
	}
}

// live is one life of the daemon, from start to kill.
func (s *killing) live(n int) {
	s.hook.SetPhase(n)
	d := s.home.Launch()
	end := time.NewTimer(s.lifetime())
	defer end.Stop()
	for {
		change := time.NewTimer(time.Duration(100+s.random.IntN(600)) * time.Millisecond)
		select {
		case <-change.C:
			s.turn(steady+s.random.IntN(series-steady), s.random.IntN(3))
		case <-end.C:
			change.Stop()
			s.kill(n, d)
			return
		}
	}
}

// lifetime is now and then shorter than the start takes, and mostly long enough
// for a few deliveries.
func (s *killing) lifetime() time.Duration {
	if s.random.IntN(5) == 0 {
		return time.Duration(s.random.IntN(150)) * time.Millisecond
	}
	return time.Duration(150+s.random.IntN(1000)) * time.Millisecond
}

func (s *killing) kill(n int, d *daemon.Daemon) {
	s.t.Helper()
	if !d.Running() {
		s.t.Fatalf("daemon %d ended by itself:\n%s", n, d.Output())
	}
	at := time.Now()
	d.Kill()
	end := autopsy(s.t, s.home.Dir)
	end.at, end.said = at, d.Output()
	s.deaths = append(s.deaths, end)
}

// turn gives a series a level, and remembers when.
func (s *killing) turn(i, level int) {
	s.truth.set(i, level, time.Now())
	s.gauges.Set(fmt.Sprintf(`load{i="%d"}`, i), []float64{isOK: 10, isWarn: 75, isError: 90}[level])
}

// settle lets the daemon live until the webhook was told the truth of each
// series, and then ends it in good order.
func (s *killing) settle(t *testing.T) {
	t.Helper()
	s.hook.SetPhase(-len(s.deaths))
	d := s.home.Start()
	if e := eventually.Try(30*time.Second, s.known); e != nil {
		t.Fatalf("after %d kills the truth is not known: %v\n%s", len(s.deaths), e, d.Output())
	}
	if code := d.Stop(); code != 0 {
		t.Fatalf("exit code %d after SIGTERM:\n%s", code, d.Output())
	}
}

// known is an error while some series was told otherwise than it is.
func (s *killing) known() error {
	told := map[string]string{}
	for _, p := range s.hook.Taken() {
		told[p.Message.Alerts[0].Labels["i"]] = standing(p.Message.Alerts[0])
	}
	for i := range series {
		is, was := levelNames()[s.truth.now(i)], told[fmt.Sprint(i)]
		if was != is && (was != "" || is != "resolved") {
			return fmt.Errorf("series %d is %s and was told as %q", i, is, was)
		}
	}
	return nil
}

func (s *killing) history() history {
	return history{posts: s.hook.Posts(), deaths: s.deaths, truth: s.truth}
}

// TestF04KillAfterNotification: what was confirmed is not sent again after a kill
// that comes at once.
func TestF04KillAfterNotification(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set(`load{i="a"}`, 10)
	home := w.home(t, setup{}, loadRules(70, 90))
	for n, step := range []struct {
		value float64
		says  string
	}{{75, "HighLoad a warn"}, {95, "HighLoad a error"}, {10, "HighLoad a resolved"}, {95, "HighLoad a error"}} {
		d := home.Start()
		w.set(`load{i="a"}`, step.value)
		w.expect(t, n, step.says)
		eventually.Nil(t, patience, func() error { return kept(home, n+1) })
		d.Kill()
	}
	home.Start()
	w.quiet(t, 3*time.Second)
	w.onePerID(t, 4, 4)
}

// kept is an error until the store holds so many deliveries that were confirmed: the
// daemon counts one before it is kept. Each is told twice: as the fate of a change, and
// as an attempt.
func kept(home *daemon.Home, n int) error {
	page, err := home.Get("/api/tocsin/v1/explain?alert=HighLoad")
	if got := strings.Count(page, `"outcome":"delivered"`); err == nil && got < 2*n {
		err = fmt.Errorf("%d of twice %d deliveries are kept: %s", got, n, page)
	}
	return err
}
