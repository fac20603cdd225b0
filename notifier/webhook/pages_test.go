package webhook

import (
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/prometheus/common/config"

	"tocsin/notifier"
	"tocsin/notifier/attempt"
	"tocsin/notifier/message/messagetest"
)

// However many alerts are rendered at a time, the body is the same.
func TestPages(t *testing.T) {
	for _, c := range messagetest.Cases() {
		var want string
		for _, size := range []int{page, 1, 3} {
			s, err := New(Settings{}, messagetest.Maker(t))
			if err != nil {
				t.Fatal(err)
			}
			s.page = size
			body, m, err := s.build(t.Context(), c.Delivery)
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(body.reader())
			if err != nil || int64(len(got)) != body.size() {
				t.Fatalf("%d bytes of %d: %v", len(got), body.size(), err)
			}
			got = append(got, m.Note("")...)
			if size == page {
				want = string(got)
			} else if string(got) != want {
				t.Errorf("%s by %d:\n%s\nwant\n%s", c.Name, size, got, want)
			}
		}
	}
}

// BenchmarkBody renders what a webhook is told of 50,000 alerts.
func BenchmarkBody(b *testing.B) {
	s, err := New(Settings{}, messagetest.Maker(b))
	if err != nil {
		b.Fatal(err)
	}
	var d notifier.Delivery
	for _, c := range messagetest.Cases() {
		if c.Name == "many" {
			d = c.Delivery
		}
	}
	for alerts := d.Firing; len(d.Firing) < 50_000; {
		d.Firing = append(d.Firing, alerts...)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := s.build(b.Context(), d); err != nil {
			b.Fatal(err)
		}
	}
}

// A body in parts is signed, sent and sent on as one.
func TestParts(t *testing.T) {
	far := newReceiver(t, func(http.ResponseWriter, *http.Request) {})
	near := newReceiver(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, far.URL, http.StatusPermanentRedirect)
	})
	s, err := New(Settings{URL: attempt.Secret{Value: config.Secret(near.URL)}, Secret: attempt.Secret{Value: "s3cret"}}, messagetest.Maker(t))
	if err != nil {
		t.Fatal(err)
	}
	s.page = 1
	for _, c := range messagetest.Cases() {
		if c.Name != "some-resolved" {
			continue
		}
		if end := s.Send(t.Context(), c.Delivery); end.Outcome != notifier.Delivered {
			t.Fatalf("%+v", end)
		}
		want, err := Build(messagetest.Maker(t).Make(t.Context(), c.Delivery, 0))
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range []*receiver{near, far} {
			if got := r.got(); len(got) != 1 || string(got[0]) != string(want) {
				t.Fatalf("got %q\nwant %q", got, want)
			}
			h := r.headers[0]
			if err := Verify("s3cret", h.Get(SignatureHeader), want, time.Now(), 5*time.Minute); err != nil {
				t.Error(err)
			}
			if r.lengths[0] != int64(len(want)) {
				t.Errorf("announced %d bytes of %d", r.lengths[0], len(want))
			}
		}
	}
}
