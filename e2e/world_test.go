package e2e

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"tocsin/e2e/daemon"
	"tocsin/e2e/eventually"
	"tocsin/e2e/exporter"
	"tocsin/e2e/hook"
	"tocsin/e2e/prom"
)

// scrape is how often the real Prometheus looks; tick is how often rules do.
const (
	scrape = 200 * time.Millisecond
	tick   = "200ms"
	// patience bounds each wait for a message: long against all intervals, and
	// against Prometheus, which first scrapes after five seconds.
	patience = 20 * time.Second
)

// A world is what surrounds a daemon: a Prometheus, what it scrapes, a webhook.
type world struct {
	gauges *exporter.Exporter
	prom   *prom.Server
	hook   *hook.Receiver
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{gauges: exporter.New(t), hook: hook.New(t)}
	w.gauges.Set("ready", 1)
	w.prom = prom.Start(t, scrape, w.gauges.Target())
	w.prom.Await("ready", 1)
	return w
}

// set gives a gauge a value and waits until Prometheus has it.
func (w *world) set(series string, value float64) {
	w.gauges.Set(series, value)
	w.prom.Await(series, value)
}

// A setup is what a test says of a config; the zero value is a good one.
type setup struct {
	prometheus string // default: the world's
	timeout    string // of a query; default: 2s
	source     string // further keys of the source
	hook       string // further keys of the webhook
	receivers  string // further integrations of the one receiver
	route      string // further keys of the first route
	wait       string // group_wait; default: 100ms
	top        string // further keys of the config
}

// config is a whole tocsin.yaml with short intervals and a group for each series.
func (w *world) config(s setup) string {
	if s.prometheus == "" {
		s.prometheus = w.prom.URL
	}
	if s.timeout == "" {
		s.timeout = "2s"
	}
	if s.wait == "" {
		s.wait = "100ms"
	}
	return fmt.Sprintf(`
sources:
  default: {url: %q, timeout: %s%s}
rule_files: [rules.yaml]
evaluation_interval: %s
store: tocsin.db
route:
  receiver: all
  group_by: [alertname, i]
  group_wait: %s
  group_interval: 300ms
  repeat_interval: 4h%s
receivers:
  - name: all
    webhook_configs: [{url: %q%s}]
%s
%s`, s.prometheus, s.timeout, s.source, tick, s.wait, s.route, w.hook.URL(), s.hook, s.receivers, s.top)
}

// home is a folder with config and rules for a daemon.
func (w *world) home(t *testing.T, s setup, rules string) *daemon.Home {
	t.Helper()
	return daemon.NewHome(t, binary, map[string]string{"tocsin.yaml": w.config(s), "rules.yaml": rules})
}

// loadRules is one rule over all series of load: warn above the first number,
// error above the second, without delays.
func loadRules(warnAbove, errorAbove int) string {
	return fmt.Sprintf(`
groups:
  - name: load
    rules:
      - alert: HighLoad
        expr: load
        warn: {above: %d}
        error: {above: %d}
        flap: off
        annotations: {summary: 'load of {{ $labels.i }} is {{ $value }}'}
`, warnAbove, errorAbove)
}

// says is the gist of a post: each alert's name, series and level, or resolved.
func says(p hook.Post) string {
	var words []string
	for _, a := range p.Message.Alerts {
		words = append(words, a.Labels["alertname"]+" "+a.Labels["i"]+" "+standing(a))
	}
	return strings.Join(words, ", ")
}

// standing is what an alert of a message is: warn, error or resolved.
func standing(a hook.Alert) string {
	if a.Status == "resolved" {
		return "resolved"
	}
	return a.Level
}

// expect waits until the webhook took exactly these posts, in this order, since
// it was last asked, and returns them.
func (w *world) expect(t *testing.T, from int, want ...string) []hook.Post {
	t.Helper()
	var posts []hook.Post
	eventually.Nil(t, patience, func() error {
		posts = w.hook.Taken()[from:]
		if len(posts) < len(want) {
			return fmt.Errorf("the webhook took %q, want %q", gists(posts), want)
		}
		return nil
	})
	if err := same(gists(posts), want); err != nil {
		t.Fatal(err)
	}
	return posts
}

// expectSet is expect for posts whose order is nobody's business.
func (w *world) expectSet(t *testing.T, from int, want ...string) {
	t.Helper()
	eventually.Nil(t, patience, func() error {
		got := gists(w.hook.Taken()[from:])
		if len(got) < len(want) {
			return fmt.Errorf("the webhook took %q, want %q in any order", got, want)
		}
		return nil
	})
	got := gists(w.hook.Taken()[from:])
	for _, one := range want {
		if count(got, one) != count(want, one) {
			t.Fatalf("the webhook took %q, want %q in any order", got, want)
		}
	}
}

// quiet fails the test if the webhook takes anything more for a while.
func (w *world) quiet(t *testing.T, during time.Duration) {
	t.Helper()
	n := len(w.hook.Posts())
	eventually.Never(t, during, func() error {
		if more := w.hook.Posts()[n:]; len(more) > 0 {
			return fmt.Errorf("unasked for: %q", gists(more))
		}
		return nil
	})
}

func gists(posts []hook.Post) []string {
	all := make([]string, len(posts))
	for i, p := range posts {
		all[i] = says(p)
	}
	return all
}

func same(got, want []string) error {
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		return errors.New("the webhook took\n  " + strings.Join(got, "\n  ") + "\nwant\n  " + strings.Join(want, "\n  "))
	}
	return nil
}

func count(all []string, one string) int {
	n := 0
	for _, s := range all {
		if s == one {
			n++
		}
	}
	return n
}
