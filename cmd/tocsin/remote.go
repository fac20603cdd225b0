package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os/user"
	"strings"
	"time"

	"github.com/prometheus/common/version"

	"tocsin/notifier/message"
)

// remoteFlags say which daemon is meant and how to print what it says.
type remoteFlags struct {
	URL    string `name:"url" placeholder:"URL" help:"The running daemon, with user and password if it asks for them. Default: TOCSIN_URL, or http://${listen}."`
	Output string `name:"output" short:"o" enum:"text,json" default:"text" placeholder:"FORMAT" help:"What to print: text, json (default ${default})."`
}

// Bounds of a request to the daemon.
const (
	remoteWait = 30 * time.Second
	mostAnswer = 64 << 20
)

// A remote is a running daemon.
type remote struct {
	base *url.URL
	http *http.Client
}

func (f remoteFlags) remote(w process) (*remote, error) {
	address, from := f.URL, "--url"
	if address == "" {
		address, _ = w.getenv("TOCSIN_URL")
		from = "TOCSIN_URL"
	}
	if address == "" {
		address = "http://" + defaultListen
	}
	base, err := url.Parse(address)
	if err != nil || !absolute(address) {
		return nil, usageError("%s is not an absolute http or https URL", from) // it may hold a password
	}
	return &remote{base, &http.Client{Timeout: remoteWait}}, nil
}

// name is the daemon's address as it may be printed.
func (r *remote) name() string {
	return (&url.URL{Scheme: r.base.Scheme, Host: r.base.Host, Path: r.base.Path}).String()
}

// ask makes a request and reads the answer, each in JSON unless it is nil. The
// path may have a query.
func (r *remote) ask(ctx context.Context, method, path string, in, out any) error {
	req, err := r.request(ctx, method, path, in)
	if err != nil {
		return err
	}
	resp, err := r.http.Do(req)
	if err != nil {
		var inner *url.Error // it repeats the address
		if errors.As(err, &inner) {
			err = inner.Err
		}
		return &exitError{exitIncomplete, fmt.Errorf("no answer from %s: %w", r.name(), err)}
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, mostAnswer))
	err = errors.Join(err, resp.Body.Close())
	switch {
	case err != nil:
		return &exitError{exitIncomplete, fmt.Errorf("the answer of %s: %w", r.name(), err)}
	case resp.StatusCode != http.StatusOK:
		return r.refusal(resp.StatusCode, body)
	case out == nil:
		return nil
	}
	if err := json.Unmarshal(body, out); err != nil {
		return &exitError{exitIncomplete, fmt.Errorf("the answer of %s is not tocsin's: %w", r.name(), err)}
	}
	return nil
}

func (r *remote) request(ctx context.Context, method, path string, in any) (*http.Request, error) {
	body := []byte{}
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return nil, err
		}
	}
	to := *r.base
	to.User = nil
	path, to.RawQuery, _ = strings.Cut(path, "?")
	to.Path = strings.TrimRight(to.Path, "/") + path
	req, err := http.NewRequestWithContext(ctx, method, to.String(), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if login := r.base.User; login != nil {
		password, _ := login.Password()
		req.SetBasicAuth(login.Username(), password)
	}
	req.Header.Set("User-Agent", "tocsin/"+version.Version)
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return req, nil
}

// refusal is what the daemon said in place of an answer. What is no fault of the
// request is incomplete.
func (r *remote) refusal(status int, body []byte) error {
	code := exitBad
	if status >= http.StatusInternalServerError {
		code = exitIncomplete
	}
	if status == http.StatusUnauthorized {
		return &exitError{code, fmt.Errorf("%s asks for a user and a password: put them into --url or TOCSIN_URL, as in https://user:password@host", r.name())}
	}
	var problem struct {
		Detail string
		Errors []struct{ Message, Location string }
	}
	text := ""
	switch {
	case json.Unmarshal(body, &text) == nil && text != "":
	case json.Unmarshal(body, &problem) == nil && problem.Detail != "":
		text = problem.Detail
		for _, e := range problem.Errors {
			text += "; " + strings.TrimPrefix(e.Location+": "+e.Message, ": ")
		}
	default:
		text = fmt.Sprintf("%s says %d %s", r.name(), status, http.StatusText(status))
	}
	return &exitError{code, errors.New(message.Clean(text))}
}

// writeJSON prints an answer for programs.
func writeJSON(out io.Writer, v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	_, err = out.Write(append(b, '\n'))
	return err
}

// user is who sits at this terminal; empty if nobody knows.
func (w process) user() string {
	for _, name := range []string{"USER", "LOGNAME", "USERNAME"} {
		if v, ok := w.getenv(name); ok && v != "" {
			return v
		}
	}
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return ""
}
