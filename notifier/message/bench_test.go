package message_test

import (
	"strings"
	"testing"

	"tocsin/notifier"
	"tocsin/notifier/message"
	"tocsin/notifier/message/messagetest"
)

// fifty is a delivery of fifty thousand alerts.
func fifty(tb testing.TB) (*message.Renderer, notifier.Delivery) {
	tb.Helper()
	r, err := message.New(messagetest.Settings())
	if err != nil {
		tb.Fatal(err)
	}
	for _, c := range messagetest.Cases() {
		if c.Name == "many" {
			d := c.Delivery
			for len(d.Firing) < 50000 {
				d.Firing = append(d.Firing, d.Firing...)
			}
			d.Firing = d.Firing[:50000]
			return r, d
		}
	}
	tb.Fatal("no such case")
	return nil, notifier.Delivery{}
}

// A message of fifty thousand alerts, forty of which are shown.
func BenchmarkRenderLargeGroup(b *testing.B) {
	r, d := fifty(b)
	b.ReportAllocs()
	for b.Loop() {
		r.Render(d, 40, nil)
	}
}

// The same for a webhook, which is told of all of them.
func BenchmarkRenderAll(b *testing.B) {
	r, d := fifty(b)
	d.Firing = d.Firing[:1000]
	b.ReportAllocs()
	for b.Loop() {
		m, _ := r.Render(d, 0, nil)
		m.Data(nil)
	}
}

// A source's address may hold a password, which is not for a message.
func TestAddressesArePublic(t *testing.T) {
	s := messagetest.Settings()
	s.SourceURLs = map[string]string{"default": "https://me:very-secret@prometheus.example.org/prom/?token=very-secret"}
	s.ExternalURL = "https://me:very-secret@tocsin.example.org"
	r, err := message.New(s)
	if err != nil {
		t.Fatal(err)
	}
	m, _ := r.Render(messagetest.Cases()[0].Delivery, 0, nil)
	if text := m.Plain(); strings.Contains(text, "very-secret") || !strings.Contains(text, "https://prometheus.example.org/prom/graph?") || !strings.Contains(text, "https://tocsin.example.org") {
		t.Error(text)
	}
	s.SourceURLs["default"] = "https://me:very-secret@%zz"
	if _, err := message.New(s); err == nil || strings.Contains(err.Error(), "very-secret") {
		t.Errorf("error %v", err)
	}
}
