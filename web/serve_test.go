package web_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tocsin/web"
)

// A running is a port that serves.
type running struct {
	url  string
	stop context.CancelFunc
	done chan error
}

func run(t *testing.T, configFile string, pages func(*http.ServeMux)) *running {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d := newDaemon()
	d.Pages = pages
	h, err := web.New(d.Options)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	r := &running{url: "http://" + l.Addr().String(), stop: stop, done: make(chan error, 1)}
	go func() { r.done <- web.Serve(ctx, l, h, configFile, d.Log) }()
	return r
}

// get asks a running port with a name and a password, and returns the status.
func (r *running) get(t *testing.T, path, user, password string) (status int, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.url+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if user != "" {
		req.SetBasicAuth(user, password)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(b)
}

func TestServe(t *testing.T) {
	r := run(t, "", nil)
	if status, body := r.get(t, "/-/healthy", "", ""); status != 200 {
		t.Errorf("status %d: %s", status, body)
	}
	r.stop()
	if err := <-r.done; err != nil {
		t.Errorf("the end: %v", err)
	}
}

func TestServeWithPassword(t *testing.T) {
	file := filepath.Join(t.TempDir(), "web.yml")
	// The password is "test", by the lowest cost that bcrypt has.
	const text = "basic_auth_users:\n  ada: $2a$04$zCEHiLnP3nPvYtqGx3aQsOvJ4UqU3PoCTUAAQyj73cE3muxb9cGQS\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := web.CheckConfig(file); err != nil {
		t.Fatal(err)
	}
	r := run(t, file, nil)
	for _, c := range []struct {
		user, password string
		status         int
	}{{"", "", 401}, {"ada", "wrong", 401}, {"ada", "test", 200}} {
		if status, body := r.get(t, "/-/healthy", c.user, c.password); status != c.status {
			t.Errorf("%q with %q: status %d, want %d: %s", c.user, c.password, status, c.status, body)
		}
	}
	r.stop()
	if err := <-r.done; err != nil {
		t.Errorf("the end: %v", err)
	}
}

func TestServeEndsStreams(t *testing.T) {
	began := make(chan struct{})
	r := run(t, "", func(mux *http.ServeMux) {
		mux.HandleFunc("GET /stream", func(w http.ResponseWriter, r *http.Request) {
			if err := http.NewResponseController(w).Flush(); err != nil {
				t.Error(err)
			}
			close(began)
			<-r.Context().Done()
		})
	})
	asked := make(chan struct{})
	go func() {
		defer close(asked)
		res, err := http.Get(r.url + "/stream")
		if err == nil {
			_, _ = io.Copy(io.Discard, res.Body)
			_ = res.Body.Close()
		}
	}()
	<-began
	r.stop()
	if err := <-r.done; err != nil {
		t.Errorf("the end: %v", err)
	}
	<-asked
}

func TestBadConfig(t *testing.T) {
	file := filepath.Join(t.TempDir(), "web.yml")
	if err := os.WriteFile(file, []byte("basic_auth_user: {}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	err := web.CheckConfig(file)
	if err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("CheckConfig: %v: want an error that names the file", err)
	}
	r := run(t, file, nil)
	if err := <-r.done; err == nil {
		t.Error("a port with a bad config served")
	}
	r.stop()
	if err := web.CheckConfig(""); err != nil {
		t.Errorf("no file: %v", err)
	}
}
