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
)

// daemonFlags say which daemon is asked and how its answer is printed.
type daemonFlags struct {
	URL    string `name:"url" placeholder:"URL" help:"The running daemon, with user and password if it asks for them. Default: TOCSIN_URL, or http://${listen}."`
	Output string `name:"output" short:"o" enum:"text,json" default:"text" placeholder:"FORMAT" help:"What to print: text, json (default ${default})."`
}

// Bounds of a question to a daemon.
const (
	daemonWait   = 30 * time.Second
	daemonAnswer = 64 << 20
)

func (f daemonFlags) address(w process) (string, error) {
	address, from := f.URL, "--url"
	if address == "" {
		address, _ = w.getenv("TOCSIN_URL")
		from = "TOCSIN_URL"
	}
	if address == "" {
		address = "http://" + defaultListen
	}
	if !absolute(address) {
		return "", usageError("%s is not an absolute http or https URL", from) // it may hold a password
	}
	return strings.TrimRight(address, "/"), nil
}

// get asks the daemon; its refusal is the error.
func (f daemonFlags) get(ctx context.Context, w process, path string) ([]byte, error) {
	address, err := f.address(w)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, daemonWait)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address+path, http.NoBody)
	if err != nil {
		return nil, &exitError{exitUsage, errors.New("the address of the daemon is not a URL")}
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		if u := (*url.Error)(nil); errors.As(err, &u) { // it repeats the address
			err = u.Err
		}
		return nil, &exitError{exitIncomplete, fmt.Errorf("no answer from the daemon at %s: %w", req.URL.Host, err)}
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, daemonAnswer))
	if err = errors.Join(err, resp.Body.Close()); err != nil {
		return nil, &exitError{exitIncomplete, fmt.Errorf("the daemon's answer: %w", err)}
	}
	if resp.StatusCode != http.StatusOK {
		return nil, daemonRefusal(resp, body)
	}
	return body, nil
}

// daemonRefusal is what the daemon says against it, in its own words if it has any.
// What is no fault of the question is incomplete.
func daemonRefusal(resp *http.Response, body []byte) error {
	code := exitBad
	if resp.StatusCode >= http.StatusInternalServerError {
		code = exitIncomplete
	}
	var problem struct{ Detail string }
	if json.Unmarshal(body, &problem) == nil && problem.Detail != "" {
		return &exitError{code, fmt.Errorf("the daemon refuses: %s", problem.Detail)}
	}
	return &exitError{code, fmt.Errorf("the daemon answers %s", resp.Status)}
}
