package e2e

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tocsin/e2e/daemon"
	"tocsin/journal"
)

const (
	userSecret = "hunter2-of-prometheus"
	hookSecret = "hunter2-of-the-hook"
	pathSecret = "T0000-B0000-hunter2"
)

// TestJournalOfKilledDaemon: daemons with a journal are killed and started again
// while alerts come and go; what the journal says that they were given leads to what
// they did, and none of their secrets is in it.
func TestJournalOfKilledDaemon(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set(`load{i="a"}`, 75)
	w.set(`load{i="b"}`, 10)
	home := w.home(t, setup{
		prometheus: strings.Replace(w.prom.URL, "http://", "http://me:"+userSecret+"@", 1),
		hook:       ", secret: " + hookSecret,
		receivers:  "    slack_configs: [{api_url: 'http://127.0.0.1:1/services/" + pathSecret + "'}]",
	}, loadRules(70, 90))

	d := home.Start("--journal=journal")
	w.expect(t, 0, "HighLoad a warn")
	w.set(`load{i="b"}`, 95)
	w.expect(t, 0, "HighLoad a warn", "HighLoad b error")
	time.Sleep(1500 * time.Millisecond) // what is not older than a second may not be taken down
	d.Kill()
	w.set(`load{i="a"}`, 10)
	d = home.Start("--journal=journal")
	w.expect(t, 0, "HighLoad a warn", "HighLoad b error", "HighLoad a resolved")
	home.Write("rules.yaml", loadRules(60, 99))
	if _, err := home.Post("/-/reload"); err != nil {
		t.Fatal(err)
	}
	w.expect(t, 0, "HighLoad a warn", "HighLoad b error", "HighLoad a resolved", "HighLoad b warn")
	if code := d.Stop(); code != 0 {
		t.Fatalf("exit code %d", code)
	}

	out, code := verify(t, home)
	if code != 0 || !strings.Contains(out, "no difference") || !strings.Contains(out, "of 2 runs") {
		t.Errorf("exit code %d:\n%s", code, out)
	}
	out, code = verify(t, home, "--no-cache", "--prometheus.url="+w.prom.URL)
	if code != 0 || !strings.Contains(out, "no difference") || !strings.Contains(out, "History against what was seen") || !strings.Contains(out, "With history") {
		t.Errorf("exit code %d:\n%s", code, out)
	}
	t.Log(out)
	bare(t, filepath.Join(home.Dir, "journal"))
}

// verify verifies a home's journal.
func verify(t *testing.T, home *daemon.Home, args ...string) (string, int) {
	t.Helper()
	cmd := exec.Command(home.Binary, append([]string{"backtest", "--verify", "journal"}, args...)...)
	cmd.Dir = home.Dir
	out, err := cmd.CombinedOutput()
	if err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// bare wants no secret in the unpacked journal, but what is no secret.
func bare(t *testing.T, dir string) {
	t.Helper()
	var all bytes.Buffer
	if err := journal.Dump(&all, dir); err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{userSecret, hookSecret, pathSecret} {
		if bytes.Contains(all.Bytes(), []byte(secret)) {
			t.Errorf("%q is in the journal", secret)
		}
	}
	if !bytes.Contains(all.Bytes(), []byte("HighLoad")) {
		t.Error("not even the name of the rule is in what was looked through")
	}
}
