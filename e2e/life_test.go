package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"tocsin/e2e/eventually"
	"tocsin/e2e/hook"
	"tocsin/e2e/proc"
)

func unquote(raw json.RawMessage) string { return strings.Trim(string(raw), `"`) }

// TestSecondDaemon: a second daemon on the same store is refused and says why;
// the first doesn't notice.
func TestSecondDaemon(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set(`load{i="a"}`, 10)
	home := w.home(t, setup{}, loadRules(70, 90))
	first := home.Start()

	second := home.Launch(fmt.Sprintf("--web.listen-address=127.0.0.1:%d", proc.FreePort(t)))
	code, err := second.Wait(10 * time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if code == 0 {
		t.Error("the second daemon ended as if all were well")
	}
	for _, want := range []string{"tocsin.db", fmt.Sprint(first.Pid())} {
		if !strings.Contains(second.Output(), want) {
			t.Errorf("the error doesn't name %q: %s", want, second.Output())
		}
	}
	w.gauges.Set(`load{i="a"}`, 75)
	w.expect(t, 0, "HighLoad a warn")
}

// TestF35StopKeepsWhatWaits: what could not be delivered before SIGTERM is
// delivered after the next start.
func TestF35StopKeepsWhatWaits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set(`load{i="a"}`, 75)
	w.hook.Answer(func(int, hook.Post) hook.Reply { return hook.Reply{Status: http.StatusServiceUnavailable} })
	home := w.home(t, setup{}, loadRules(70, 90))
	d := home.Start()
	eventually.Nil(t, patience, w.tried)
	if code := d.Stop(); code != 0 {
		t.Errorf("exit code %d after SIGTERM:\n%s", code, d.Output())
	}
	w.hook.Answer(func(int, hook.Post) hook.Reply { return hook.Reply{} })
	w.quiet(t, time.Second)
	home.Start()
	w.expect(t, 0, "HighLoad a warn")
	w.quiet(t, 2*time.Second)
}

// TestF35StopWaitsForFlights: a delivery that is under way at SIGTERM is waited for,
// and not sent again after the next start.
func TestF35StopWaitsForFlights(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set(`load{i="a"}`, 75)
	w.hook.Answer(func(int, hook.Post) hook.Reply { return hook.Reply{After: 3 * time.Second} })
	home := w.home(t, setup{}, loadRules(70, 90))
	d := home.Start()
	eventually.Nil(t, patience, w.tried)
	if code := d.Stop(); code != 0 {
		t.Errorf("exit code %d after SIGTERM:\n%s", code, d.Output())
	}
	if got := w.hook.Taken(); len(got) != 1 {
		t.Fatalf("the daemon did not wait for the answer: taken %q", gists(got))
	}
	home.Start()
	w.quiet(t, 3*time.Second)
}

// tried is an error until something was posted.
func (w *world) tried() error {
	if len(w.hook.Posts()) == 0 {
		return fmt.Errorf("nothing was posted yet")
	}
	return nil
}

// TestReload: each of the three ways brings new thresholds into force, and a bad
// file changes nothing, whichever way it is brought.
func TestReload(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set(`load{i="a"}`, 75)
	home := w.home(t, setup{}, loadRules(80, 90))
	d := home.Start()
	w.quiet(t, time.Second)

	home.Write("rules.yaml", loadRules(70, 90))
	d.Signal(syscall.SIGHUP)
	w.expect(t, 0, "HighLoad a warn")

	home.Write("rules.yaml", loadRules(80, 90))
	if _, err := home.Post("/-/reload"); err != nil {
		t.Fatal(err)
	}
	w.expect(t, 1, "HighLoad a resolved")

	home.Write("rules.yaml", loadRules(60, 90))
	w.expect(t, 2, "HighLoad a warn") // by the change of the file alone
	reloaded(t, home.Metric, 1)

	home.Write("rules.yaml", strings.Replace(loadRules(80, 90), "warn:", "wran:", 1))
	d.Signal(syscall.SIGHUP)
	reloaded(t, home.Metric, 0)
	if body, err := home.Post("/-/reload"); err == nil {
		t.Errorf("a bad file was accepted: %s", body)
	} else if !strings.Contains(err.Error(), "wran") {
		t.Errorf("the answer doesn't name the mistake: %v", err)
	}
	w.quiet(t, 2*time.Second)

	home.Write("rules.yaml", loadRules(80, 90))
	d.Signal(syscall.SIGHUP)
	w.expect(t, 3, "HighLoad a resolved")
	reloaded(t, home.Metric, 1)
}

// reloaded waits for the metric that says whether the last reload was accepted.
func reloaded(t *testing.T, metric func(string) (float64, error), want float64) {
	t.Helper()
	eventually.Nil(t, patience, func() error {
		got, err := metric("tocsin_config_last_reload_successful")
		if err == nil && got != want {
			err = fmt.Errorf("tocsin_config_last_reload_successful is %v, want %v", got, want)
		}
		return err
	})
}

// TestDryRun: a dry run says what it would send, and neither sends nor writes.
func TestDryRun(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set(`load{i="a"}`, 75)
	home := w.home(t, setup{}, loadRules(70, 90))
	d := home.Start("--dry-run")
	says := func(words ...string) {
		eventually.Nil(t, patience, func() error {
			for _, word := range words {
				if !strings.Contains(d.Output(), word) {
					return fmt.Errorf("the dry run does not say %q", word)
				}
			}
			return nil
		})
	}
	says("would send to all (webhook)", "HighLoad", "75", "70")
	w.gauges.Set(`load{i="a"}`, 10)
	says("RESOLVED")
	if code := d.Stop(); code != 0 {
		t.Errorf("exit code %d after SIGTERM:\n%s", code, d.Output())
	}
	if posts := w.hook.Posts(); len(posts) > 0 {
		t.Errorf("a dry run sent %q", gists(posts))
	}
	if left, err := filepath.Glob(filepath.Join(home.Dir, "*.db*")); err != nil || len(left) > 0 {
		t.Errorf("a dry run wrote %q (%v)", left, err)
	}
}

// TestLogFormat: with --log.format=json every line of the log is an object, from
// the start to the stop, whichever part of the program writes it.
func TestLogFormat(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	home := w.home(t, setup{}, loadRules(70, 90))
	d := home.Start("--log.format=json")
	if code := d.Stop(); code != 0 {
		t.Errorf("exit code %d after SIGTERM", code)
	}
	var said []string
	for line := range strings.Lines(d.Output()) {
		var entry struct{ Time, Level, Msg string }
		if err := json.Unmarshal([]byte(line), &entry); err != nil || entry.Time == "" || entry.Level == "" {
			t.Errorf("no log line: %q (%v)", line, err)
		}
		said = append(said, entry.Msg)
	}
	if !slices.Contains(said, "starting") || !slices.Contains(said, "stopped") {
		t.Errorf("the log says %q", said)
	}
}
