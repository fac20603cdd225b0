package e2e

import (
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestF07DownWhileOver: what ends while the daemon is down is told after its
// start, and what comes after is a new episode.
func TestF07DownWhileOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set(`load{i="a"}`, 75)
	home := w.home(t, setup{}, loadRules(70, 90))
	d := home.Start()
	w.expect(t, 0, "HighLoad a warn")
	d.Kill()
	w.set(`load{i="a"}`, 10)
	home.Start()
	w.expect(t, 1, "HighLoad a resolved")
	w.gauges.Set(`load{i="a"}`, 75)
	w.expect(t, 2, "HighLoad a warn")
	if w.episode(t, 0) != w.episode(t, 1) || w.episode(t, 1) == w.episode(t, 2) {
		t.Errorf("episodes %s, %s, %s: want one that ends, and another", w.episode(t, 0), w.episode(t, 1), w.episode(t, 2))
	}
}

// TestF07BackUnseen: what ends and comes back while the daemon is down is the same
// episode, and nobody is told again.
func TestF07BackUnseen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set(`load{i="a"}`, 75)
	home := w.home(t, setup{}, loadRules(70, 90))
	d := home.Start()
	w.expect(t, 0, "HighLoad a warn")
	d.Kill()
	w.set(`load{i="a"}`, 10)
	w.set(`load{i="a"}`, 75)
	home.Start()
	w.quiet(t, 3*time.Second)
	w.gauges.Set(`load{i="a"}`, 95)
	w.expect(t, 1, "HighLoad a error")
	if w.episode(t, 0) != w.episode(t, 1) {
		t.Error("a new episode of what nobody saw end")
	}
}

// slowRules raise after so long above 70.
func slowRules(wait string) string {
	return `
groups:
  - name: load
    rules:
      - {alert: HighLoad, expr: load, flap: off, warn: {above: 70, for: ` + wait + `}}
`
}

// TestF18TimersOverRestart: time above a threshold that passed before a restart
// counts, the time between two daemons doesn't.
func TestF18TimersOverRestart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set(`load{i="a"}`, 75)
	home := w.home(t, setup{}, slowRules("8s"))
	began := time.Now()
	d := home.Start()
	w.quiet(t, 5*time.Second)
	d.Stop()
	ran := time.Since(began)
	w.quiet(t, 5*time.Second)
	again := time.Now()
	d = home.Start()
	took := w.expect(t, 0, "HighLoad a warn")[0].At.Sub(again)
	if least := 8*time.Second - ran; took < least {
		t.Errorf("raised %v after the second start, %v after the first one that ran %v: want %v at least", took, 8*time.Second, ran, least)
	}
	if took >= 8*time.Second {
		t.Errorf("raised %v after the second start, as if nothing had been kept:\n%s", took, d.Output())
	}
}

// TestF17TimersOverOutage: a `for` that runs while Prometheus restarts goes on
// where it was, without the time in which nobody could look.
func TestF17TimersOverOutage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set(`load{i="a"}`, 75)
	home := w.home(t, setup{}, slowRules("10s"))
	began := time.Now()
	home.Start()
	w.quiet(t, 6*time.Second)
	w.prom.Stop()
	stopped := time.Now()
	w.quiet(t, 3*time.Second)
	starts := time.Now()
	w.prom.Start()
	at := w.expect(t, 0, "HighLoad a warn")[0].At
	if looked := at.Sub(began) - starts.Sub(stopped); looked < 9500*time.Millisecond { // but for what is bridged
		t.Errorf("raised after %v of looking, want 10 s", looked)
	}
	if took := at.Sub(starts); took >= 10*time.Second {
		t.Errorf("raised %v after Prometheus came back, as if the timer had begun anew", took)
	}
}

// TestF31Suspended: while the daemon's process stands still its timers do so too.
func TestF31Suspended(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set(`load{i="a"}`, 75)
	d := w.home(t, setup{}, slowRules("6s")).Start()
	w.quiet(t, 2*time.Second)
	d.Signal(syscall.SIGSTOP)
	w.quiet(t, 6*time.Second)
	again := time.Now()
	d.Signal(syscall.SIGCONT)
	if took := w.expect(t, 0, "HighLoad a warn")[0].At.Sub(again); took < time.Second {
		t.Errorf("raised %v after the process went on: the time in which it stood still counted", took)
	}
}

