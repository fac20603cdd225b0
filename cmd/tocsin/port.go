package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"tocsin/engine"
	"tocsin/rules/file"
	"tocsin/web"
)

// A port is an HTTP server that listens already, so that a taken address is an
// error before anything runs.
type port struct {
	listener net.Listener
	serve    func(context.Context, net.Listener) error
}

func listen(ctx context.Context, address string, serve func(context.Context, net.Listener) error) (*port, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, err // it says "listen" and where
	}
	return &port{listener, serve}, nil
}

// address is where the port can be reached.
func (p *port) address() string { return p.listener.Addr().String() }

// run serves until ctx ends, and returns what ended it otherwise.
func (p *port) run(ctx context.Context) error { return p.serve(ctx, p.listener) }

// plain serves a handler and nothing around it: the stand-ins of the demo.
func plain(h http.Handler) func(context.Context, net.Listener) error {
	return func(ctx context.Context, l net.Listener) error {
		server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
		failed := make(chan error, 1)
		go func() { failed <- server.Serve(l) }()
		select {
		case err := <-failed:
			return fmt.Errorf("serve: %w", err)
		case <-ctx.Done():
		}
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		err := server.Shutdown(stop)
		if errors.Is(err, context.DeadlineExceeded) { // streams that are open
			err = server.Close()
		}
		if ended := <-failed; !errors.Is(ended, http.ErrServerClosed) {
			err = errors.Join(err, ended)
		}
		return err
	}
}

// open opens the daemon's own port.
func (d *daemon) open(ctx context.Context, l *file.Loaded) (*port, error) {
	p, err := listen(ctx, d.listen, nil)
	if err != nil {
		return nil, err
	}
	if web.RefuseWrites(p.listener.Addr(), d.webConfig) {
		d.log.Warn("everybody who reaches the port may read: --web.config.file says who may", "address", p.address())
	}
	external, err := url.Parse(l.ExternalURL)
	if err != nil || l.ExternalURL == "" {
		external = nil
	}
	handler, err := web.New(web.Options{
		Log: d.log, Stats: d.stats, Started: d.driver.Load().Started(), Reload: d.reload, Explain: d.explain,
		RefuseWrites: web.RefuseWrites(p.listener.Addr(), d.webConfig), ExternalURL: external,
		API: d.api,
	})
	if err != nil {
		return nil, errors.Join(err, p.listener.Close())
	}
	if !l.Metrics {
		handler = without(handler, "/metrics", "/api/metrics/prometheus")
	}
	p.serve = func(ctx context.Context, l net.Listener) error {
		return web.Serve(ctx, l, handler, d.webConfig, d.log)
	}
	return p, nil
}

// without hides paths: PROMETHEUS_ENABLE=false.
func without(h http.Handler, paths ...string) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", h)
	for _, p := range paths {
		mux.Handle(p, http.NotFoundHandler())
	}
	return mux
}

// stats are the figures behind the metrics.
func (d *daemon) stats(ctx context.Context) (web.Stats, error) {
	good, at := d.status.state()
	driver := d.driver.Load()
	out := web.Stats{
		Driver: driver.Stats(), Reload: web.ReloadStats{OK: good, At: at}, Heartbeats: web.HeartbeatStats(driver.Heartbeats()),
	}
	if d.book != nil {
		out.Journal = web.JournalStats(d.book.Stats())
	}
	core := make(chan engine.Stats, 1) // a look that comes too late must not write to out
	err := driver.Look(ctx, func(c *engine.Core) { core <- c.Stats() })
	if err == nil {
		of := <-core
		out.Core = &of
	}
	return out, err
}
