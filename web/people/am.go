package people

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/common/version"

	"tocsin/rules"
)

// mountV2 serves Alertmanager's API.
func (o Options) mountV2(mux *http.ServeMux) {
	began := o.now()
	mux.HandleFunc("GET /api/v2/status", func(w http.ResponseWriter, _ *http.Request) { reply(w, http.StatusOK, status(began)) })
	mux.HandleFunc("GET /api/v2/receivers", o.getReceivers)
	mux.HandleFunc("GET /api/v2/silences", o.getSilences)
	mux.HandleFunc("POST /api/v2/silences", o.postSilence)
	mux.HandleFunc("GET /api/v2/silence/{id}", o.getSilence)
	mux.HandleFunc("DELETE /api/v2/silence/{id}", o.deleteSilence)
	mux.HandleFunc("GET /api/v2/alerts", o.getAlerts)
	mux.HandleFunc("GET /api/v2/alerts/groups", o.getGroups)
	mux.HandleFunc("POST /api/v2/alerts", postAlerts)
}

// status says what this is. The configuration is not shown: it may hold secrets.
func status(began time.Time) any {
	return map[string]any{
		"cluster": map[string]any{"status": "disabled", "peers": []any{}},
		"versionInfo": map[string]string{
			"version": version.Version, "revision": version.Revision, "branch": version.Branch,
			"buildUser": version.BuildUser, "buildDate": version.BuildDate, "goVersion": version.GoVersion,
		},
		"config": map[string]string{"original": "# tocsin does not show its configuration\n"},
		"uptime": began.UTC(),
	}
}

type named struct {
	Name string `json:"name"`
}

func (o Options) getReceivers(w http.ResponseWriter, _ *http.Request) {
	all := []named{}
	if cfg := o.config(); cfg != nil {
		for _, r := range cfg.Receivers {
			all = append(all, named{r.Name})
		}
	}
	reply(w, http.StatusOK, all)
}

func (o Options) config() *rules.Config {
	if o.Config == nil {
		return nil
	}
	return o.Config()
}

// postAlerts refuses alerts: those of a Prometheus would be told twice, by its
// rules and by ours.
func postAlerts(w http.ResponseWriter, _ *http.Request) {
	reply(w, http.StatusNotImplemented, "tocsin takes no alerts: it evaluates rules of its own")
}

// reply answers in Alertmanager's manner, in which an error is a text in JSON.
func reply(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the client has gone, if it fails
}

// fail answers with an error, by whose fault it is.
func fail(w http.ResponseWriter, err error) {
	large := (*http.MaxBytesError)(nil)
	switch {
	case errors.As(err, &large):
		reply(w, http.StatusRequestEntityTooLarge, err.Error())
	case errors.Is(err, errUnavailable):
		reply(w, http.StatusServiceUnavailable, err.Error())
	case errors.Is(err, errUnknown):
		reply(w, http.StatusNotFound, err.Error())
	default:
		reply(w, http.StatusBadRequest, err.Error())
	}
}

// flag reads a parameter that is true unless it says otherwise.
func flag(r *http.Request, name string) (bool, error) {
	s := r.URL.Query().Get(name)
	if s == "" {
		return true, nil
	}
	return strconv.ParseBool(s)
}
