package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/common/promslog"

	"tocsin/demo/page"
	"tocsin/demo/world"
	"tocsin/docs"
	"tocsin/evaluator/promlocal"
	"tocsin/notifier/email/mailtest"
	"tocsin/notifier/slack/slacktest"
)

type demoCommand struct {
	Listen string `name:"web.listen-address" default:"127.0.0.1:9480" placeholder:"HOST:PORT" help:"Address of the demo's page (default ${default}); port 0 takes a free one."`
	Daemon string `name:"daemon.listen-address" default:"127.0.0.1:0" placeholder:"HOST:PORT" help:"Address of the daemon's own pages (default ${default})."`
}

// Help says what the demo is made of.
func (demoCommand) Help() string {
	return "Everything runs in this process and listens on loopback only: a service that is made up, a Prometheus API over its metrics, answered by the real PromQL engine, the daemon on the starter rules with short intervals, and catchers that keep what would go to Slack and by mail. Nothing is written to disk."
}

// A stage is the demo's world around the daemon.
type stage struct {
	source *promlocal.Source
	world  *world.World
	slack  *slacktest.Server
	mail   *mailtest.Server
	prom   *port
	hooks  *port
	page   *port
	daemon *daemon
}

// lead is how much of the service there is before the demo begins, so that
// rates and timers have something to work with.
const lead = 15 * time.Minute

// Run runs the demo until it is told to stop.
func (c demoCommand) Run(ctx context.Context, w process) error {
	if err := c.loopback(); err != nil {
		return err
	}
	s, err := newStage(ctx, c)
	if err != nil {
		return &exitError{exitBad, err}
	}
	defer func() { _ = s.mail.Close() }()
	loaded, err := s.load()
	if err != nil {
		return err
	}
	s.daemon = &daemon{process: w, log: quiet(w), listen: c.Daemon, load: s.load}
	_, _ = fmt.Fprintf(w.out, "tocsin demo: http://%s\n\nMake something go wrong there, and see what is sent. Stop with Ctrl-C.\n", s.page.address())
	return s.run(ctx, func(ctx context.Context) error { return s.daemon.run(ctx, loaded) })
}

// loopback refuses to show the demo, which asks nobody for a password, to others.
func (c demoCommand) loopback() error {
	for _, address := range []string{c.Listen, c.Daemon} {
		host, _, err := net.SplitHostPort(address)
		if err != nil {
			return usageError("%q is no HOST:PORT: %v", address, err)
		}
		if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			return usageError("%q is not on loopback: the demo asks nobody for a password", address)
		}
	}
	return nil
}

// quiet logs warnings only: the page shows the rest.
func quiet(w process) *slog.Logger {
	c := promslog.Config{Level: promslog.NewLevel(), Writer: w.err}
	_ = c.Level.Set("warn")
	return promslog.New(&c)
}

func newStage(ctx context.Context, c demoCommand) (*stage, error) {
	now := model.TimeFromUnixNano(time.Now().UnixNano())
	s := &stage{source: promlocal.New(promlocal.Options{Retention: time.Hour})}
	s.world = world.New(s.source, now.Add(-lead))
	if err := s.world.Step(now); err != nil {
		return nil, err
	}
	s.slack = slacktest.New(slacktest.Options{
		Token: demoBot, AppToken: demoApp, Channels: []string{"#ops"}, Every: time.Second,
		Users: map[string]string{whoLooks()[0]: whoLooks()[1]},
	})
	var err error
	if s.mail, err = mailtest.Listen(mailtest.Options{}); err != nil {
		return nil, err
	}
	for _, p := range []struct {
		at      **port
		address string
		handler http.Handler
	}{
		{&s.prom, "127.0.0.1:0", s.source.Handler(time.Now)},
		{&s.hooks, "127.0.0.1:0", s.slack},
		{&s.page, c.Listen, s.pages()},
	} {
		if *p.at, err = listen(ctx, p.address, plain(p.handler)); err != nil {
			return nil, errors.Join(err, s.mail.Close())
		}
	}
	return s, nil
}

func (s *stage) pages() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", page.New(page.Options{Look: s.look, Press: s.press, Switch: func(name string, on bool) error {
		return s.world.Set(world.Switch(name), on)
	}}))
	mux.Handle("GET /runbooks/", http.FileServerFS(docs.Runbooks))
	return mux
}

// press presses a button of a message, as whoever looks at the page.
func (s *stage) press(ctx context.Context, p page.Press) error {
	for _, m := range s.slack.Messages() {
		if m.TS == p.TS {
			return s.slack.Press(ctx, m, p.Action, p.Option, whoLooks())
		}
	}
	return fmt.Errorf("there is no message %q", p.TS)
}

// run lets the service live, serves everything, and runs the daemon until the
// end of it all.
func (s *stage) run(ctx context.Context, daemon func(context.Context) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	for _, p := range []*port{s.prom, s.hooks, s.page} {
		wg.Go(func() { cancel(p.run(ctx)) })
	}
	wg.Go(func() { cancel(s.live(ctx)) })
	err := daemon(ctx)
	cancel(nil)
	wg.Wait()
	return err
}

// live scrapes the service every second.
func (s *stage) live(ctx context.Context) error {
	tick := time.NewTicker(world.Scrape)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-tick.C:
			if err := s.world.Step(model.TimeFromUnixNano(now.UnixNano())); err != nil {
				return err
			}
		}
	}
}
