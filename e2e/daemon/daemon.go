// Package daemon runs the tocsin program for a test.
package daemon

import (
	"fmt"
	"io"
	"net/http"
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

// Build makes the program out of the source around the test, in dir, and returns
// its path.
func Build(dir string) (string, error) {
	path := filepath.Join(dir, "tocsin")
	cmd := exec.Command("go", "build", "-o", path, "tocsin/cmd/tocsin")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return path, nil
}

// A Home is a folder with a config, its rules and a store, and the port of the
// daemon that lives there. Daemons of one home follow each other.
type Home struct {
	Dir    string
	URL    string
	Binary string
	User   int // who runs its daemons; 0: who runs the test

	t    testing.TB
	port int
}

// NewHome makes a home with the files, by name.
func NewHome(t testing.TB, binary string, files map[string]string) *Home {
	t.Helper()
	h := &Home{Dir: t.TempDir(), Binary: binary, t: t, port: proc.FreePort(t)}
	h.URL = fmt.Sprintf("http://127.0.0.1:%d", h.port)
	for name, text := range files {
		h.Write(name, text)
	}
	return h
}

// Write makes or replaces a file of the home, whole at once.
func (h *Home) Write(name, text string) {
	h.t.Helper()
	path := filepath.Join(h.Dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		h.t.Fatal(err)
	}
	if err := os.WriteFile(path+".new", []byte(text), 0o600); err != nil {
		h.t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		h.t.Fatal(err)
	}
}

// A Daemon is `tocsin run` in a home.
type Daemon struct {
	*proc.Process

	home *Home
}

// Launch starts a daemon and waits for nothing.
func (h *Home) Launch(args ...string) *Daemon {
	h.t.Helper()
	all := append([]string{
		"run",
		"--config.file=tocsin.yaml",
		fmt.Sprintf("--web.listen-address=127.0.0.1:%d", h.port),
	}, args...)
	return &Daemon{
		Process: proc.Start(h.t, proc.Command{Path: h.Binary, Args: all, Dir: h.Dir, User: h.User}),
		home:    h,
	}
}

// Start starts a daemon and waits until it is healthy. What it printed is shown
// if the test fails.
func (h *Home) Start(args ...string) *Daemon {
	h.t.Helper()
	d := h.Launch(args...)
	h.t.Cleanup(func() {
		if h.t.Failed() {
			h.t.Logf("the daemon printed:\n%s", d.Output())
		}
	})
	eventually.Nil(h.t, 20*time.Second, func() error {
		if !d.Running() {
			h.t.Fatalf("the daemon ended: %s", d.Output())
		}
		_, err := h.Get("/-/healthy")
		return err
	})
	return d
}

// Get returns the body of a page; a status other than 200 is an error.
func (h *Home) Get(path string) (string, error) {
	resp, err := http.Get(h.URL + path)
	if err != nil {
		return "", err
	}
	return read(resp, path)
}

// Post posts nothing to a page.
func (h *Home) Post(path string) (string, error) {
	resp, err := http.Post(h.URL+path, "", nil)
	if err != nil {
		return "", err
	}
	return read(resp, path)
}

func read(resp *http.Response, path string) (string, error) {
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s: %s", path, resp.Status, body)
	}
	return string(body), err
}

// Metric returns the value of the metric's one line that begins with the text,
// such as `tocsin_up` or `tocsin_sent_total{receiver="a"`.
func (h *Home) Metric(begins string) (float64, error) {
	body, err := h.Get("/metrics")
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(body) {
		if !strings.HasPrefix(line, begins) {
			continue
		}
		fields := strings.Fields(line)
		var value float64
		_, err := fmt.Sscan(fields[len(fields)-1], &value)
		return value, err
	}
	return 0, fmt.Errorf("no metric %s", begins)
}

// Stop asks the daemon to end and returns its exit code; it fails the test if
// that takes longer than the ten seconds that it has.
func (d *Daemon) Stop() int {
	d.home.t.Helper()
	d.Signal(syscall.SIGTERM)
	code, err := d.Wait(10 * time.Second)
	if err != nil {
		d.home.t.Fatalf("after SIGTERM: %v\n%s", err, d.Output())
	}
	return code
}
