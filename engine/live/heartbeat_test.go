package live_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tocsin/engine"
	"tocsin/engine/live"
	"tocsin/evaluator"
	"tocsin/notifier"
)

// A switchboard is a dead man's switch that notes when it was told, and refuses
// while it is broken.
type switchboard struct {
	began time.Time

	mu     sync.Mutex
	broken bool
	book   []string
}

func (s *switchboard) beat(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	deadline, _ := ctx.Deadline()
	s.book = append(s.book, fmt.Sprintf("%s within %s", time.Since(s.began), time.Until(deadline)))
	if s.broken {
		return errors.New("answered 500")
	}
	return nil
}

func (s *switchboard) sent() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.book)
}

func (s *switchboard) set(broken bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.broken = broken
}

// A moody source answers as the house does, or not at all.
type moody struct {
	house *house
	mu    sync.Mutex
	down  bool
}

func (m *moody) Ask(ctx context.Context, a engine.Ask) evaluator.Answer {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.down {
		return evaluator.Answer{Outcome: evaluator.Unavailable, Error: "connection refused"}
	}
	return m.house.Ask(ctx, a)
}

func (m *moody) set(down bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.down = down
}

// What is logged is written by several goroutines.
type heartLog struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *heartLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

// beating returns what the log says of heartbeats.
func (l *heartLog) beating() (all []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for line := range strings.SplitSeq(l.b.String(), "\n") {
		if _, text, ok := strings.Cut(line, `msg="heartbeat `); ok {
			all = append(all, text)
		}
	}
	return all
}

// A monitored is a daemon with a heartbeat, in a bubble.
type monitored struct {
	*live.Driver
	board *switchboard
	moody *moody
	house *house
	log   *heartLog
	world live.World
}

