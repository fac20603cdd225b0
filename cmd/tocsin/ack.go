package main

import (
	"context"
	"net/http"
	"regexp"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/web/people"
)

// selectors say which alerts are meant.
type selectors struct {
	Selectors []string `arg:"" optional:"" name:"selector" complete:"nothing" help:"Fingerprints, as tocsin alerts prints them, or matchers, all of which match. A first one without an operator is the name of an alert."`
	Episode   string   `placeholder:"ID" help:"The alert of this episode, as messages name it."`
}

var fingerprint = regexp.MustCompile(`^[0-9a-f]{16}$`)

// selection tells fingerprints from matchers.
func (s selectors) selection() (people.Selection, error) {
	out := people.Selection{Episode: s.Episode}
	var rest []string
	for _, arg := range s.Selectors {
		if fingerprint.MatchString(arg) {
			out.Alerts = append(out.Alerts, people.Which{Fingerprint: arg})
		} else {
			rest = append(rest, arg)
		}
	}
	if len(s.Selectors) == 0 && s.Episode == "" {
		return out, usageError("which alerts? name matchers, fingerprints or --episode")
	}
	ms, err := people.ParseArguments(rest)
	if err != nil {
		return out, &exitError{exitUsage, err}
	}
	out.Matchers = people.NewMatchers(ms)
	return out, nil
}

type ackCommand struct {
	selectors
	Comment string `short:"c" help:"What is being done about it."`
	For     string `placeholder:"DURATION" help:"For how long, such as 2h; else until the alert is over."`
	Level   string `enum:"warn,error," default:"" placeholder:"LEVEL" help:"Up to which level: warn, error; else up to the alert's own. A raise above it is told."`
	Author  string `short:"a" placeholder:"NAME" help:"Who takes it on (default: the user here)."`
	remoteFlags
}

// Run takes alerts on and lists them.
func (c ackCommand) Run(ctx context.Context, w process) error {
	selection, err := c.selection()
	if err != nil {
		return err
	}
	if c.For != "" {
		if d, err := model.ParseDuration(c.For); err != nil || d == 0 {
			return usageError("--for: %q is no duration such as 30m, 2h or 1d", c.For)
		}
	}
	ack := people.Acknowledge{Selection: selection, By: c.Author, Comment: c.Comment, Level: c.Level, For: c.For}
	if ack.By == "" {
		ack.By = w.user()
	}
	return c.acknowledgements(ctx, w, http.MethodPost, ack)
}

type unackCommand struct {
	selectors
	remoteFlags
}

// Run takes acknowledgements back and lists the alerts.
func (c unackCommand) Run(ctx context.Context, w process) error {
	selection, err := c.selection()
	if err != nil {
		return err
	}
	return c.acknowledgements(ctx, w, http.MethodDelete, selection)
}

// acknowledgements changes them and prints the alerts as they are then.
func (f remoteFlags) acknowledgements(ctx context.Context, w process, method string, in any) error {
	daemon, err := f.remote(w)
	if err != nil {
		return err
	}
	var out people.Acknowledged
	if err := daemon.ask(ctx, method, "/api/tocsin/v1/acknowledgements", in, &out); err != nil {
		return err
	}
	if f.Output == "json" {
		return writeJSON(w.out, out.Alerts)
	}
	return alertTable(out.Alerts, time.Now()).write(w.out)
}
