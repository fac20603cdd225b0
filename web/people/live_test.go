package people_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"tocsin/engine"
	"tocsin/engine/live"
	"tocsin/evaluator"
	"tocsin/notifier"
	"tocsin/rules"
	"tocsin/store/memory"
	"tocsin/web/people"
)

// A house is a real driver over one rule and one series, told to one receiver.
type house struct {
	engine.Store // of the driver that runs
	disk         memory.Disk
	driver       *live.Driver
	handler      http.Handler

	mu    sync.Mutex
	value float64
	full  bool // the disk
	post  []string
}

func (h *house) Do(ctx context.Context, in engine.Input) error { return h.driver.Do(ctx, in) }

func (h *house) Look(ctx context.Context, f func(people.Core)) error {
	return h.driver.Look(ctx, func(c *engine.Core) { f(c) })
}

func (h *house) Ask(context.Context, engine.Ask) evaluator.Answer {
	h.mu.Lock()
	defer h.mu.Unlock()
	return evaluator.Answer{
		Samples: []evaluator.Sample{{Value: h.value}},
		Parse:   func(string) (labels.Labels, error) { return labels.EmptyLabels(), nil },
	}
}

func (h *house) Send(_ context.Context, d notifier.Delivery) notifier.Settled {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.post = append(h.post, d.Level.String())
	return notifier.Settled{ID: d.ID, Attempt: d.Attempt, Outcome: notifier.Delivered}
}

func (h *house) Commit(ctx context.Context, rows []rules.Row) error {
	h.mu.Lock()
	full := h.full
	h.mu.Unlock()
	if full {
		return errors.New("disk full")
	}
	return h.Store.Commit(ctx, rows)
}

// set changes the series and the disk, and lets a minute pass.
func (h *house) set(value float64, full bool) {
	h.mu.Lock()
	h.value, h.full = value, full
	h.mu.Unlock()
	time.Sleep(time.Minute)
}

func (h *house) posts() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return strings.Join(h.post, " ")
}

func houseConfig() *rules.Config {
	level := func(above float64) *rules.LevelRule {
		return &rules.LevelRule{Threshold: rules.Threshold{Side: rules.Above, High: above, ClearHigh: above}}
	}
	return &rules.Config{
		Rules: []*rules.Rule{{
			Key: "g/Load", Revision: "1", Alert: "Load", Group: "g", PhaseKey: "g", Source: "p", Expr: "x",
			Interval: 15 * time.Second, Levels: rules.Levels{Warn: level(70), Error: level(90)},
		}},
		Route: &rules.Route{
			ID: "{}", Receiver: "team", GroupBy: []string{"alertname"},
			GroupWait: time.Second, GroupInterval: 10 * time.Second, RepeatInterval: 4 * time.Hour,
		},
		Receivers: []rules.Receiver{{Name: "team", Integrations: []rules.Integration{
			{Key: "w", Kind: "webhook", Receiver: "team", SendResolved: true, Timeout: 10 * time.Second},
		}}},
		Sources:  []rules.Source{{Name: "p", Timeout: 5 * time.Second, DownAfter: time.Hour, Concurrency: 4}},
		Severity: rules.SeverityLabels{Warn: "warning", Error: "critical"},
		Limits:   rules.Limits{SeriesPerRule: 10, ActiveAlerts: 10},
	}
}

// lives runs a driver on what the disk holds while f acts. It does not stop in
// order: what was not kept is gone.
func (h *house) lives(t *testing.T, f func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	h.Store = h.disk.Open()
	cfg := houseConfig()
	h.driver = live.New(live.Options{
		Core: engine.New("test"), Store: h, Config: cfg,
		World: live.World{Sources: map[string]engine.Source{"p": h}, Senders: map[string]engine.Sender{"w": h}},
	})
	mux := http.NewServeMux()
	people.Mount(mux, people.Options{Daemon: h, Config: func() *rules.Config { return cfg }})
	h.handler = mux
	ended := make(chan error, 1)
	go func() { ended <- h.driver.Run(ctx) }()
	<-h.driver.Started()
	f()
	h.disk.Open() // the process is dead, as far as the disk knows
	cancel()
	if err := <-ended; err != nil {
		t.Log(err) // it could not keep its last words
	}
}