func monitor(t *testing.T, set *live.Heartbeat, test func(t *testing.T, m *monitored)) {
	synctest.Test(t, func(t *testing.T) {
		h := &house{began: time.Now()}
		m := &monitored{board: &switchboard{began: time.Now()}, moody: &moody{house: h}, house: h, log: &heartLog{}}
		if set != nil {
			own := *set
			own.Send = m.board.beat
			set = &own
		}
		m.world = live.World{
			Sources: map[string]engine.Source{"p": m.moody}, Senders: map[string]engine.Sender{"w": h}, Heartbeat: set,
		}
		m.Driver = live.New(live.Options{
			Core: engine.New("test"), Store: h.disk.Open(), Config: h.config(), World: m.world,
			Logger: slog.New(slog.NewTextHandler(m.log, nil)),
		})
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- m.Run(ctx) }()
		test(t, m)
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// Beats come as often as they should, and each has its deadline.
func TestHeartbeat(t *testing.T) {
	monitor(t, &live.Heartbeat{Every: time.Minute, Timeout: 3 * time.Second}, func(t *testing.T, m *monitored) {
		time.Sleep(3*time.Minute + time.Second)
		want := []string{"1m0s within 3s", "2m0s within 3s", "3m0s within 3s"}
		if !slices.Equal(m.board.sent(), want) || m.Heartbeats() != (live.HeartbeatStats{Sent: 3}) {
			t.Errorf("%q, %+v", m.board.sent(), m.Heartbeats())
		}
	})
}

// While no source answers, beats are withheld, and the log says so once.
func TestHeartbeatIsWithheld(t *testing.T) {
	monitor(t, &live.Heartbeat{Every: time.Minute}, func(t *testing.T, m *monitored) {
		time.Sleep(90 * time.Second)
		m.moody.set(true)
		time.Sleep(3 * time.Minute)
		m.moody.set(false)
		time.Sleep(2 * time.Minute)
		if want := []string{"1m0s within 10s", "2m0s within 10s", "5m0s within 10s", "6m0s within 10s"}; !slices.Equal(m.board.sent(), want) {
			t.Errorf("%q", m.board.sent())
		}
		if got := m.Heartbeats(); got != (live.HeartbeatStats{Sent: 4, Withheld: 2}) {
			t.Errorf("%+v", got)
		}
		if want := []string{`withheld" reason="no source has answered since the beat before"`, `sent again"`}; !slices.Equal(m.log.beating(), want) {
			t.Errorf("%q", m.log.beating())
		}
	})
}

// While a message cannot be delivered, the daemon is not at work as far as people
// are concerned.
func TestHeartbeatIsWithheldWhileNobodyIsTold(t *testing.T) {
	monitor(t, &live.Heartbeat{Every: time.Minute}, func(t *testing.T, m *monitored) {
		refusing := refuser{}
		world := m.world
		world.Senders = map[string]engine.Sender{"w": refusing}
		if err := m.Reload(t.Context(), m.house.config(), world); err != nil {
			t.Fatal(err)
		}
		m.house.set(90, 0)
		time.Sleep(8*time.Minute + time.Second)
		if got := m.Heartbeats(); got != (live.HeartbeatStats{Sent: 5, Withheld: 3}) {
			t.Errorf("%+v", got)
		}
		if want := []string{`withheld" reason="a delivery could not be made for more than 5m0s"`}; !slices.Equal(m.log.beating(), want) {
			t.Errorf("%q", m.log.beating())
		}
	})
}

// A refuser takes nothing.
type refuser struct{}

func (refuser) Send(_ context.Context, d notifier.Delivery) notifier.Settled {
	return notifier.Settled{ID: d.ID, Attempt: d.Attempt, Outcome: notifier.Refused, Error: "503"}
}

// A switch that does not answer is no reason to stop.
func TestHeartbeatThatFails(t *testing.T) {
	monitor(t, &live.Heartbeat{Every: time.Minute}, func(t *testing.T, m *monitored) {
		m.board.set(true)
		time.Sleep(2*time.Minute + time.Second)
		m.board.set(false)
		time.Sleep(time.Minute)
		if got := m.Heartbeats(); got != (live.HeartbeatStats{Sent: 1, Failed: 2}) {
			t.Errorf("%+v", got)
		}
		if want := []string{`failed" reason="answered 500"`, `sent again"`}; !slices.Equal(m.log.beating(), want) {
			t.Errorf("%q", m.log.beating())
		}
	})
}

// A reload brings another heartbeat or takes it away, and does not put off the
// next.
func TestHeartbeatAfterReload(t *testing.T) {
	monitor(t, nil, func(t *testing.T, m *monitored) {
		reload := func(h *live.Heartbeat) {
			world := m.world
			world.Heartbeat = h
			if err := m.Reload(t.Context(), m.house.config(), world); err != nil {
				t.Error(err)
			}
		}
		time.Sleep(90 * time.Second)
		for range 6 {
			reload(&live.Heartbeat{Every: 2 * time.Minute, Send: m.board.beat})
			time.Sleep(15 * time.Second)
		}
		reload(nil)
		time.Sleep(10 * time.Minute)
		if want := []string{"2m0s within 10s"}; !slices.Equal(m.board.sent(), want) {
			t.Errorf("%q", m.board.sent())
		}
	})
}

// A stop does not wait for a switch that hangs.
func TestHeartbeatThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &house{began: time.Now()}
		ctx, cancel := context.WithCancel(t.Context())
		driver := live.New(live.Options{
			Core: engine.New("test"), Store: h.disk.Open(), Config: h.config(),
			World: live.World{
				Sources: map[string]engine.Source{"p": h}, Senders: map[string]engine.Sender{"w": h},
				Heartbeat: &live.Heartbeat{Every: time.Minute, Timeout: time.Hour, Send: func(ctx context.Context) error {
					<-ctx.Done()
					return ctx.Err()
				}},
			},
		})
		ended := make(chan error, 1)
		go func() { ended <- driver.Run(ctx) }()
		time.Sleep(61 * time.Second)
		began := time.Now()
		cancel()
		if err := <-ended; err != nil || time.Since(began) > time.Second {
			t.Errorf("%v after %s", err, time.Since(began))
		}
		if got := driver.Heartbeats(); got != (live.HeartbeatStats{}) {
			t.Errorf("a beat that the stop cut short counts: %+v", got)
		}
	})
}
