package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"tocsin/e2e/eventually"
	"tocsin/e2e/hook"
)

// TestF41RulesVanish: a rule file that is gone for a while refuses the reload,
// whichever way it is brought, and resolves nothing.
func TestF41RulesVanish(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set(`load{i="a"}`, 75)
	home := w.home(t, setup{}, loadRules(70, 90))
	d := home.Start()
	w.expect(t, 0, "HighLoad a warn")

	if err := os.Remove(filepath.Join(home.Dir, "rules.yaml")); err != nil {
		t.Fatal(err)
	}
	d.Signal(syscall.SIGHUP)
	reloaded(t, home.Metric, 0)
	if _, err := home.Post("/-/reload"); err == nil || !strings.Contains(err.Error(), "rules.yaml") {
		t.Errorf("a reload without rules says %v", err)
	}
	w.quiet(t, 6*time.Second) // longer than a change of files takes to settle

	home.Write("rules.yaml", loadRules(70, 90))
	d.Signal(syscall.SIGHUP)
	reloaded(t, home.Metric, 1)
	w.quiet(t, time.Second)
	w.gauges.Set(`load{i="a"}`, 10)
	w.expect(t, 1, "HighLoad a resolved")
}

// TestF41RulesMissingAtStart: a daemon that starts without its rule files
// holds what they had open, says that they are missing, and goes on when they
// are back.
func TestF41RulesMissingAtStart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set(`load{i="a"}`, 75)
	home := w.home(t, setup{}, loadRules(70, 90))
	d := home.Start()
	w.expect(t, 0, "HighLoad a warn")
	d.Stop()

	if err := os.Remove(filepath.Join(home.Dir, "rules.yaml")); err != nil {
		t.Fatal(err)
	}
	w.set(`load{i="a"}`, 10) // nobody looks
	d = home.Start()
	w.expect(t, 1, "TocsinRulesMissing  error")
	w.quiet(t, 2*time.Second)

	// Other changes can be made meanwhile, and nothing resolves by them.
	if _, err := home.Post("/-/reload"); err != nil {
		t.Errorf("a reload with the files missing as before: %v", err)
	}
	w.quiet(t, time.Second)

	home.Write("rules.yaml", loadRules(70, 90))
	d.Signal(syscall.SIGHUP)
	w.expectSet(t, 2, "TocsinRulesMissing  resolved", "HighLoad a resolved")
	w.quiet(t, time.Second)
}

// TestF20ReceiverRenamed: a receiver under another name is the same people,
// who know already; one that is new is told once what is open.
func TestF20ReceiverRenamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set(`load{i="a"}`, 75)
	home := w.home(t, setup{}, loadRules(70, 90))
	d := home.Start()
	w.expect(t, 0, "HighLoad a warn")

	renamed := strings.NewReplacer("receiver: all", "receiver: everybody", "name: all", "name: everybody").Replace(w.config(setup{}))
	reload := func(config string) {
		t.Helper()
		before := strings.Count(d.Output(), "SIGHUP")
		home.Write("tocsin.yaml", config)
		d.Signal(syscall.SIGHUP)
		eventually.Nil(t, patience, func() error {
			if strings.Count(d.Output(), "SIGHUP") == before {
				return fmt.Errorf("no reload yet")
			}
			return nil
		})
	}
	reload(renamed)
	w.quiet(t, 3*time.Second)
	reloaded(t, home.Metric, 1)

	added := renamed + fmt.Sprintf("      - url: %s/second\n", w.hook.URL())
	added = strings.Replace(added, fmt.Sprintf("    webhook_configs: [{url: %q}]\n", w.hook.URL()),
		fmt.Sprintf("    webhook_configs:\n      - url: %s\n", w.hook.URL()), 1)
	reload(added)
	w.expect(t, 1, "HighLoad a warn")
	w.quiet(t, 2*time.Second)

	w.gauges.Set(`load{i="a"}`, 10)
	w.expect(t, 2, "HighLoad a resolved", "HighLoad a resolved")
}

// TestF20RouteMoves: whom a route now leads to is told once what is open. Whom it
// led to before is told nothing more, and knows of it again if it leads there
// again.
func TestF20RouteMoves(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set(`load{i="a"}`, 75)
	config := func(receiver string) string {
		other := fmt.Sprintf("  - {name: others, webhook_configs: [{url: '%s/others'}]}\n", w.hook.URL())
		return strings.Replace(w.config(setup{receivers: other}), "receiver: all", "receiver: "+receiver, 1)
	}
	home := w.home(t, setup{}, loadRules(70, 90))
	home.Write("tocsin.yaml", config("all"))
	home.Start()
	w.expect(t, 0, "HighLoad a warn")
	reload(t, home, config("others"))
	post := w.expect(t, 1, "HighLoad a warn")[0]
	w.quiet(t, 2*time.Second)
	w.gauges.Set(`load{i="a"}`, 95)
	raised := w.expect(t, 2, "HighLoad a error")[0]
	w.quiet(t, 2*time.Second)
	for _, p := range []hook.Post{post, raised} {
		if p.Message.Receiver != "others" {
			t.Errorf("%q was told %s", p.Message.Receiver, says(p))
		}
	}
	reload(t, home, config("all"))
	if back := w.expect(t, 3, "HighLoad a error")[0]; back.Message.Receiver != "all" {
		t.Errorf("%q was told what all have to know", back.Message.Receiver)
	}
	w.quiet(t, 2*time.Second)
}
