package people_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"tocsin/engine"
	"tocsin/evaluator"
	"tocsin/notifier"
	"tocsin/rules"
	"tocsin/web/people"
)

// start is when the tests take place.
var start = time.Date(2026, 11, 22, 14, 0, 0, 0, time.UTC)

// A daemon is a core as people see it, without one that decides.
type daemon struct {
	now      time.Time
	silences []notifier.SilenceStatus
	alerts   []notifier.AlertView
	fails    error // of every act
	stuck    error // of every look
	acts     []engine.Input
	trusted  bool
	mux      *http.ServeMux // made at the first request
}

func newDaemon() *daemon { return &daemon{now: start} }

func (d *daemon) Do(_ context.Context, in engine.Input) error {
	if d.fails != nil {
		return d.fails
	}
	d.acts = append(d.acts, in)
	switch in := in.(type) {
	case engine.Silenced:
		d.silences = slices.DeleteFunc(d.silences, func(s notifier.SilenceStatus) bool { return s.ID == in.ID })
		d.silences = append(d.silences, notifier.SilenceStatus{Silence: in.Silence, Matching: d.matching(in.Silence)})
	case engine.Unsilenced:
		for i := range d.silences {
			if s := &d.silences[i]; s.ID == in.ID {
				s.EndsAt = d.at()
			}
		}
	case engine.Acked:
		for i := range d.alerts {
			for _, a := range in.Acks {
				if d.alerts[i].Alert.Episode == a.Episode {
					d.alerts[i].Ack = &a
				}
			}
		}
	case engine.Unacked:
		for i := range d.alerts {
			if slices.Contains(in.Alerts, notifier.AlertID{Rule: d.alerts[i].Alert.Rule, Instance: d.alerts[i].Alert.Instance}) {
				d.alerts[i].Ack = nil
			}
		}
	}
	return nil
}

func (d *daemon) matching(s rules.Silence) (n int) {
	for _, a := range d.alerts {
		if rules.Matches(s.Matchers, a.Labels) {
			n++
		}
	}
	return n
}

func (d *daemon) Look(_ context.Context, f func(people.Core)) error {
	if d.stuck != nil {
		return d.stuck
	}
	f(d)
	return nil
}

func (d *daemon) Silences(f func(notifier.SilenceStatus)) {
	for _, s := range d.silences {
		f(s)
	}
}

func (d *daemon) AlertViews(f func(notifier.AlertView)) {
	for _, a := range d.alerts {
		f(a)
	}
}

func (d *daemon) at() model.Time { return model.TimeFromUnixNano(d.now.UnixNano()) }

// fire adds an alert at a level; its labels are in pairs.
func (d *daemon) fire(level rules.Level, pairs ...string) *notifier.AlertView {
	ls := labels.FromStrings(append([]string{"severity", map[rules.Level]string{rules.Warn: "warning", rules.Error: "critical"}[level]}, pairs...)...)
	name, n := ls.Get("alertname"), string(rune('a'+len(d.alerts)))
	began := d.at().Add(-10 * time.Minute)
	d.alerts = append(d.alerts, notifier.AlertView{
		Labels: ls, Fingerprint: "f" + n, Receivers: []string{"web"},
		Groups: []notifier.Group{{Key: "{}:" + name, Route: "{}", Labels: labels.FromStrings("alertname", name)}},
		Alert: evaluator.Alert{
			Rule: "g/" + name, Instance: n, Episode: "e" + n, Name: name, Level: level, Notify: level,
			StartsAt: began, LevelSince: began.Add(time.Minute), Value: 0.618, Bound: 0.5, Side: rules.Above,
			Unit: "seconds", Reason: evaluator.Breached, Source: "default",
		},
	})
	return &d.alerts[len(d.alerts)-1]
}

func (d *daemon) handler() http.Handler {
	if d.mux != nil {
		return d.mux
	}
	d.mux = http.NewServeMux()
	people.Mount(d.mux, d.options())
	return d.mux
}

func (d *daemon) options() people.Options {
	return people.Options{
		Daemon: d, Now: func() time.Time { return d.now }, Trusted: d.trusted,
		Config: func() *rules.Config {
			return &rules.Config{
				Receivers: []rules.Receiver{{Name: "web"}, {Name: "ops"}},
				Route:     &rules.Route{ID: "{}", Receiver: "web"},
			}
		},
		Describe: func(_ context.Context, _ time.Time, all []notifier.AlertView) (out []people.Description) {
			for _, a := range all {
				out = append(out, people.Description{
					Annotations: map[string]string{"summary": a.Labels.Get("alertname") + " is bad"},
					Summary:     a.Labels.Get("alertname") + " is bad", Versus: "618 ms > 500 ms", Graph: "http://prom/graph",
				})
			}
			return out
		},
	}
}

// ask makes a request, with a body if there is one, and returns the answer.
func (d *daemon) ask(t *testing.T, method, path, body string) (status int, answer string) {
	t.Helper()
	return d.askAs(t, "", method, path, body)
}

func (d *daemon) askAs(t *testing.T, user, method, path, body string) (status int, answer string) {
	t.Helper()
	r := httptest.NewRequest(method, "http://localhost"+path, strings.NewReader(body))
	if body == "" {
		r.Body = http.NoBody
	} else {
		r.Header.Set("Content-Type", "application/json")
	}
	if user != "" {
		r.SetBasicAuth(user, "secret")
	}
	w := httptest.NewRecorder()
	r.Body = http.MaxBytesReader(w, r.Body, 1<<20) // as package web does
	d.handler().ServeHTTP(w, r)
	b, err := io.ReadAll(w.Result().Body)
	if err != nil {
		t.Fatal(err)
	}
	return w.Code, strings.TrimSpace(string(b))
}

// get reads an answer that must be good.
func get[T any](t *testing.T, d *daemon, path string) (v T) {
	t.Helper()
	return asked[T](t, d, http.MethodGet, path, "")
}

func asked[T any](t *testing.T, d *daemon, method, path, body string) (v T) {
	t.Helper()
	status, answer := d.ask(t, method, path, body)
	if status != http.StatusOK {
		t.Fatalf("%s %s: %d %s", method, path, status, answer)
	}
	if err := json.Unmarshal([]byte(answer), &v); err != nil {
		t.Fatalf("%s %s: %v in %s", method, path, err, answer)
	}
	return v
}

// silence posts a silence and returns its id.
func (d *daemon) silence(t *testing.T, body string) string {
	t.Helper()
	return asked[struct{ SilenceID string }](t, d, http.MethodPost, "/api/v2/silences", body).SilenceID
}

var errDisk = errors.New("the store is failing")
