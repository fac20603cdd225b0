package web

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/prometheus/common/version"
)

// healthy says that the process serves. It asks nobody else: a Prometheus or a
// disk that fails is no reason to restart the daemon that reports it.
func healthy(w http.ResponseWriter, _ *http.Request) { text(w, http.StatusOK, "tocsin is healthy.") }

func apiHealth(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, "application/json", map[string]string{"status": "ok", "version": version.Version})
}

// ready says whether all is as it should be, or what isn't, a line each.
func (o Options) ready(w http.ResponseWriter, r *http.Request) {
	reasons := o.unready(r.Context())
	if len(reasons) == 0 {
		text(w, http.StatusOK, "tocsin is ready.")
		return
	}
	text(w, http.StatusServiceUnavailable, "tocsin is not ready:\n"+strings.Join(reasons, "\n"))
}

func (o Options) unready(ctx context.Context) (reasons []string) {
	if o.Started != nil {
		select {
		case <-o.Started:
		default:
			return []string{"it is starting: the first configuration is not in force yet"}
		}
	}
	ctx, cancel := context.WithTimeout(ctx, lookWait)
	defer cancel()
	stats, err := o.Stats(ctx)
	if err != nil || stats.Core == nil {
		reasons = append(reasons, "the core does not answer")
	} else if n := stats.Core.Notifier.Settling; n > 0 {
		reasons = append(reasons, fmt.Sprintf("it is settling: alerts in %d groups wait for their rules to be evaluated", n))
	}
	if stats.Driver.Degraded {
		reasons = append(reasons, "the store is failing: notifications go out without it")
	}
	return reasons
}

func (o Options) reload(w http.ResponseWriter, r *http.Request) {
	if err := o.Reload(r.Context()); err != nil {
		text(w, http.StatusInternalServerError, "failed to reload: "+err.Error())
		return
	}
	text(w, http.StatusOK, "reloaded")
}

func text(w http.ResponseWriter, status int, s string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, s+"\n") //nolint:gosec // plain text and nosniff; the client has gone, if it fails
}

// A problem is an error as RFC 9457 has it.
type problem struct {
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
}

// refuse answers with an error: as a problem in the API, else as text.
func refuse(w http.ResponseWriter, r *http.Request, status int, detail string) {
	if strings.HasPrefix(r.URL.Path, "/api/") {
		writeJSON(w, status, "application/problem+json", problem{http.StatusText(status), status, detail})
		return
	}
	text(w, status, detail)
}

func writeJSON(w http.ResponseWriter, status int, contentType string, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		text(w, http.StatusInternalServerError, err.Error())
		return
	}
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(append(b, '\n')) // the client has gone, if it fails
}
