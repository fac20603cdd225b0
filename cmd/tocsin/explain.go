package main

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/history"
)

type explainCommand struct {
	Alert string `arg:"" complete:"nothing" help:"Name of the alert, matchers such as 'Latency{route=\"/pay\"}', or an episode or fingerprint."`
	At    string `placeholder:"TIME" help:"Explain how it was then, from the history: 2026-11-22T14:05:00Z, 14:05 (UTC, the last one), or 2h (so long ago)."`
	remoteFlags
}

// Help tells the exit codes.
func (explainCommand) Help() string {
	return "Asks a running daemon.\n\nExit codes: 0 answered, 1 refused, or nothing is known of it, 2 bad usage, 3 the daemon can't be reached."
}

// Run asks the daemon and prints its answer.
func (c explainCommand) Run(ctx context.Context, w process) error {
	path, err := c.path(time.Now())
	if err != nil {
		return err
	}
	daemon, err := c.remote(w)
	if err != nil {
		return err
	}
	var e history.Explanation
	if err := daemon.ask(ctx, http.MethodGet, path, nil, &e); err != nil {
		return err
	}
	if err := c.show(w, e); err != nil {
		return err
	}
	if c.At == "" && len(e.Alerts)+len(e.Rules) == 0 {
		return &exitError{code: exitBad} // the answer has said so
	}
	return nil
}

func (c explainCommand) show(w process, e history.Explanation) error {
	if c.Output == "json" {
		return writeJSON(w.out, e)
	}
	return history.Write(w.out, e)
}

// path is what the daemon is asked.
func (c explainCommand) path(now time.Time) (string, error) {
	if _, err := history.ParseQuery(c.Alert); err != nil {
		return "", &exitError{exitUsage, err}
	}
	query := url.Values{"alert": {c.Alert}}
	if c.At != "" {
		at, err := moment(c.At, now)
		if err != nil {
			return "", err
		}
		query.Set("at", at.UTC().Format(time.RFC3339Nano))
	}
	return "/api/tocsin/v1/explain?" + query.Encode(), nil
}

// moment reads a time as people write it: whole, a time of the day in UTC, or how
// long ago.
func moment(text string, now time.Time) (time.Time, error) {
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at, nil
	}
	for _, form := range []string{"15:04", "15:04:05"} {
		if t, err := time.Parse(form, text); err == nil {
			day := now.UTC().Truncate(24 * time.Hour)
			at := day.Add(time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute + time.Duration(t.Second())*time.Second)
			if at.After(now) {
				at = at.Add(-24 * time.Hour)
			}
			return at, nil
		}
	}
	if d, err := model.ParseDuration(text); err == nil {
		return now.Add(-time.Duration(d)), nil
	}
	return time.Time{}, usageError("--at: %q is no time: write 2026-11-22T14:05:00Z, 14:05, or 2h", text)
}