// TestF22InsideGroupWait: what comes and goes before its first message leaves no
// message, but is accounted for.
func TestF22InsideGroupWait(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set(`load{i="a"}`, 10)
	home := w.home(t, setup{wait: "5s"}, loadRules(70, 90))
	home.Start()
	w.gauges.Set(`load{i="a"}`, 75)
	known(t, home, "warn", 1)
	w.gauges.Set(`load{i="a"}`, 10)
	known(t, home, "warn", 0)
	w.quiet(t, 6*time.Second)
	if len(w.hook.Posts()) > 0 {
		t.Errorf("sent %q", gists(w.hook.Posts()))
	}
	if n, err := home.Metric(`tocsin_notification_changes_total{fate="collapsed"}`); err != nil || n != 2 {
		t.Errorf("%v changes collapsed (%v), want the raise and the end", n, err)
	}
	if out, _ := good(t, home, "explain", "HighLoad"); !strings.Contains(out, "collapsed") {
		t.Errorf("explain does not say what became of them:\n%s", out)
	}
}

// gatedConfig holds what is about load at all times, if it is to.
func (w *world) gatedConfig(held bool) string {
	top := "\ntime_intervals: [{name: always, time_intervals: [{}]}]"
	if !held {
		return w.config(setup{top: top})
	}
	return w.config(setup{top: top, route: `
  routes: [{matchers: [alertname="HighLoad"], mute_time_intervals: [always]}]`})
}

// TestF08OverWhileMuted: what ends inside a mute time is told when that is over.
func TestF08OverWhileMuted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set(`load{i="a"}`, 75)
	home := w.home(t, setup{}, loadRules(70, 90))
	home.Write("tocsin.yaml", w.gatedConfig(false))
	home.Start()
	w.expect(t, 0, "HighLoad a warn")
	reload(t, home, w.gatedConfig(true))
	w.gauges.Set(`load{i="a"}`, 10)
	known(t, home, "warn", 0)
	w.quiet(t, 2*time.Second)
	reload(t, home, w.gatedConfig(false))
	w.expect(t, 1, "HighLoad a resolved")
}

// TestF08OverWhileInhibited: what ends while another alert inhibits it is told
// when that is over too.
func TestF08OverWhileInhibited(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set(`load{i="a"}`, 75)
	w.set(`down{i="z"}`, 0)
	rules := loadRules(70, 90) + "      - {alert: ClusterDown, expr: down, error: {above: 0}, flap: off}\n"
	home := w.home(t, setup{top: `
inhibit_rules: [{source_matchers: [alertname="ClusterDown"], target_matchers: [alertname="HighLoad"]}]`}, rules)
	home.Start()
	w.expect(t, 0, "HighLoad a warn")
	w.gauges.Set(`down{i="z"}`, 1)
	w.expect(t, 1, "ClusterDown z error")
	w.gauges.Set(`load{i="a"}`, 10)
	known(t, home, "warn", 0)
	w.quiet(t, 2*time.Second)
	w.gauges.Set(`down{i="z"}`, 0)
	w.expectSet(t, 2, "ClusterDown z resolved", "HighLoad a resolved")
}

// TestF21RuleMoves: a rule that moves to another file, and whose words and
// thresholds change, goes on in the same episode.
func TestF21RuleMoves(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set(`load{i="a"}`, 75)
	home := w.home(t, setup{}, "groups: []\n")
	config := strings.Replace(w.config(setup{}), "rules.yaml", "rules*.yaml", 1)
	home.Write("tocsin.yaml", config)
	home.Write("rules1.yaml", loadRules(70, 90))
	home.Start()
	w.expect(t, 0, "HighLoad a warn")

	moved := strings.NewReplacer("load of", "the load of", "above: 90", "above: 85").Replace(loadRules(70, 90))
	home.Write("rules1.yaml", "groups: []\n")
	home.Write("rules2.yaml", moved)
	reload(t, home, config)
	w.quiet(t, 2*time.Second)
	w.gauges.Set(`load{i="a"}`, 88)
	says := w.expect(t, 1, "HighLoad a error")[0].Message.Alerts[0].Annotations["summary"]
	if w.episode(t, 0) != w.episode(t, 1) || says != "the load of a is 88" {
		t.Errorf("episodes %s and %s, and %q: want one, in the new words", w.episode(t, 0), w.episode(t, 1), says)
	}
}
