package web

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"
)

// Options are what the daemon tells its port. Log, Stats and Reload are needed.
type Options struct {
	Log *slog.Logger
	// Stats returns the figures of now.
	Stats func(ctx context.Context) (Stats, error)
	// Started is closed when the first configuration is in force; nil if it is.
	Started <-chan struct{}
	// Reload reads the configuration anew and puts it in force, or says why not.
	Reload func(ctx context.Context) error
	// Explain, if set, says why an alert did or did not notify, as of a time; the zero
	// time is now. Its answer is served as JSON.
	Explain func(ctx context.Context, alert string, at time.Time) (any, error)

	// RefuseWrites refuses everything that would change something, see
	// RefuseWrites.
	RefuseWrites bool
	// ExternalURL is how people reach the port; nil if it is not known. Its host
	// is let in on loopback, and pages of its origin may write.
	ExternalURL *url.URL
	// API, if set, adds the paths below /api/ by which people act on the daemon.
	API func(mux *http.ServeMux)
	// Pages, if set, adds more to what is served, in place of an index.
	Pages func(mux *http.ServeMux)
}

// New returns all that the port serves.
func New(o Options) (http.Handler, error) {
	metrics, err := metricsHandler(o)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /-/healthy", healthy)
	mux.HandleFunc("GET /-/ready", o.ready)
	mux.HandleFunc("POST /-/reload", o.reload)
	mux.HandleFunc("PUT /-/reload", o.reload)
	mux.Handle("GET /metrics", metrics)
	mux.HandleFunc("GET /api/health", apiHealth)
	mux.Handle("GET /api/metrics/prometheus", metrics)
	if o.API != nil {
		o.API(mux)
	}
	if o.Explain != nil {
		mux.HandleFunc("GET /api/tocsin/v1/explain", o.explain)
	}
	if o.Pages != nil {
		o.Pages(mux)
	} else {
		mux.HandleFunc("GET /{$}", o.index)
	}
	return o.guard(mux)
}

// guard puts what every request passes before the mux, the first outermost.
func (o Options) guard(mux *http.ServeMux) (http.Handler, error) {
	origins := http.NewCrossOriginProtection()
	if o.ExternalURL != nil {
		origin := o.ExternalURL.Scheme + "://" + o.ExternalURL.Host
		if err := origins.AddTrustedOrigin(origin); err != nil {
			return nil, fmt.Errorf("external URL %q: %w", o.ExternalURL.Redacted(), err)
		}
	}
	origins.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		refuse(w, r, http.StatusForbidden, "a page of another site may not do this")
	}))
	h := o.writeGuard(limited(mux))
	h = origins.Handler(h)
	h = o.hostGuard(h)
	return o.observed(h), nil
}
