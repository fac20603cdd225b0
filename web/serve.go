package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	toolkit "github.com/prometheus/exporter-toolkit/web"
)

// stopWait is how long requests under way may take when the daemon stops.
const stopWait = time.Second

// CheckConfig reads a web config file (TLS, basic auth, headers; the format is
// that of Prometheus' exporters) and says what is wrong with it. No file is right.
func CheckConfig(file string) error {
	if err := toolkit.Validate(file); err != nil {
		return fmt.Errorf("web config %q: %w", file, err)
	}
	return nil
}

// Serve answers on a listener until ctx ends, and returns what ended it
// otherwise. A web config file, if any, is read again at each connection.
func Serve(ctx context.Context, l net.Listener, h http.Handler, configFile string, log *slog.Logger) error {
	server := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
		BaseContext:       func(net.Listener) context.Context { return ctx },
	}
	failed := make(chan error, 1)
	go func() { failed <- toolkit.Serve(l, server, &toolkit.FlagConfig{WebConfigFile: &configFile}, log) }()
	select {
	case err := <-failed:
		return errors.Join(fmt.Errorf("serve: %w", err), ignoreClosed(l.Close()))
	case <-ctx.Done():
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWait)
	defer cancel()
	err := server.Shutdown(stop)
	if errors.Is(err, context.DeadlineExceeded) {
		err = server.Close() // streams don't end by themselves
	}
	return errors.Join(err, ignoreClosed(<-failed))
}

func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) || errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}
