package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"tocsin/web"
)

// A daemon is what the port asks, and what it was asked to do.
type daemon struct {
	web.Options
	log     lockedBuffer
	reloads int
	stats   web.Stats
	stuck   error
	refused error
}

func newDaemon() *daemon {
	d := &daemon{stats: figures()}
	d.Options = web.Options{
		Log:    slog.New(slog.NewTextHandler(&d.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Stats:  func(context.Context) (web.Stats, error) { return d.stats, d.stuck },
		Reload: func(context.Context) error { d.reloads++; return d.refused },
		Pages: func(mux *http.ServeMux) {
			mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("page")) })
			mux.HandleFunc("POST /api/echo", func(w http.ResponseWriter, r *http.Request) {
				if _, err := io.Copy(w, r.Body); err != nil {
					w.WriteHeader(http.StatusRequestEntityTooLarge)
				}
			})
			mux.HandleFunc("GET /api/broken", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) })
		},
	}
	return d
}

// The API stands behind the same guards as all else.
func TestAPI(t *testing.T) {
	d := newDaemon()
	d.API = func(mux *http.ServeMux) {
		mux.HandleFunc("POST /api/v2/silences", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("done")) })
	}
	if a := d.ask(t, "POST", "/api/v2/silences"); a.status != 200 || a.body != "done" || a.header.Get("X-Request-Id") == "" {
		t.Errorf("%d %s", a.status, a.body)
	}
	if a := d.ask(t, "POST", "/api/v2/silences", "Sec-Fetch-Site", "cross-site"); a.status != 403 {
		t.Errorf("another site's page: %d %s", a.status, a.body)
	}
	d.RefuseWrites = true
	if a := d.ask(t, "POST", "/api/v2/silences"); a.status != 403 {
		t.Errorf("beyond loopback: %d %s", a.status, a.body)
	}
}

// Without pages there is an index: a link in a message leads somewhere.
func TestIndex(t *testing.T) {
	d := newDaemon()
	d.Pages = nil
	for _, c := range []struct {
		name  string
		stuck error
		want  string
	}{
		{"all is well", nil, "Ready."},
		{"it says what isn't", errors.New("stuck"), "<li>the core does not answer</li>"},
	} {
		d.stuck = c.stuck
		a := d.serve(t, "127.0.0.1:9470", httptest.NewRequest(http.MethodGet, "http://localhost:9470/", http.NoBody))
		if a.status != http.StatusOK || !strings.Contains(a.body, c.want) || !strings.Contains(a.body, `href="metrics"`) {
			t.Errorf("%s: %d %s", c.name, a.status, a.body)
		}
	}
}

// A lockedBuffer may be written and read at once.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// An answer is a response that was read.
type answer struct {
	status int
	header http.Header
	body   string
}

// serve answers a request as if it had come in on an address of the machine.
func (d *daemon) serve(t *testing.T, local string, r *http.Request) answer {
	t.Helper()
	h, err := web.New(d.Options)
	if err != nil {
		t.Fatal(err)
	}
	addr, err := net.ResolveTCPAddr("tcp", local)
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, addr)))
	return answer{w.Code, w.Result().Header, w.Body.String()}
}

// ask is serve for a request to a path on loopback.
func (d *daemon) ask(t *testing.T, method, path string, headers ...string) answer {
	t.Helper()
	r := httptest.NewRequest(method, "http://localhost:9470"+path, http.NoBody)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return d.serve(t, "127.0.0.1:9470", r)
}

