package e2e

import (
	"fmt"
	"net/http"
	"syscall"
	"testing"
	"time"

	"tocsin/e2e/eventually"
	"tocsin/e2e/hook"
)

// first answers the first post so and takes all that follow.
func first(reply hook.Reply) func(int, hook.Post) hook.Reply {
	return func(n int, _ hook.Post) hook.Reply {
		if n == 0 {
			return reply
		}
		return hook.Reply{}
	}
}

// TestF02RetryAfter: what is refused with Retry-After comes again then, under
// the same id.
func TestF02RetryAfter(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set(`load{i="a"}`, 75)
	w.hook.Answer(first(hook.Reply{Status: http.StatusTooManyRequests, Header: map[string]string{"Retry-After": "3"}}))
	w.home(t, setup{}, loadRules(70, 90)).Start()
	w.expect(t, 0, "HighLoad a warn")
	posts := w.hook.Posts()
	if apart := posts[1].At.Sub(posts[0].Answered); apart < 2900*time.Millisecond {
		t.Errorf("tried again after %v, and was asked to wait 3 s", apart)
	}
	w.onePerID(t, 2, 1)
}

// onePerID: so many posts came, under so many ids.
func (w *world) onePerID(t *testing.T, posts, ids int) {
	t.Helper()
	seen := map[string]bool{}
	for _, p := range w.hook.Posts() {
		seen[p.ID] = true
	}
	if got := len(w.hook.Posts()); got != posts || len(seen) != ids {
		t.Errorf("%d posts under %d ids, want %d under %d", got, len(seen), posts, ids)
	}
}

// TestF03F09ResolvedWhileRefused: an alert that nobody could be told of and
// that is over sends nothing: no stale FIRING, and no RESOLVED of what was never
// told.
func TestF03F09ResolvedWhileRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set(`load{i="a"}`, 75)
	w.hook.Answer(func(int, hook.Post) hook.Reply { return hook.Reply{Status: http.StatusInternalServerError} })
	w.home(t, setup{}, loadRules(70, 90)).Start()
	eventually.Nil(t, patience, w.tried)
	w.set(`load{i="a"}`, 10)
	eventually.Never(t, 2*time.Second, func() error { return nil }) // until the daemon knows
	w.hook.Answer(func(int, hook.Post) hook.Reply { return hook.Reply{} })
	w.quiet(t, 5*time.Second)
	if taken := w.hook.Taken(); len(taken) > 0 {
		t.Errorf("the webhook took %q", gists(taken))
	}
}

// TestF09TruthAtDelivery: whoever was told of a warning and could not be told that
// it became an error and ended is told that it is over, and nothing stale.
func TestF09TruthAtDelivery(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set(`load{i="a"}`, 75)
	home := w.home(t, setup{}, loadRules(70, 90))
	home.Start()
	w.expect(t, 0, "HighLoad a warn")
	w.hook.Answer(func(int, hook.Post) hook.Reply { return hook.Reply{Status: http.StatusInternalServerError} })
	w.gauges.Set(`load{i="a"}`, 95)
	eventually.Nil(t, patience, func() error {
		if n := len(w.hook.Posts()); n < 3 {
			return fmt.Errorf("%d posts, want two of the error", n)
		}
		return nil
	})
	w.gauges.Set(`load{i="a"}`, 10)
	known(t, home, "error", 0)
	w.hook.Answer(func(int, hook.Post) hook.Reply { return hook.Reply{} })
	w.expect(t, 1, "HighLoad a resolved")
	w.quiet(t, 2*time.Second)
	if len(w.hook.Taken()) != 2 {
		t.Errorf("the webhook took %q", gists(w.hook.Taken()))
	}
}

// TestF43CutConnection: a receiver that took FIRING and then cut the
// connection is owed a RESOLVED, for it may have told somebody.
func TestF43CutConnection(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set(`load{i="a"}`, 75)
	w.hook.Answer(func(int, hook.Post) hook.Reply { return hook.Reply{Cut: true} })
	w.home(t, setup{}, loadRules(70, 90)).Start()
	eventually.Nil(t, patience, w.tried)
	w.set(`load{i="a"}`, 10)
	eventually.Never(t, 2*time.Second, func() error { return nil }) // until the daemon knows
	w.hook.Answer(func(int, hook.Post) hook.Reply { return hook.Reply{} })
	w.expect(t, 0, "HighLoad a resolved")
}

