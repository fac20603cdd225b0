package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

// A port is the HTTP server of the daemon.
type port struct {
	server   *http.Server
	listener net.Listener
}

// address is where the port can be reached.
func (p *port) address() string { return p.listener.Addr().String() }

// open opens the port, so that a taken one is an error before anything runs.
func (d *daemon) open(ctx context.Context) (*port, error) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /-/healthy", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("tocsin is healthy.\n")) })
	mux.HandleFunc("GET /-/ready", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("tocsin is ready.\n")) })
	mux.HandleFunc("POST /-/reload", func(w http.ResponseWriter, r *http.Request) {
		if err := d.reload(r.Context()); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})
	return openPort(ctx, d.listen, mux)
}

func openPort(ctx context.Context, address string, h http.Handler) (*port, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	return &port{&http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}, listener}, nil
}

// run serves until ctx ends, and returns what ended it otherwise.
func (p *port) run(ctx context.Context) error {
	failed := make(chan error, 1)
	go func() { failed <- p.server.Serve(p.listener) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	err := p.server.Shutdown(stop)
	if <-failed; errors.Is(err, context.DeadlineExceeded) {
		return p.server.Close()
	}
	return err
}
