package main

import (
	"context"
	"log/slog"
	"net/url"

	"github.com/prometheus/common/promslog"

	"tocsin/rules"
	"tocsin/rules/file"
	"tocsin/web"
)

const defaultListen = "127.0.0.1:9470"

type runCommand struct {
	configFlags
	Listen    string `name:"web.listen-address" default:"${listen}" placeholder:"HOST:PORT" help:"Address of the pages and the API (default ${default})."`
	WebConfig string `name:"web.config.file" placeholder:"FILE" help:"TLS, basic auth and client certificates of the port, as of Prometheus' exporter-toolkit."`
	DryRun    bool   `name:"dry-run" help:"Evaluate the real thing, print what would be sent and why, send nothing, write nothing."`
	Once      bool   `help:"With --dry-run: fill the timers from history, evaluate every rule once, print what is pending and firing, and exit."`
	FailOn    string `name:"fail-on" placeholder:"LEVEL" help:"With --once: exit with 1 if an alert fires at this level (warn, error) or above."`
	journalFlags
	logFlags
}

// Help tells what signals do.
func (runCommand) Help() string {
	return "SIGHUP, POST /-/reload and a change of the files read the configuration anew; one with mistakes is refused whole. SIGTERM stops within 10 s and loses nothing.\n\n" +
		"Exit codes of --once: 0 nothing fires at --fail-on, 1 something does, 3 a source was down and the picture is incomplete."
}

type logFlags struct {
	Level  string `name:"log.level" enum:"debug,info,warn,error" default:"info" placeholder:"LEVEL" help:"Least severe lines to log: debug, info, warn, error (default ${default})."`
	Format string `name:"log.format" enum:"logfmt,json" default:"logfmt" placeholder:"FORMAT" help:"Form of log lines: logfmt, json (default ${default})."`
}

func (f logFlags) logger(w process) (*slog.Logger, error) {
	c := promslog.Config{Level: promslog.NewLevel(), Format: promslog.NewFormat(), Writer: w.err}
	if err := c.Level.Set(f.Level); err != nil {
		return nil, err
	}
	if err := c.Format.Set(f.Format); err != nil {
		return nil, err
	}
	return promslog.New(&c), nil
}

// Run runs the daemon until it is told to stop.
func (c runCommand) Run(ctx context.Context, w process) error {
	level, err := c.validate()
	if err != nil {
		return err
	}
	log, err := c.logger(w)
	if err != nil {
		return err
	}
	if c.Format == "json" && !c.Once {
		w.problems = log
	}
	if err := c.pin(); err != nil {
		return err
	}
	loaded, err := c.load(w, c.DryRun)
	if err != nil {
		return err
	}
	if c.Once {
		return once(ctx, w, loaded, level)
	}
	return c.daemon(w, log).run(ctx, loaded)
}

func (c runCommand) daemon(w process, log *slog.Logger) *daemon {
	return &daemon{
		process: w, log: log, listen: c.Listen, webConfig: c.WebConfig, dryRun: c.DryRun, journal: c.journalFlags,
		load: func() (*file.Loaded, error) { return c.load(w, c.DryRun) },
	}
}

// validate checks the flags against one another and returns the level of
// --fail-on, OK if there is none.
func (c runCommand) validate() (rules.Level, error) {
	if c.Once && !c.DryRun {
		return rules.OK, usageError("--once needs --dry-run: it evaluates once and sends nothing")
	}
	if err := c.journalFlags.validate(c.DryRun); err != nil {
		return rules.OK, err
	}
	if c.ExternalURL != "" && !absolute(c.ExternalURL) {
		return rules.OK, usageError("--web.external-url: %q is not an absolute http or https URL", c.ExternalURL)
	}
	if err := web.CheckConfig(c.WebConfig); err != nil {
		return rules.OK, &exitError{exitUsage, err}
	}
	if c.FailOn == "" {
		return rules.OK, nil
	}
	level, err := rules.ParseLevel(c.FailOn)
	if err != nil || level == rules.OK {
		return rules.OK, usageError("--fail-on: %q is not warn or error", c.FailOn)
	}
	if !c.Once {
		return rules.OK, usageError("--fail-on belongs to --once")
	}
	return level, nil
}

func absolute(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https")
}
