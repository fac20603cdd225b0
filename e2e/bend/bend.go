// Package bend stands between a daemon and Prometheus, and bends what it answers.
package bend

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// A Proxy passes on what it is asked, and answers as the test says.
type Proxy struct {
	URL string

	pass  *httputil.ReverseProxy
	asked atomic.Int64

	mu   sync.Mutex
	bend http.HandlerFunc // nil: straight
}

// New starts a proxy that lives as long as the test.
func New(t testing.TB, target string) *Proxy {
	t.Helper()
	to, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{pass: httputil.NewSingleHostReverseProxy(to)}
	server := httptest.NewServer(p)
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	p.URL = server.URL
	return p
}

// Straight passes on from now on.
func (p *Proxy) Straight() { p.set(nil) }

// Answer answers in Prometheus' place from now on.
func (p *Proxy) Answer(h http.HandlerFunc) {
	p.set(func(w http.ResponseWriter, r *http.Request) {
		defer p.asked.Add(1) // whatever becomes of it
		h(w, r)
	})
}

// AnswerTo answers in Prometheus' place where the query holds a text.
func (p *Proxy) AnswerTo(text string, h http.HandlerFunc) {
	p.set(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return // the asker went away
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		form, err := url.ParseQuery(string(body))
		if err != nil || !strings.Contains(form.Get("query"), text) {
			p.pass.ServeHTTP(w, r)
			return
		}
		r.Form, r.PostForm = form, form
		defer p.asked.Add(1)
		h(w, r)
	})
}

// Replace puts one text in the place of another in all answers from now on.
func (p *Proxy) Replace(old, text string) {
	p.set(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Del("Accept-Encoding") // the answer is to be read here
		kept := httptest.NewRecorder()
		p.pass.ServeHTTP(kept, r)
		w.Header().Set("Content-Type", kept.Header().Get("Content-Type"))
		w.WriteHeader(kept.Code)
		_, _ = w.Write(bytes.ReplaceAll(kept.Body.Bytes(), []byte(old), []byte(text)))
		p.asked.Add(1)
	})
}

func (p *Proxy) set(h http.HandlerFunc) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.bend = h
	p.asked.Store(0)
}

// Asked is how many questions were answered otherwise than Prometheus would have,
// in the present way.
func (p *Proxy) Asked() int { return int(p.asked.Load()) }

// ServeHTTP answers a question.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	bend := p.bend
	p.mu.Unlock()
	if bend == nil {
		bend = p.pass.ServeHTTP
	}
	bend(w, r)
}

// Vector answers with series as JSON, each such as
//
//	{"metric":{"i":"a"},"value":[0,"75"]}
//
// in which the time is that of the question: Now stands for it.
func Vector(series string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		at := r.PostFormValue("time")
		_, _ = io.WriteString(w, `{"status":"success","data":{"resultType":"vector","result":[`)
		_, _ = w.Write(bytes.ReplaceAll([]byte(series), []byte(Now), []byte(at)))
		_, _ = io.WriteString(w, `]}}`)
	}
}

// Now stands for the time of a question in what Vector is given.
const Now = "@now"
