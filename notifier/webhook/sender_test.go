package webhook

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/common/config"
	"github.com/prometheus/prometheus/model/labels"
	"pgregory.net/rapid"

	"tocsin/notifier"
	"tocsin/notifier/attempt"
	"tocsin/notifier/message/messagetest"
)

var update = flag.Bool("update", false, "write the golden files")

// Every kind of message has the body of its file.
func TestBody(t *testing.T) {
	for _, c := range messagetest.Cases() {
		t.Run(c.Name, func(t *testing.T) {
			if c.Name == "hostile" || c.Name == "many" {
				return // see below
			}
			raw, err := Build(messagetest.Maker(t).Make(t.Context(), c.Delivery, 0))
			if err != nil {
				t.Fatal(err)
			}
			var b bytes.Buffer
			if err := json.Indent(&b, raw, "", "  "); err != nil {
				t.Fatal(err)
			}
			messagetest.Golden(t, *update, c.Name+".json", append(b.Bytes(), '\n'))
		})
	}
}

// What is cut is counted.
func TestTruncated(t *testing.T) {
	for _, c := range messagetest.Cases() {
		total := len(c.Delivery.Firing) + len(c.Delivery.Resolved)
		for _, most := range []int{0, 1, 10, 1000} {
			raw, err := Build(messagetest.Maker(t).Make(t.Context(), c.Delivery, most))
			if err != nil {
				t.Fatal(err)
			}
			var b Body
			if err := json.Unmarshal(raw, &b); err != nil {
				t.Fatal(err)
			}
			want := total
			if most > 0 {
				want = min(most, total)
			}
			if len(b.Alerts) != want || int(b.TruncatedAlerts) != total-want {
				t.Errorf("%s, at most %d: %d alerts, %d truncated", c.Name, most, len(b.Alerts), b.TruncatedAlerts)
			}
		}
	}
}

// Any delivery makes JSON, and labels arrive as they are.
func TestAnyDelivery(t *testing.T) {
	k := messagetest.Maker(t)
	rapid.Check(t, func(t *rapid.T) {
		d := messagetest.Deliveries().Draw(t, "delivery")
		raw, err := Build(k.Make(context.Background(), d, 0))
		if err != nil {
			t.Fatal(err)
		}
		var b Body
		if err := json.Unmarshal(raw, &b); err != nil {
			t.Fatal(err)
		}
		for n, e := range d.Firing {
			for name := range e.Labels.Map() {
				if got := b.Alerts[n].Labels[valid(name)]; !means(e.Labels, name, got) {
					t.Fatalf("label %q is %q", name, got)
				}
			}
		}
	})
}

// valid is what JSON makes of text that is not UTF-8.
func valid(s string) string { return string([]rune(s)) }

// means reports whether a label, or another whose name JSON makes the same, has
// the value.
func means(ls labels.Labels, name, got string) bool {
	for other, value := range ls.Map() {
		if valid(other) == valid(name) && valid(value) == got {
			return true
		}
	}
	return false
}

// receiver is a webhook's far end.
type receiver struct {
	*httptest.Server
	mu      sync.Mutex
	headers []http.Header
	lengths []int64 // as announced
	bodies  [][]byte
}

// got returns the bodies that came so far.
func (r *receiver) got() [][]byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.bodies)
}

func newReceiver(t *testing.T, answer http.HandlerFunc) *receiver {
	t.Helper()
	r := &receiver{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return
		}
		r.mu.Lock()
		r.headers, r.bodies = append(r.headers, req.Header), append(r.bodies, body)
		r.lengths = append(r.lengths, req.ContentLength)
		r.mu.Unlock()
		answer(w, req)
	}))
	t.Cleanup(r.Close)
	return r
}

// Deadlines of attempts: what should end by itself has plenty, for the machine
// may be busy; what hangs has less.
const (
	plenty = 20 * time.Second
	little = time.Second
)

func send(t *testing.T, s Settings) notifier.Settled {
	t.Helper()
	return sendWithin(t, plenty, s)
}

func sendWithin(t *testing.T, limit time.Duration, s Settings) notifier.Settled {
	t.Helper()
	sender, err := New(s, messagetest.Maker(t))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	return sender.Send(ctx, messagetest.Cases()[0].Delivery)
}

