package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tocsin/e2e/daemon"
)

// lostReceiver has a name that nobody knows; all is told in its place.
const lostReceiver = `
  - name: lost
    fallback: all
    fallback_after: 1s
    webhook_configs: [{url: 'http://hook.invalid/hook', timeout: 2s}]
`

// TestF36NamesFail: a daemon whose source and one of whose receivers have names
// that nobody knows starts, says so to whom it can reach, and goes on as soon as
// they can be found.
func TestF36NamesFail(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set(`load{i="a"}`, 75)
	config := func(prometheus string) string {
		return w.config(setup{
			prometheus: prometheus, source: ", down_after: 2s", receivers: lostReceiver,
			route: "\n  routes: [{receiver: lost, matchers: [alertname=HighLoad]}]",
		})
	}
	home := daemon.NewHome(t, binary, map[string]string{
		"tocsin.yaml": config("http://prometheus.invalid:9090"), "rules.yaml": loadRules(70, 90),
	})
	d := home.Start()
	w.await(t, "TocsinSourceDown  error")
	if !strings.Contains(d.Output(), "prometheus.invalid") {
		t.Errorf("the log does not say why:\n%s", d.Output())
	}
	w.quiet(t, time.Second)
	reload(t, home, config(w.prom.URL))
	w.await(t, "TocsinSourceDown  resolved")
	w.await(t, "HighLoad a warn")
	w.await(t, "TocsinReceiverFailing  error")
	w.set(`load{i="a"}`, 10)
	w.await(t, "HighLoad a resolved")
}

// swap brings a ConfigMap's next version into place as Kubernetes does: a folder
// of its own, to which a link is renamed. With a gap there is nothing in between.
func swap(t *testing.T, home *daemon.Home, version, rules string, gap func()) {
	t.Helper()
	home.Write("rules/..version"+version+"/load.yaml", rules)
	data := filepath.Join(home.Dir, "rules", "..data")
	if gap != nil {
		if err := os.Remove(data); err != nil {
			t.Fatal(err)
		}
		gap()
	}
	if err := os.Symlink("..version"+version, data+"_tmp"); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(data+"_tmp", data); err != nil {
		t.Fatal(err)
	}
}

// TestF41ConfigMapSwap: rules in a ConfigMap's links come into force by
// themselves when they are swapped, and while they lead nowhere nothing resolves.
func TestF41ConfigMapSwap(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set(`load{i="a"}`, 75)
	home := daemon.NewHome(t, binary, map[string]string{
		"tocsin.yaml": strings.Replace(w.config(setup{}), "rules.yaml", "rules/*.yaml", 1),
	})
	swap(t, home, "1", loadRules(70, 90), nil)
	if err := os.Symlink("..data/load.yaml", filepath.Join(home.Dir, "rules", "load.yaml")); err != nil {
		t.Fatal(err)
	}
	home.Start()
	w.expect(t, 0, "HighLoad a warn")

	swap(t, home, "2", loadRules(60, 74), nil)
	w.expect(t, 1, "HighLoad a error")
	swap(t, home, "3", loadRules(60, 90), func() {
		if _, err := home.Post("/-/reload"); err == nil {
			t.Error("a reload without rules was accepted")
		}
		w.quiet(t, 7*time.Second) // longer than a change of files takes to settle
	})
	w.expect(t, 2, "HighLoad a warn")
	if w.episode(t, 0) != w.episode(t, 2) {
		t.Error("a new episode")
	}
}
