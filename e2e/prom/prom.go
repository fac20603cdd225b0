// Package prom runs a real Prometheus, Debian's package, for a test.
package prom

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"tocsin/e2e/eventually"
	"tocsin/e2e/proc"
)

// A Server is a Prometheus that can be stopped and started again: it keeps its
// address and its data.
type Server struct {
	URL string

	t       testing.TB
	args    []string
	process *proc.Process
}

const config = `global:
  scrape_interval: %[1]s
  scrape_timeout: %[1]s
scrape_configs:
  - job_name: test
    honor_labels: true
    static_configs: [{targets: [%[2]s]}]
`

// Start runs a Prometheus that scrapes the targets (host:port) at the interval,
// and waits until it answers.
func Start(t testing.TB, every time.Duration, targets ...string) *Server {
	t.Helper()
	return start(t, t.TempDir(), every, targets...)
}

// StartPast runs a Prometheus that holds a past, written as OpenMetrics, and scrapes
// nothing.
func StartPast(t testing.TB, openMetrics []byte) *Server {
	t.Helper()
	dir := t.TempDir()
	name := filepath.Join(dir, "past.txt")
	if err := os.WriteFile(name, openMetrics, 0o600); err != nil {
		t.Fatal(err)
	}
	promtool := exec.Command("promtool", "tsdb", "create-blocks-from", "openmetrics", "--quiet", name, filepath.Join(dir, "data"))
	if out, err := promtool.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return start(t, dir, time.Minute)
}

func start(t testing.TB, dir string, every time.Duration, targets ...string) *Server {
	t.Helper()
	path, err := exec.LookPath("prometheus")
	if err != nil {
		t.Fatalf("%v: `make tools` installs it", err)
	}
	file := filepath.Join(dir, "prometheus.yml")
	text := fmt.Sprintf(config, every, strings.Join(targets, ", "))
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	address := fmt.Sprintf("127.0.0.1:%d", proc.FreePort(t))
	s := &Server{URL: "http://" + address, t: t, args: []string{
		path,
		"--config.file=" + file,
		"--storage.tsdb.path=" + filepath.Join(dir, "data"),
		"--web.listen-address=" + address,
		"--log.level=warn",
	}}
	s.Start()
	return s
}

// Start runs it again after Stop, and waits until it answers.
func (s *Server) Start() {
	s.t.Helper()
	s.process = proc.Start(s.t, proc.Command{Path: s.args[0], Args: s.args[1:]})
	eventually.Nil(s.t, 30*time.Second, s.ready)
}

func (s *Server) ready() error {
	if !s.process.Running() {
		s.t.Fatalf("prometheus ended: %s", s.process.Output())
	}
	resp, err := http.Get(s.URL + "/-/ready")
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("prometheus is not ready: %s", resp.Status)
	}
	return nil
}

// Stop ends it in good order and waits until it is gone.
func (s *Server) Stop() {
	s.t.Helper()
	s.process.Signal(syscall.SIGTERM)
	if _, err := s.process.Wait(20 * time.Second); err != nil {
		s.t.Fatal(err)
	}
}

// Await waits until an expression has one series with the value.
func (s *Server) Await(expr string, want float64) {
	s.t.Helper()
	eventually.Nil(s.t, 20*time.Second, func() error {
		got, err := s.Query(expr)
		if err != nil {
			return err
		}
		if len(got) != 1 || got[0] != want {
			return fmt.Errorf("%s is %v, want %v", expr, got, want)
		}
		return nil
	})
}

// Query returns the values of an instant vector, in the order of the answer.
func (s *Server) Query(expr string) ([]float64, error) {
	resp, err := http.PostForm(s.URL+"/api/v1/query", url.Values{"query": {expr}})
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	var answer struct {
		Error string
		Data  struct {
			Result []struct{ Value [2]json.RawMessage }
		}
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		return nil, fmt.Errorf("query %q: %w", expr, err)
	}
	if answer.Error != "" {
		return nil, fmt.Errorf("query %q: %s", expr, answer.Error)
	}
	values := make([]float64, len(answer.Data.Result))
	for i, series := range answer.Data.Result {
		text := strings.Trim(string(series.Value[1]), `"`)
		if _, err := fmt.Sscan(text, &values[i]); err != nil {
			return nil, fmt.Errorf("value %q: %w", text, err)
		}
	}
	return values, nil
}