func TestOperations(t *testing.T) {
	for _, c := range []struct {
		sentence string
		change   func(*daemon)
		method   string
		path     string
		status   int
		says     string
		reloads  int
	}{
		{"the process is healthy", nil, "GET", "/-/healthy", 200, "healthy", 0},
		{"a probe may use HEAD", nil, "HEAD", "/-/healthy", 200, "", 0},
		{
			"it is healthy though nothing else is", func(d *daemon) { d.stats, d.stuck = web.Stats{}, errors.New("stuck") },
			"GET", "/-/healthy", 200, "healthy", 0,
		},
		{"the API says so as JSON", nil, "GET", "/api/health", 200, `"status":"ok"`, 0},
		{"it is ready", nil, "GET", "/-/ready", 200, "is ready", 0},
		{
			"it is not before it has started", func(d *daemon) { d.Started = make(chan struct{}) },
			"GET", "/-/ready", 503, "starting", 0,
		},
		{"it is when it has", func(d *daemon) {
			started := make(chan struct{})
			close(started)
			d.Started = started
		}, "GET", "/-/ready", 200, "is ready", 0},
		{
			"it is not while alerts wait for their rules", func(d *daemon) { d.stats.Core.Notifier.Settling = 3 },
			"GET", "/-/ready", 503, "settling: alerts in 3 groups", 0,
		},
		{
			"nor while the store fails", func(d *daemon) { d.stats.Driver.Degraded = true },
			"GET", "/-/ready", 503, "the store is failing", 0,
		},
		{
			"nor when the core is stuck, and all reasons are said",
			func(d *daemon) { d.stats.Core, d.stats.Driver.Degraded, d.stuck = nil, true, errors.New("stuck") },
			"GET", "/-/ready", 503, "the core does not answer\nthe store is failing", 0,
		},
		{"POST reloads", nil, "POST", "/-/reload", 200, "reloaded", 1},
		{"PUT does too", nil, "PUT", "/-/reload", 200, "reloaded", 1},
		{"GET does not", nil, "GET", "/-/reload", 405, "", 0},
		{
			"a refused reload says why", func(d *daemon) { d.refused = errors.New("a.yaml:3:1: no such level") },
			"POST", "/-/reload", 500, "a.yaml:3:1: no such level", 1,
		},
		{"metrics are served", nil, "GET", "/metrics", 200, "tocsin_build_info", 0},
		{"and in the API", nil, "GET", "/api/metrics/prometheus", 200, "tocsin_build_info", 0},
		{
			"the driver's figures are served when the core is stuck",
			func(d *daemon) { d.stats.Core, d.stuck = nil, errors.New("the core is stuck") },
			"GET", "/metrics", 200, "tocsin_store_failing 0", 0,
		},
		{"pages have their place", nil, "GET", "/", 200, "page", 0},
		{"and the rest is not found", nil, "GET", "/nothing", 404, "", 0},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			d := newDaemon()
			if c.change != nil {
				c.change(d)
			}
			got := d.ask(t, c.method, c.path)
			if got.status != c.status || !strings.Contains(got.body, c.says) || d.reloads != c.reloads {
				t.Errorf("status %d, %d reloads, body %.300q: want %d, %d, %q", got.status, d.reloads, got.body, c.status, c.reloads, c.says)
			}
		})
	}
}

func TestRequestID(t *testing.T) {
	for _, c := range []struct {
		sentence string
		given    string
		kept     bool
	}{
		{"an id that is given is kept", "abc-123_x.y:z", true},
		{"without one, one is made", "", false},
		{"one that would break the log is replaced", "a b\"c", false},
		{"one that is too long is replaced", strings.Repeat("a", 129), false},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			d := newDaemon()
			got := d.ask(t, "GET", "/nothing", "X-Request-Id", c.given, "Traceparent", "00-abc-def-01")
			id := got.header.Get("X-Request-Id")
			if id == "" || (id == c.given) != c.kept {
				t.Errorf("id %q for %q", id, c.given)
			}
			for _, want := range []string{"request_id=" + id, "status=404", "path=/nothing", "traceparent=00-abc-def-01", "level=DEBUG"} {
				if !strings.Contains(d.log.String(), want) {
					t.Errorf("the log lacks %q: %s", want, &d.log)
				}
			}
		})
	}
}

func TestLogLevels(t *testing.T) {
	d := newDaemon()
	d.ask(t, "POST", "/-/reload")
	d.ask(t, "GET", "/api/broken")
	for _, want := range []string{"level=INFO", "level=ERROR"} {
		if !strings.Contains(d.log.String(), want) {
			t.Errorf("the log lacks %q: %s", want, &d.log)
		}
	}
}

