package live

import (
	"bytes"
	"context"
	"log/slog"
	"math"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"tocsin/engine"
	"tocsin/evaluator"
	"tocsin/rules"
)

// A page is a log that can be read while it is written.
type page struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (p *page) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.Write(b)
}

func (p *page) count(pattern string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(regexp.MustCompile(pattern).FindAllString(p.text.String(), -1))
}

func TestLog(t *testing.T) {
	change := evaluator.Change{Kind: evaluator.Raise, To: rules.Warn, Alert: &evaluator.Alert{
		Name: "A", Labels: labels.FromStrings("job", "api"), Value: rules.Number(math.NaN()), Reason: evaluator.Breached,
	}}
	many := engine.Batch{Notes: []engine.Note{{Text: "answer dropped", Args: []any{"rule", "g/a"}}}}
	for range mostLines + 7 {
		many.Changes = append(many.Changes, change)
	}
	core := &script{wants: []want{{1 * s, many}, {2 * s, sends("a", "none", s)}}}
	for i := range 10 {
		core.wants = append(core.wants, want{time.Duration(3+20*i) * s, asks("none", s)})
	}
	log := &page{}
	synctest.Test(t, func(t *testing.T) {
		d := newDriver(Options{
			Store: &fakeStore{}, Config: &rules.Config{}, Logger: slog.New(slog.NewJSONHandler(log, nil)),
		}, core)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- d.Run(ctx) }()
		time.Sleep(4 * time.Minute)
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	for pattern, want := range map[string]int{
		`"msg":"alert changed".*"kind":"raise","alert":"A","from":"ok","to":"warn".*"value":"NaN"`: mostLines,
		`"msg":"more alerts changed","count":7`:                                                    1,
		`"msg":"core","note":"answer dropped","rule":"g/a"`:                                        1,
		`"level":"WARN","msg":"delivery settled","id":"a","attempt":1`:                             1,
		`"msg":"queries failed","source":"none","count":1`:                                         1,
		`"msg":"queries failed","source":"none","count":3`:                                         3,
		`"msg":"queries failed"`:                                                                   4,
		`"msg":"state loaded"`:                                                                     1,
		`"msg":"stopping"`:                                                                         1,
	} {
		if got := log.count(pattern); got != want {
			t.Errorf("%d lines match %s, want %d", got, pattern, want)
		}
	}
	if t.Failed() {
		t.Log(strings.Join(strings.SplitAfterN(log.text.String(), "\n", 5), ""))
	}
}
