package heartbeat_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/prometheus/common/config"

	"tocsin/notifier/attempt"
	"tocsin/notifier/heartbeat"
)

func TestSend(t *testing.T) {
	asked := ""
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = r.Method + " " + r.URL.Path
		switch r.URL.Path {
		case "/gone/secret":
			w.WriteHeader(http.StatusNotFound)
		case "/moved/secret":
			http.Redirect(w, r, "/there", http.StatusFound)
		}
	}))
	defer server.Close()
	file := filepath.Join(t.TempDir(), "url")
	if err := os.WriteFile(file, []byte(server.URL+"/file/secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	value := func(s string) attempt.Secret { return attempt.Secret{Value: config.Secret(s)} }
	for _, c := range []struct {
		why     string
		url     attempt.Secret
		asked   string
		err     string
		stopped bool
	}{
		{"a beat is a GET", value(server.URL + "/ping/secret"), "GET /ping/secret", "", false},
		{"the address may be in a file", attempt.Secret{File: file}, "GET /file/secret", "", false},
		{"a refusal is an error", value(server.URL + "/gone/secret"), "GET /gone/secret", "heartbeat: answered 404 Not Found", false},
		{"redirects are not followed", value(server.URL + "/moved/secret"), "GET /moved/secret", "answered 302", false},
		{"a connection that fails is one", value("http://127.0.0.1:1/secret"), "", "connection refused", false},
		{"the deadline counts", value(server.URL + "/ping/secret"), "", "context canceled", true},
		{"what is no address is never told", value("secret"), "", "not an http or https URL", false},
	} {
		asked = ""
		s, err := heartbeat.New(heartbeat.Settings{URL: c.url})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		if c.stopped {
			cancel()
		}
		err = s.Send(ctx)
		cancel()
		text := ""
		if err != nil {
			text = err.Error()
		}
		if asked != c.asked || (c.err == "") != (err == nil) || !strings.Contains(text, c.err) || strings.Contains(text, "secret") {
			t.Errorf("%s: asked %q, error %q", c.why, asked, text)
		}
	}
	if _, err := heartbeat.New(heartbeat.Settings{HTTPConfig: &config.HTTPClientConfig{TLSConfig: config.TLSConfig{CAFile: "nowhere"}}}); err == nil {
		t.Error("a bad client configuration was taken")
	}
}
