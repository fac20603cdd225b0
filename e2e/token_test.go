package e2e

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"
)

// A gate stands in front of Prometheus and lets in who has the token.
type gate struct {
	URL string

	token   atomic.Value
	refused atomic.Int64
}

func newGate(t *testing.T, target, token string) *gate {
	t.Helper()
	to, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	g := &gate{}
	g.token.Store(token)
	pass := httputil.NewSingleHostReverseProxy(to)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+g.token.Load().(string) {
			g.refused.Add(1)
			http.Error(w, "who are you?", http.StatusUnauthorized)
			return
		}
		pass.ServeHTTP(w, r)
	}))
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	g.URL = server.URL
	return g
}

// TestF38TokenRotates: a bearer token in a file is read again when it has
// changed, without a reload; with the old one all is held and the source is
// reported.
func TestF38TokenRotates(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set(`load{i="a"}`, 75)
	gate := newGate(t, w.prom.URL, "first")
	home := w.home(t, setup{
		prometheus: gate.URL,
		source:     ", down_after: 2s, http_config: {authorization: {credentials_file: token}}",
	}, loadRules(70, 90))
	home.Write("token", "first")
	d := home.Start()
	w.expect(t, 0, "HighLoad a warn")
	if n := gate.refused.Load(); n > 0 {
		t.Errorf("%d requests came without the token of %s:\n%s", n, filepath.Join(home.Dir, "token"), d.Output())
	}

	gate.token.Store("second")
	w.gauges.Set(`load{i="a"}`, 10)
	w.expect(t, 1, "TocsinSourceDown  error")
	if gate.refused.Load() == 0 {
		t.Error("the gate let in the old token")
	}
	w.quiet(t, time.Second)
	home.Write("token", "second")
	w.expectSet(t, 2, "TocsinSourceDown  resolved", "HighLoad a resolved")
	w.quiet(t, time.Second)
}