func TestHost(t *testing.T) {
	external, err := url.Parse("https://tocsin.example.org/x")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		local string
		host  string
		let   bool
	}{
		{"127.0.0.1:9470", "localhost:9470", true},
		{"127.0.0.1:9470", "LOCALHOST", true},
		{"127.0.0.1:9470", "tocsin.localhost:9470", true},
		{"127.0.0.1:9470", "127.0.0.1:9470", true},
		{"127.0.0.1:9470", "127.9.9.9", true},
		{"[::1]:9470", "[::1]:9470", true},
		{"[::1]:9470", "[::1]", true},
		{"127.0.0.1:9470", "tocsin.example.org", true},
		{"127.0.0.1:9470", "evil.example:9470", false},
		{"127.0.0.1:9470", "localhost.evil.example", false},
		{"127.0.0.1:9470", "10.0.0.1", false},
		{"127.0.0.1:9470", "", false},
		{"[::1]:9470", "evil.example", false},
		{"10.0.0.1:9470", "anything.example", true},
	} {
		d := newDaemon()
		d.ExternalURL = external
		r := httptest.NewRequest("GET", "http://x/-/healthy", http.NoBody)
		r.Host = c.host
		got := d.serve(t, c.local, r)
		if (got.status == 200) != c.let || (!c.let && got.status != http.StatusMisdirectedRequest) {
			t.Errorf("host %q on %s: status %d, want to be let in: %v", c.host, c.local, got.status, c.let)
		}
	}
}

func TestOrigin(t *testing.T) {
	external, err := url.Parse("https://tocsin.example.org")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		sentence string
		method   string
		headers  []string
		status   int
	}{
		{"a program may write", "POST", nil, 200},
		{"our own page may", "POST", []string{"Sec-Fetch-Site", "same-origin"}, 200},
		{"another site's page may not", "POST", []string{"Sec-Fetch-Site", "cross-site"}, 403},
		{"nor in an older browser", "POST", []string{"Origin", "https://evil.example"}, 403},
		{"the page behind the proxy may", "POST", []string{"Origin", "https://tocsin.example.org", "Sec-Fetch-Site", "cross-site"}, 200},
		{"any page may be the way to a reading", "GET", []string{"Sec-Fetch-Site", "cross-site"}, 405},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			d := newDaemon()
			d.ExternalURL = external
			got := d.ask(t, c.method, "/-/reload", c.headers...)
			if got.status != c.status || (d.reloads == 1) != (c.status == 200) {
				t.Errorf("status %d, %d reloads: %s", got.status, d.reloads, got.body)
			}
		})
	}
}

func TestRefuseWrites(t *testing.T) {
	for _, c := range []struct {
		listen string
		config string
		refuse bool
	}{
		{"127.0.0.1:9470", "", false},
		{"[::1]:9470", "", false},
		{"[::]:9470", "", true},
		{"0.0.0.0:9470", "", true},
		{"10.0.0.1:9470", "", true},
		{"0.0.0.0:9470", "web.yml", false},
	} {
		addr, err := net.ResolveTCPAddr("tcp", c.listen)
		if err != nil {
			t.Fatal(err)
		}
		d := newDaemon()
		d.RefuseWrites = web.RefuseWrites(addr, c.config)
		write, read := d.ask(t, "POST", "/-/reload"), d.ask(t, "GET", "/metrics")
		if (write.status == 403) != c.refuse || (d.reloads == 0) != c.refuse || read.status != 200 {
			t.Errorf("listening on %s with config %q: a write is %d, a read %d: %s", c.listen, c.config, write.status, read.status, write.body)
		}
	}
	if !web.RefuseWrites(nil, "") || web.RefuseWrites(&net.UnixAddr{Net: "unix", Name: "/run/x"}, "") {
		t.Error("an unknown address must be refused, a socket of the file system need not")
	}
}

func TestProblems(t *testing.T) {
	d := newDaemon()
	d.RefuseWrites = true
	got := d.ask(t, "POST", "/api/echo")
	var problem struct {
		Status int
		Detail string
	}
	if err := json.Unmarshal([]byte(got.body), &problem); err != nil {
		t.Fatal(err, got.body)
	}
	if problem.Status != 403 || !strings.Contains(problem.Detail, "web.config.file") || got.header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("problem %+v of type %q", problem, got.header.Get("Content-Type"))
	}
}

func TestLargeBody(t *testing.T) {
	d := newDaemon()
	r := httptest.NewRequest("POST", "http://localhost/api/echo", strings.NewReader(strings.Repeat("x", 2<<20)))
	if got := d.serve(t, "127.0.0.1:9470", r); len(got.body) > 1<<20 {
		t.Errorf("%d bytes came through", len(got.body))
	}
}
