package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"tocsin/e2e/eventually"
	"tocsin/e2e/proc"
)

// TestForwardToAlertmanager: those who move over step by step keep their real
// Alertmanager: it has what fires, with its severity, and forgets what is over.
func TestForwardToAlertmanager(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	am := startAlertmanager(t)
	w.set(`load{i="a"}`, 75)
	receivers := fmt.Sprintf("\n    alertmanager_configs: [{url: %q}]\n", am)
	home := w.home(t, setup{receivers: receivers}, loadRules(70, 90))
	d := home.Start()
	w.expect(t, 0, "HighLoad a warn")
	has(t, am, "warning")
	w.gauges.Set(`load{i="a"}`, 95)
	w.expect(t, 1, "HighLoad a error")
	has(t, am, "critical")
	d.Kill() // it repeats what fires after a start, or Alertmanager would take it for over
	home.Start()
	w.gauges.Set(`load{i="a"}`, 10)
	w.expect(t, 2, "HighLoad a resolved")
	has(t, am)
}

// startAlertmanager runs Debian's Alertmanager and returns its address.
func startAlertmanager(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("prometheus-alertmanager")
	if err != nil {
		t.Fatalf("%v: `make tools` installs it", err)
	}
	dir := t.TempDir()
	config := filepath.Join(dir, "alertmanager.yml")
	if err := os.WriteFile(config, []byte("route: {receiver: none}\nreceivers: [{name: none}]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	address := fmt.Sprintf("127.0.0.1:%d", proc.FreePort(t))
	proc.Start(t, proc.Command{Path: path, Args: []string{
		"--config.file=" + config, "--storage.path=" + filepath.Join(dir, "data"),
		"--web.listen-address=" + address, "--cluster.listen-address=",
	}})
	eventually.Nil(t, patience, func() error { _, err := severities("http://" + address); return err })
	return "http://" + address
}

// has waits until Alertmanager holds one active alert for each severity.
func has(t *testing.T, am string, want ...string) {
	t.Helper()
	eventually.Nil(t, patience, func() error {
		got, err := severities(am)
		if err == nil && fmt.Sprint(got) != fmt.Sprint(want) {
			err = fmt.Errorf("Alertmanager has %v, want %v", got, want)
		}
		return err
	})
}

func severities(am string) (all []string, err error) {
	client := http.Client{Timeout: 5 * time.Second}
	resp, err := client.Get(am + "/api/v2/alerts?active=true")
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	var alerts []struct{ Labels map[string]string }
	if err := json.NewDecoder(resp.Body).Decode(&alerts); err != nil {
		return nil, err
	}
	for _, a := range alerts {
		all = append(all, a.Labels["severity"])
	}
	return all, nil
}