func (h *house) ask(t *testing.T, method, path, body string) (status int, answer string) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, "http://localhost"+path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, r)
	return w.Code, strings.TrimSpace(w.Body.String())
}

// done is ask for what must succeed.
func (h *house) done(t *testing.T, method, path, body string) string {
	t.Helper()
	status, answer := h.ask(t, method, path, body)
	if status != 200 {
		t.Fatalf("%s %s: %d %s", method, path, status, answer)
	}
	return answer
}

const loadSilence = `{"matchers":[{"name":"alertname","value":"Load"}],"untilResolved":true,"createdBy":"ada","comment":"at it"}`

// A silence that was answered for is in force after a kill, and holds what it
// matches until it is over (F5).
func TestSilenceSurvivesF5(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &house{}
		var made struct{ SilenceID string }
		h.lives(t, func() {
			h.set(80, false)
			if err := json.Unmarshal([]byte(h.done(t, "POST", "/api/v2/silences", loadSilence)), &made); err != nil {
				t.Fatal(err)
			}
		})
		h.lives(t, func() {
			h.set(95, false)
			if got := h.posts(); got != "warn" {
				t.Errorf("under the silence: %s", got)
			}
			if got := h.done(t, "GET", "/api/v2/silence/"+made.SilenceID, ""); !strings.Contains(got, `"active"`) || !strings.Contains(got, `"matching":1`) {
				t.Errorf("the silence is %s", got)
			}
			if got := h.done(t, "GET", "/api/v2/alerts", ""); !strings.Contains(got, `"silencedBy":["`+made.SilenceID+`"]`) {
				t.Errorf("the alerts are %s", got)
			}
			h.done(t, "DELETE", "/api/v2/silence/"+made.SilenceID, "")
			time.Sleep(time.Minute)
			if got := h.posts(); got != "warn error" {
				t.Errorf("after its end: %s", got)
			}
		})
	})
}

// An acknowledgement holds a raise up to its level, over a kill too; the raise is
// told when it is taken back.
func TestAckSurvives(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &house{}
		h.lives(t, func() {
			h.set(80, false)
			h.done(t, "POST", acks, `{"matchers":[{"name":"alertname","value":"Load"}],"by":"ada","level":"error"}`)
		})
		h.lives(t, func() {
			h.set(95, false)
			if got := h.posts(); got != "warn" {
				t.Errorf("taken on: %s", got)
			}
			var page people.AlertPage
			if err := json.Unmarshal([]byte(h.done(t, "GET", alerts, "")), &page); err != nil || len(page.Alerts) != 1 || page.Alerts[0].HeldBy.Acknowledgement == nil {
				t.Fatalf("%v, %+v", err, page)
			}
			h.done(t, "DELETE", acks, fmt.Sprintf(`{"alerts":[{"fingerprint":%q}]}`, page.Alerts[0].Fingerprint))
			time.Sleep(time.Minute)
			if got := h.posts(); got != "warn error" {
				t.Errorf("taken back: %s", got)
			}
		})
	})
}

// With a full disk, silences and acknowledgements are refused with 503, at the
// first moment and later, while reading goes on; with room they are taken again
// (F13).
func TestFullDiskF13(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &house{}
		h.lives(t, func() {
			h.set(80, false)
			h.mu.Lock()
			h.full = true
			h.mu.Unlock()
			ack := `{"matchers":[{"name":"alertname","value":"Load"}],"by":"ada"}`
			for range 2 {
				var got []int
				for _, path := range []string{"/api/v2/silences", acks} {
					status, _ := h.ask(t, "POST", path, map[string]string{acks: ack, "/api/v2/silences": loadSilence}[path])
					got = append(got, status)
				}
				if !slices.Equal(got, []int{503, 503}) {
					t.Errorf("statuses %v", got)
				}
				h.done(t, "GET", "/api/v2/silences", "")
				time.Sleep(time.Minute)
			}
			h.set(80, false)
			h.done(t, "POST", "/api/v2/silences", loadSilence)
			h.done(t, "POST", acks, ack)
		})
	})
}
