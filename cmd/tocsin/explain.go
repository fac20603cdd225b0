package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/history"
)

type explainCommand struct {
	Alert string `arg:"" help:"Name of the alert, matchers such as 'Latency{route=\"/pay\"}', or an episode or fingerprint."`
	At    string `placeholder:"TIME" help:"Explain how it was then, from the history: 2026-11-22T14:05:00Z, 14:05 (UTC, the last one), or 2h (so long ago)."`
	URL   string `name:"url" default:"http://127.0.0.1:9470" placeholder:"URL" help:"Address of the daemon (default ${default})."`
	JSON  bool   `name:"json" help:"Print what the daemon answers as JSON."`
}

// Help tells the exit codes.
func (explainCommand) Help() string {
	return "Asks a running daemon.\n\nExit codes: 0 answered, 1 the daemon can't be reached or doesn't answer, 2 bad usage."
}

// Run asks the daemon and prints its answer.
func (c explainCommand) Run(ctx context.Context, w process) error {
	address, err := c.address(time.Now())
	if err != nil {
		return err
	}
	body, err := get(ctx, address)
	if err != nil {
		return &exitError{exitBad, err}
	}
	if c.JSON {
		_, err := w.out.Write(body)
		return err
	}
	var e history.Explanation
	if err := json.Unmarshal(body, &e); err != nil {
		return &exitError{exitBad, fmt.Errorf("the answer is not an explanation: %w", err)}
	}
	return history.Write(w.out, e)
}

func (c explainCommand) address(now time.Time) (string, error) {
	if !absolute(c.URL) {
		return "", usageError("--url: %q is not an absolute http or https URL", c.URL)
	}
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
	return strings.TrimRight(c.URL, "/") + "/api/tocsin/v1/explain?" + query.Encode(), nil
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

// mostAnswer bounds what is read of an answer.
const mostAnswer = 64 << 20

// get asks a daemon; its refusal is the error.
func get(ctx context.Context, address string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		if u := (*url.Error)(nil); errors.As(err, &u) { // the address may hold a password
			err = u.Err
		}
		return nil, fmt.Errorf("the daemon at %s: %w", req.URL.Host, err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, mostAnswer))
	if err != nil {
		return nil, fmt.Errorf("the daemon's answer: %w", err)
	}
	if resp.StatusCode != http.StatusOK {
		return nil, refusal(resp.Status, body)
	}
	return body, nil
}

// refusal is what the daemon says against it, in its own words if it has any.
func refusal(status string, body []byte) error {
	var problem struct{ Detail string }
	if json.Unmarshal(body, &problem) == nil && problem.Detail != "" {
		return fmt.Errorf("the daemon refuses: %s", problem.Detail)
	}
	return fmt.Errorf("the daemon answers %s", status)
}
