// Package slow stands in front of Prometheus and lets some questions wait.
package slow

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// A Proxy passes on what it is asked; a query that holds the text waits first.
type Proxy struct {
	URL string

	waiting atomic.Int64
}

// New starts a proxy that lives as long as the test.
func New(t testing.TB, target, text string, delay time.Duration) *Proxy {
	t.Helper()
	to, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{}
	pass := httputil.NewSingleHostReverseProxy(to)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if mentions(r, text) && !p.wait(r, delay) {
			return
		}
		pass.ServeHTTP(w, r)
	}))
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	p.URL = server.URL
	return p
}

// Waited is how many questions were made to wait so far.
func (p *Proxy) Waited() int { return int(p.waiting.Load()) }

// mentions reads the whole question and puts it back.
func mentions(r *http.Request, text string) bool {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return false
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return false
	}
	return strings.Contains(form.Get("query"), text) || strings.Contains(r.URL.Query().Get("query"), text)
}

// wait returns false if the asker went away meanwhile.
func (p *Proxy) wait(r *http.Request, delay time.Duration) bool {
	p.waiting.Add(1)
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
		return false
	}
}