func TestOutcomes(t *testing.T) {
	status := func(code int, header ...string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			for n := 0; n+1 < len(header); n += 2 {
				w.Header().Set(header[n], header[n+1])
			}
			w.WriteHeader(code)
			_, _ = io.WriteString(w, "because very-secret")
		}
	}
	for _, c := range []struct {
		why    string
		answer http.HandlerFunc
		want   notifier.Outcome
		after  time.Duration
		error  string
	}{
		{"200", status(200), notifier.Delivered, 0, ""},
		{"204", status(204), notifier.Delivered, 0, ""},
		{"400 is for ever", status(400), notifier.Rejected, 0, "400 Bad Request: because"},
		{"401 is for ever", status(401), notifier.Rejected, 0, "401"},
		{"404 is for ever", status(404), notifier.Rejected, 0, "404"},
		{"408 is for later", status(408), notifier.Refused, 0, "408"},
		{"429 in seconds", status(429, "Retry-After", "30"), notifier.Refused, 30 * time.Second, "429"},
		{"429 at a time, by the server's own clock", status(429, "Retry-After", "Sun, 22 Nov 2026 14:10:00 GMT", "Date", "Sun, 22 Nov 2026 14:09:00 GMT"), notifier.Refused, time.Minute, "429"},
		{"429 in a year is an hour", status(429, "Retry-After", "31536000"), notifier.Refused, time.Hour, "429"},
		{"429 with nonsense", status(429, "Retry-After", "soon"), notifier.Refused, 0, "429"},
		{"500 is for later", status(500), notifier.Refused, 0, "500"},
		{"503 with a time", status(503, "Retry-After", "5"), notifier.Refused, 5 * time.Second, "503"},
		{"a redirect without a place", status(307), notifier.Rejected, 0, "307"},
		{"silence: nobody knows", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, notifier.Unknown, 0, "deadline exceeded"},
		{"cut after the body: nobody knows", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, notifier.Unknown, 0, "EOF"},
		{"cut after the head: it was taken", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "10")
			w.WriteHeader(200)
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}, notifier.Delivered, 0, ""},
	} {
		t.Run(c.why, func(t *testing.T) {
			r := newReceiver(t, c.answer)
			limit := plenty
			if strings.HasPrefix(c.why, "silence") {
				limit = little
			}
			end := sendWithin(t, limit, Settings{URL: attempt.Secret{Value: config.Secret(r.URL + "/very-secret")}, Secret: attempt.Secret{Value: "very-secret"}})
			if end.Outcome != c.want || end.RetryAfter != c.after || !strings.Contains(end.Error, c.error) || (end.Error == "") != (c.error == "") {
				t.Errorf("%v, retry after %v, %q", end.Outcome, end.RetryAfter, end.Error)
			}
			if strings.Contains(end.Error, "very-secret") {
				t.Errorf("a secret is in %q", end.Error)
			}
			if n := len(r.got()); n != 1 {
				t.Errorf("%d requests in one attempt", n)
			}
		})
	}
}

// A redirect is followed only if the body goes along.
func TestRedirects(t *testing.T) {
	far := newReceiver(t, func(http.ResponseWriter, *http.Request) {})
	for _, c := range []struct {
		status int
		follow bool
		want   notifier.Outcome
	}{
		{307, true, notifier.Delivered},
		{308, true, notifier.Delivered},
		{301, true, notifier.Rejected},
		{302, true, notifier.Rejected},
		{303, true, notifier.Rejected},
		{307, false, notifier.Rejected},
	} {
		near := newReceiver(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, far.URL, c.status) })
		cfg := config.DefaultHTTPClientConfig
		cfg.FollowRedirects = c.follow
		before := len(far.got())
		end := send(t, Settings{URL: attempt.Secret{Value: config.Secret(near.URL)}, HTTPConfig: &cfg})
		if end.Outcome != c.want {
			t.Errorf("%d, follow %v: %+v", c.status, c.follow, end)
		}
		if taken := far.got()[before:]; c.want == notifier.Delivered && (len(taken) != 1 || !strings.Contains(string(taken[0]), "ApiLatencyP95")) {
			t.Errorf("%d: the far end got %q", c.status, taken)
		}
	}
}

