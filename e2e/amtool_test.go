package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"tocsin/e2e/eventually"
)

// amtool runs Alertmanager's own command against a daemon and returns what it
// printed.
func amtool(t *testing.T, url string, args ...string) string {
	t.Helper()
	cmd := exec.Command("amtool", append([]string{"--alertmanager.url=" + url}, args...)...)
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir()) // no config of whoever runs this
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("amtool %s: %v\n%s%s", strings.Join(args, " "), err, out, &stderr)
	}
	return strings.TrimSpace(string(out))
}

// An amAlert is an alert as amtool prints it.
type amAlert struct {
	Labels, Annotations map[string]string
	Fingerprint         string
	Status              struct {
		State      string
		SilencedBy []string
	}
}

// amAlerts is what amtool lists of alerts: their series and states.
func amAlerts(t *testing.T, url string, args ...string) string {
	t.Helper()
	var all []amAlert
	out := amtool(t, url, append([]string{"--output=json", "alert", "query"}, args...)...)
	if err := json.Unmarshal([]byte(out), &all); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	var words []string
	for _, i := range []string{"a", "b"} {
		for _, a := range all {
			if a.Labels["i"] == i {
				words = append(words, i+" "+a.Labels["severity"]+" "+a.Status.State)
			}
		}
	}
	return strings.Join(words, ", ")
}

// TestAmtool: Alertmanager's command works on a daemon as it does on an
// Alertmanager, and what it does has its effect.
func TestAmtool(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set(`load{i="a"}`, 75)
	w.set(`load{i="b"}`, 95)
	home := w.home(t, setup{}, loadRules(70, 90))
	home.Start()
	w.expectSet(t, 0, "HighLoad a warn", "HighLoad b error")

	if got := amAlerts(t, home.URL); got != "a warning active, b critical active" {
		t.Errorf("alerts: %s", got)
	}
	if out := amtool(t, home.URL, "alert", "query", "HighLoad", "i=b"); !strings.Contains(out, "load of b is 95") || strings.Contains(out, "load of a") {
		t.Errorf("alert query printed\n%s", out)
	}

	id := amtool(t, home.URL, "silence", "add", "HighLoad", "i=~a|z", "--author=ada", "--comment=at it", "--duration=1h")
	if got := amAlerts(t, home.URL); got != "b critical active" {
		t.Errorf("alerts beside the silence: %s", got)
	}
	if got := amAlerts(t, home.URL, "--silenced"); got != "a warning suppressed" {
		t.Errorf("silenced alerts: %s", got)
	}
	if out := amtool(t, home.URL, "silence", "query", "i=~a|z"); !strings.Contains(out, id) || !strings.Contains(out, "ada") || !strings.Contains(out, "at it") {
		t.Errorf("silence query printed\n%s", out)
	}
	w.set(`load{i="a"}`, 95)
	w.quiet(t, 2*time.Second)

	ends := func() time.Time {
		t.Helper()
		var all []struct{ EndsAt time.Time }
		if err := json.Unmarshal([]byte(amtool(t, home.URL, "--output=json", "silence", "query", "i=~a|z")), &all); err != nil || len(all) != 1 {
			t.Fatalf("%v, %+v", err, all)
		}
		return all[0].EndsAt
	}
	before := ends()
	if out := amtool(t, home.URL, "silence", "update", "--duration=3h", id); !strings.Contains(out, id) {
		t.Errorf("the update made another silence:\n%s", out)
	}
	if by := ends().Sub(before); by < time.Hour {
		t.Errorf("the update moved the end by %v", by)
	}

	amtool(t, home.URL, "silence", "expire", id)
	w.expect(t, 2, "HighLoad a error")
	if out := amtool(t, home.URL, "--output=simple", "silence", "query"); strings.Contains(out, id) {
		t.Errorf("it is still there:\n%s", out)
	}
	if out := amtool(t, home.URL, "silence", "query", "--expired"); !strings.Contains(out, id) {
		t.Errorf("it is not among those that are over:\n%s", out)
	}
	eventually.Nil(t, patience, func() error {
		if got := amAlerts(t, home.URL); got != "a critical active, b critical active" {
			return fmt.Errorf("alerts at the end: %s", got)
		}
		return nil
	})
}
