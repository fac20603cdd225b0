package live_test

import (
	"context"
	"errors"
	"fmt"
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
)

// A house is one rule over one series, told to one receiver: the smallest world
// in which a real core lives through restarts.
type house struct {
	disk  memory.Disk
	began time.Time

	mu    sync.Mutex
	value float64
	takes time.Duration // of a delivery
	full  bool          // the disk
	post  []string
}

func (h *house) Ask(context.Context, engine.Ask) evaluator.Answer {
	h.mu.Lock()
	defer h.mu.Unlock()
	return evaluator.Answer{
		Samples: []evaluator.Sample{{Raw: "", Value: h.value}},
		Parse:   func(string) (labels.Labels, error) { return labels.EmptyLabels(), nil },
	}
}

func (h *house) Send(ctx context.Context, d notifier.Delivery) notifier.Settled {
	h.mu.Lock()
	h.post = append(h.post, fmt.Sprintf("%s %s %s #%d", time.Since(h.began).Round(time.Second), d.Status(), d.Level, d.Attempt)+marks(d))
	takes := h.takes
	h.mu.Unlock()
	select {
	case <-time.After(takes):
		return notifier.Settled{ID: d.ID, Attempt: d.Attempt, Outcome: notifier.Delivered}
	case <-ctx.Done():
		return notifier.Settled{ID: d.ID, Attempt: d.Attempt, Outcome: notifier.Unknown}
	}
}

func marks(d notifier.Delivery) string {
	if len(d.Marks) == 0 {
		return ""
	}
	return " (" + strings.Join(d.Marks, "; ") + ")"
}

func (h *house) set(value float64, takes time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.value, h.takes = value, takes
}

// A breaking store fails while the disk is full.
type breaking struct {
	engine.Store
	house *house
}

func (b breaking) Commit(ctx context.Context, rows []rules.Row) error {
	b.house.mu.Lock()
	full := b.house.full
	b.house.mu.Unlock()
	if full {
		return errors.New("disk full")
	}
	return b.Store.Commit(ctx, rows)
}

func (h *house) fill(full bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.full = full
}

func (h *house) config() *rules.Config {
	return &rules.Config{
		Rules: []*rules.Rule{{
			Key: "g/a", Revision: "1", Alert: "A", Group: "g", PhaseKey: "g", Source: "p", Expr: "x",
			Interval: 15 * time.Second,
			Levels:   rules.Levels{Warn: &rules.LevelRule{Threshold: rules.Threshold{Side: rules.Above, High: 70, ClearHigh: 70}}},
		}},
		Route: &rules.Route{
			ID: "{}", Receiver: "team", GroupBy: []string{"alertname"},
			GroupWait: 10 * time.Second, GroupInterval: time.Minute, RepeatInterval: 4 * time.Hour,
		},
		Receivers: []rules.Receiver{{Name: "team", Integrations: []rules.Integration{
			{Key: "w", Kind: "webhook", Receiver: "team", SendResolved: true, Timeout: 10 * time.Second},
		}}},
		Sources:  []rules.Source{{Name: "p", Timeout: 5 * time.Second, DownAfter: time.Minute, Concurrency: 4}},
		Severity: rules.SeverityLabels{Warn: "warning", Error: "critical"},
		Limits:   rules.Limits{SeriesPerRule: 10, ActiveAlerts: 10},
	}
}

// lives runs a daemon on what the disk holds for a while, then stops it in
// order.
func (h *house) lives(t *testing.T, d time.Duration) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	driver := live.New(live.Options{
		Core: engine.New("test"), Store: breaking{h.disk.Open(), h}, Config: h.config(),
		World: live.World{Sources: map[string]engine.Source{"p": h}, Senders: map[string]engine.Sender{"w": h}},
	})
	ended := make(chan error, 1)
	go func() { ended <- driver.Run(ctx) }()
	time.Sleep(d)
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestRestart(t *testing.T) {
	tests := []struct {
		name string
		live func(t *testing.T, h *house)
		want []string
	}{
		{
			"what was told is not told again after a restart, and is resolved once",
			func(t *testing.T, h *house) {
				h.set(90, 0)
				h.lives(t, 5*time.Minute)
				time.Sleep(time.Hour)
				h.lives(t, 10*time.Minute)
				h.set(10, 0)
				h.lives(t, 10*time.Minute)
				h.lives(t, 10*time.Minute)
			},
			[]string{"21s firing warn #1", "1h15m21s resolved ok #1"},
		},
		{
			"a delivery under way at the stop is waited for and not repeated",
			func(t *testing.T, h *house) {
				h.set(90, 6*time.Second)
				h.lives(t, 23*time.Second)
				h.lives(t, 10*time.Minute)
			},
			[]string{"21s firing warn #1"},
		},
		{
			"a delivery that did not end in time is repeated under its id",
			func(t *testing.T, h *house) {
				h.set(90, 9500*time.Millisecond)
				h.lives(t, 21500*time.Millisecond)
				h.set(90, 0)
				h.lives(t, 10*time.Minute)
			},
			[]string{"21s firing warn #1", "41s firing warn #2"},
		},
		{
			"what is pending at the stop is told after the start",
			func(t *testing.T, h *house) {
				h.set(90, 0)
				h.lives(t, 15*time.Second)
				h.lives(t, 10*time.Minute)
			},
			[]string{"26s firing warn #1"},
		},
		{
			"F13: a disk that is full for a while stops no message, says so in each, and is caught up with",
			func(t *testing.T, h *house) {
				h.set(90, 0)
				time.AfterFunc(5*time.Second, func() { h.fill(true) })
				time.AfterFunc(5*time.Minute, func() { h.fill(false) })
				h.lives(t, 20*time.Minute)
				h.lives(t, 10*time.Minute)
			},
			[]string{
				"21s firing warn #1 (tocsin cannot write to its store: after a restart this may be sent again)",
				"23s firing error #1 (tocsin cannot write to its store: after a restart this may be sent again)",
				"5m23s resolved ok #1",
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := &house{began: time.Now()}
				tt.live(t, h)
				if !slices.Equal(h.post, tt.want) {
					t.Errorf("sent\n got %q\nwant %q", h.post, tt.want)
				}
			})
		})
	}
}
