package main

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/prometheus/common/promslog"

	"tocsin/rules"
	"tocsin/rules/file"
)

const defaultListen = "127.0.0.1:9470"

type runCommand struct {
	configFlags
	Listen    string `name:"web.listen-address" default:"${listen}" placeholder:"HOST:PORT" help:"Address of the pages and the API (default ${default})."`
	WebConfig string `name:"web.config.file" placeholder:"FILE" help:"TLS, basic auth and client certificates of the port, as of Prometheus' exporter-toolkit."`
	DryRun    bool   `name:"dry-run" help:"Evaluate the real thing, print what would be sent and why, send nothing, write nothing."`
	Once      bool   `help:"With --dry-run: fill the timers from history, evaluate every rule once, print what is pending and firing, and exit."`
	FailOn    string `name:"fail-on" enum:",warn,error" default:"" placeholder:"LEVEL" help:"With --once: exit with 1 if an alert fires at this level (warn, error) or above."`
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
	if err := c.validate(); err != nil {
		return err
	}
	loaded, err := c.load(w, c.DryRun)
	if err != nil {
		return err
	}
	if c.Once {
		level := rules.OK
		if c.FailOn != "" {
			if level, err = rules.ParseLevel(c.FailOn); err != nil {
				return err
			}
		}
		return once(ctx, w, loaded, level)
	}
	log, err := c.logger(w)
	if err != nil {
		return err
	}
	d := &daemon{
		process: w, log: log, listen: c.Listen, webConfig: c.WebConfig, dryRun: c.DryRun,
		load: func() (*file.Loaded, error) { return c.load(w, c.DryRun) },
	}
	return d.run(ctx, loaded)
}

func (c runCommand) validate() error {
	if c.Once && !c.DryRun {
		return usageError("--once needs --dry-run: it evaluates once and sends nothing")
	}
	if c.FailOn != "" && !c.Once {
		return fmt.Errorf("--fail-on: %w", usageError("it belongs to --once"))
	}
	return nil
}