// A kept connection that is cut under a request: net/http would send the body a
// second time by itself, since it has an idempotency key. An attempt is one.
func TestOneRequestInAnAttempt(t *testing.T) {
	var cut atomic.Bool
	r := newReceiver(t, func(http.ResponseWriter, *http.Request) {
		if cut.Load() {
			panic(http.ErrAbortHandler)
		}
	})
	sender, err := New(Settings{URL: attempt.Secret{Value: config.Secret(r.URL)}}, messagetest.Maker(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []notifier.Outcome{notifier.Delivered, notifier.Unknown} {
		before := len(r.got())
		if end := sender.Send(t.Context(), messagetest.Cases()[0].Delivery); end.Outcome != want {
			t.Errorf("%+v, want %v", end, want)
		}
		if n := len(r.got()) - before; n != 1 {
			t.Errorf("%d requests in one attempt", n)
		}
		cut.Store(true)
	}
}

// The headers name the delivery and sign the body.
func TestHeaders(t *testing.T) {
	r := newReceiver(t, func(http.ResponseWriter, *http.Request) {})
	send(t, Settings{URL: attempt.Secret{Value: config.Secret(r.URL)}, Secret: attempt.Secret{Value: "s3cret"}})
	send(t, Settings{URL: attempt.Secret{Value: config.Secret(r.URL)}})
	h := r.headers[0]
	if h.Get("Idempotency-Key") != "id-first" || h.Get("Content-Type") != "application/json" || h.Get("User-Agent") != "tocsin" {
		t.Errorf("headers %v", h)
	}
	if err := Verify("s3cret", h.Get(SignatureHeader), r.got()[0], time.Now(), 5*time.Minute); err != nil {
		t.Errorf("signature %q: %v", h.Get(SignatureHeader), err)
	}
	if got := r.headers[1].Get(SignatureHeader); got != "" {
		t.Errorf("signed %q without a secret", got)
	}
}

func TestVerify(t *testing.T) {
	at := time.Unix(1700000000, 0)
	body := []byte(`{"status":"firing"}`)
	good := Sign("key", body, at)
	// printf '1700000000.{"status":"firing"}' | openssl dgst -sha256 -hmac key
	if want := "t=1700000000,v1=ef38ce0b0e524996c4fd65781fe9f0cd4e6db5727f7a089a95b63b7ba652c5ba"; good != want {
		t.Errorf("signature %q", good)
	}
	for _, c := range []struct {
		why, key, header string
		body             string
		now              time.Time
		ok               bool
	}{
		{"as signed", "key", good, string(body), at, true},
		{"a minute later", "key", good, string(body), at.Add(time.Minute), true},
		{"clocks that differ", "key", good, string(body), at.Add(-time.Minute), true},
		{"played again", "key", good, string(body), at.Add(time.Hour), false},
		{"another body", "key", good, string(body) + " ", at, false},
		{"another key", "other", good, string(body), at, false},
		{"another time", "key", strings.Replace(good, "t=17", "t=18", 1), string(body), at, false},
		{"nothing", "key", "", string(body), at, false},
		{"nonsense", "key", "t=x,v1=zz", string(body), at, false},
		{"no digest", "key", "t=1700000000", string(body), at, false},
	} {
		if err := Verify(c.key, c.header, []byte(c.body), c.now, 5*time.Minute); (err == nil) != c.ok {
			t.Errorf("%s: %v", c.why, err)
		}
	}
}

// Credentials of the HTTP config are used, and read again when they rotate.
func TestHTTPConfig(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	cfg := config.DefaultHTTPClientConfig
	cfg.Authorization = &config.Authorization{Type: "Bearer", CredentialsFile: file}
	r := newReceiver(t, func(http.ResponseWriter, *http.Request) {})
	for _, token := range []string{"one", "two"} {
		if err := os.WriteFile(file, []byte(token), 0o600); err != nil {
			t.Fatal(err)
		}
		if end := send(t, Settings{URL: attempt.Secret{Value: config.Secret(r.URL)}, HTTPConfig: &cfg}); end.Outcome != notifier.Delivered {
			t.Fatalf("%+v", end)
		}
	}
	if one, two := r.headers[0].Get("Authorization"), r.headers[1].Get("Authorization"); one != "Bearer one" || two != "Bearer two" {
		t.Errorf("%q, then %q", one, two)
	}
}

// Before a byte of the body has left, nothing was taken.
func TestNotReached(t *testing.T) {
	r := newReceiver(t, func(http.ResponseWriter, *http.Request) {})
	address := r.URL
	r.Close()
	for _, s := range []Settings{
		{URL: attempt.Secret{Value: config.Secret(address)}},
		{URL: attempt.Secret{Value: "http://no-such-host.invalid/"}},
		{URL: attempt.Secret{Value: "very-secret"}},
		{URL: attempt.Secret{File: "/nonexistent"}},
		{URL: attempt.Secret{Value: config.Secret(address)}, Secret: attempt.Secret{File: "/nonexistent"}},
	} {
		if end := send(t, s); end.Outcome != notifier.Refused || end.Error == "" || strings.Contains(end.Error, "very-secret") {
			t.Errorf("%+v", end)
		}
	}
}
