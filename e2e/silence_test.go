package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"tocsin/e2e/daemon"
)

// silence asks for a silence of an hour over the API, and returns the status and
// its id.
func silence(t *testing.T, home *daemon.Home, alert string) (status int, id string) {
	t.Helper()
	body := fmt.Sprintf(`{"matchers": [{"name": "alertname", "value": %q, "isRegex": false, "isEqual": true}],
		"startsAt": %q, "endsAt": %q, "createdBy": "ada", "comment": "at it"}`,
		alert, time.Now().UTC().Format(time.RFC3339), time.Now().UTC().Add(time.Hour).Format(time.RFC3339))
	resp, err := http.Post(home.URL+"/api/v2/silences", "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	var made struct{ SilenceID string }
	if resp.StatusCode == http.StatusOK {
		if err := json.Unmarshal(answer, &made); err != nil || made.SilenceID == "" {
			t.Fatalf("no id in %s (%v)", answer, err)
		}
	}
	return resp.StatusCode, made.SilenceID
}

// TestF05KillAfterSilence: what was answered with 200 is in force after a kill
// that comes at once, however often.
func TestF05KillAfterSilence(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set(`load{i="a"}`, 10)
	home := w.home(t, setup{}, loadRules(70, 90))
	var ids []string
	for n := range 10 {
		d := home.Start()
		status, id := silence(t, home, fmt.Sprint("Other", n))
		d.Kill()
		if status != http.StatusOK {
			t.Fatalf("status %d", status)
		}
		ids = append(ids, id)
	}
	d := home.Start()
	status, id := silence(t, home, "HighLoad")
	d.Kill()
	if status != http.StatusOK {
		t.Fatalf("status %d", status)
	}
	w.set(`load{i="a"}`, 95)
	home.Start()
	known(t, home, "error", 1)
	w.quiet(t, 2*time.Second)
	list, _ := good(t, home, "silence", "list")
	for _, id := range append(ids, id) {
		if !strings.Contains(list, id+"\tactive\t") {
			t.Errorf("%s is not in force:\n%s", id, list)
		}
	}
}

// TestF06BackWhileSilenced: what ended and came back behind a silence is told as
// the new episode that it is.
func TestF06BackWhileSilenced(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set(`load{i="a"}`, 75)
	home := w.home(t, setup{}, loadRules(70, 90))
	home.Start()
	w.expect(t, 0, "HighLoad a warn")
	_, id := silence(t, home, "HighLoad")
	w.gauges.Set(`load{i="a"}`, 10)
	known(t, home, "warn", 0)
	w.gauges.Set(`load{i="a"}`, 75)
	known(t, home, "warn", 1)
	w.quiet(t, 2*time.Second)
	good(t, home, "silence", "expire", id)
	w.expect(t, 1, "HighLoad a warn")
	if w.episode(t, 0) == w.episode(t, 1) {
		t.Error("it is told as the episode that has ended")
	}
	w.gauges.Set(`load{i="a"}`, 10)
	w.expect(t, 2, "HighLoad a resolved")
}

// TestF08OverWhileSilenced: what ends behind a silence is told when that is over.
func TestF08OverWhileSilenced(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set(`load{i="a"}`, 75)
	home := w.home(t, setup{}, loadRules(70, 90))
	home.Start()
	w.expect(t, 0, "HighLoad a warn")
	_, id := silence(t, home, "HighLoad")
	w.gauges.Set(`load{i="a"}`, 10)
	known(t, home, "warn", 0)
	w.quiet(t, 2*time.Second)
	good(t, home, "silence", "expire", id)
	w.expect(t, 1, "HighLoad a resolved")
}