// TestF27LateAnswer: a receiver that answers after the deadline gets the same
// again, under the same id.
func TestF27LateAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set(`load{i="a"}`, 75)
	w.hook.Answer(first(hook.Reply{After: time.Minute}))
	w.home(t, setup{hook: ", timeout: 1s"}, loadRules(70, 90)).Start()
	w.expect(t, 0, "HighLoad a warn")
	w.quiet(t, 2*time.Second)
	w.onePerID(t, 2, 1)
}

// TestF19ReloadDuringSend: a reload while a message is under way sends it
// neither again nor not at all.
func TestF19ReloadDuringSend(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set(`load{i="a"}`, 75)
	w.hook.Answer(func(int, hook.Post) hook.Reply { return hook.Reply{After: 2 * time.Second} })
	home := w.home(t, setup{}, loadRules(70, 90))
	d := home.Start()
	eventually.Nil(t, patience, w.tried)
	home.Write("tocsin.yaml", w.config(setup{})+"# changed\n")
	d.Signal(syscall.SIGHUP)
	w.expect(t, 0, "HighLoad a warn")
	w.quiet(t, 3*time.Second)
	w.onePerID(t, 1, 1)
}

// TestF15NoData: an answer that is suddenly empty resolves nothing; after its
// own delay one alert says so, and it is over when the data is back.
func TestF15NoData(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set(`load{i="a"}`, 75)
	w.home(t, setup{}, `
groups:
  - name: load
    rules:
      - alert: HighLoad
        expr: load
        warn: {above: 70}
        no_data: {after: 2s, then: warn}
`).Start()
	w.expect(t, 0, "HighLoad a warn")
	w.gauges.Delete(`load{i="a"}`)
	posts := w.expect(t, 1, "HighLoad  warn")
	if reason := posts[0].Message.Alerts[0].Reason; reason != "no_data" {
		t.Errorf("reason %q, want no_data", reason)
	}
	w.gauges.Set(`load{i="a"}`, 75)
	w.expect(t, 2, "HighLoad  resolved")
	w.quiet(t, 2*time.Second)
}

// TestAbsent: one series that is gone while others are there is held for its
// time and then given up, and the message says why.
func TestAbsent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set(`load{i="a"}`, 75)
	w.set(`load{i="b"}`, 10)
	w.home(t, setup{}, `
groups:
  - name: load
    rules:
      - alert: HighLoad
        expr: load
        warn: {above: 70}
        absent: {after: 2s, then: resolve}
`).Start()
	w.expect(t, 0, "HighLoad a warn")
	gone := time.Now()
	w.gauges.Delete(`load{i="a"}`)
	post := w.expect(t, 1, "HighLoad a resolved")[0]
	if reason := post.Message.Alerts[0].Reason; reason != "absent" {
		t.Errorf("reason %q, want absent", reason)
	}
	if held := post.At.Sub(gone); held < 2*time.Second {
		t.Errorf("held for %v, want 2 s at least", held)
	}
}

// TestF24ManyOfPrometheus: a thousand alerts of a real Prometheus in one group
// arrive as one message that counts them all.
func TestF24ManyOfPrometheus(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const thousand = 1000
	for i := range thousand {
		w.gauges.Set(fmt.Sprintf(`load{n="%d"}`, i), 75)
	}
	w.prom.Await("count(load)", thousand)
	w.home(t, setup{}, loadRules(70, 90)).Start()
	eventually.Nil(t, patience, w.tried)
	w.quiet(t, 2*time.Second)
	posts := w.hook.Taken()
	if len(posts) != 1 || len(posts[0].Message.Alerts) != thousand {
		t.Fatalf("%d messages, the first with %d alerts: want 1 with %d", len(posts), len(posts[0].Message.Alerts), thousand)
	}
}
