// Command tocsin watches Prometheus and tells people. This package reads flags
// and the environment and wires the parts together; it decides nothing.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	// Schedules need time zones on machines that have none installed.
	_ "time/tzdata"

	"github.com/alecthomas/kong"

	"tocsin/report/past"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], process{
		in: os.Stdin, out: os.Stdout, err: os.Stderr, getenv: os.LookupEnv, stopSignals: stop,
	}))
}

// A process is what the program has from outside, so that tests can give it
// another one.
type process struct {
	in       io.Reader
	out, err io.Writer
	getenv   func(string) (string, bool)
	// problems takes those of the configuration in place of a drawing on err.
	problems *slog.Logger
	// stopSignals gives signals their default meaning back, so that a second one
	// ends a stop that hangs.
	stopSignals func()
}

// Exit codes, the same for every command.
const (
	exitOK         = 0
	exitBad        = 1 // bad content, a failed test, a gate exceeded
	exitUsage      = 2 // bad usage, or files that can't be opened
	exitIncomplete = 3 // a source was down: never reported as clean
)

// An exitError ends the program with a code. Its text, if any, goes to stderr.
type exitError struct {
	code int
	err  error
}

// Error returns the text of what happened.
func (e *exitError) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

// Unwrap returns what happened.
func (e *exitError) Unwrap() error { return e.err }

func usageError(format string, args ...any) error {
	return &exitError{exitUsage, fmt.Errorf(format, args...)}
}

// cli is the command line. Flags have Prometheus' names.
type cli struct {
	Run        runCommand        `cmd:"" help:"Run the daemon: evaluate the rules, remember, notify."`
	Demo       demoCommand       `cmd:"" help:"Run a whole made-up world in one process on loopback: a web service behind a Prometheus API, the daemon, a Slack and a mail catcher, and a page with switches."`
	Check      checkCommand      `cmd:"" help:"Parse and validate rule files and configs, and show every problem with its place."`
	Test       testCommand       `cmd:"" help:"Run unit tests of rules, routes and notifications: promtool's files and more."`
	Convert    convertCommand    `cmd:"" help:"Make threshold rules of Prometheus rules, and one rule of a pair of warning and critical, where nothing changes by it."`
	NotifyTest notifyTestCommand `cmd:"" name:"notify-test" help:"Send samples through a receiver, marked as a test, and say how each went."`
	Alerts     alertsCommand     `cmd:"" help:"List the alerts of a running daemon: level, value, since when, and what holds them."`
	Explain    explainCommand    `cmd:"" help:"Say in words why an alert did or did not notify: value against thresholds, timers, gates, deliveries."`
	Ack        ackCommand        `cmd:"" help:"Take alerts on: raises up to their level, reminders and escalation are held back."`
	Unack      unackCommand      `cmd:"" help:"Take acknowledgements back."`
	Silence    silenceCommand    `cmd:"" help:"Make, preview, list and end silences of a running daemon."`
	Backtest   backtestCommand   `cmd:"" help:"Replay history: every notification that the rules would have sent."`
	Diff       diffCommand       `cmd:"" help:"Replay history with two versions of the rules: which notifications a change would bring, and which it would spare."`
	Tune       tuneCommand       `cmd:"" help:"Try thresholds, clear values and delays of a rule against history: what each choice would have cost."`
	Schema     schemaCommand     `cmd:"" help:"Print the JSON Schema of a kind of file, for editors."`
	Version    versionCommand    `cmd:"" help:"Print the version."`
	Completion completionCommand `cmd:"" help:"Print a completion script for a shell."`
}

func newParser(c *cli, w process, exit func(int)) (*kong.Kong, error) {
	return kong.New(c,
		kong.Name("tocsin"),
		kong.Description("Watches Prometheus and tells people: warn and error thresholds with hysteresis and debounce, deduplicated notifications to Slack, email and webhooks."),
		kong.Writers(w.out, w.err),
		kong.Exit(exit),
		kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, FlagsLast: true}),
		kong.Vars{"configfile": defaultConfigFile, "listen": defaultListen, "markdownlimit": strconv.Itoa(past.DefaultLimit)},
	)
}

// helpPrinted unwinds the parser after --help.
type helpPrinted struct{ code int }

func run(ctx context.Context, args []string, w process) (code int) {
	defer func() {
		if p := recover(); p != nil {
			help, ok := p.(helpPrinted)
			if !ok {
				panic(p)
			}
			code = help.code
		}
	}()
	var c cli
	parser, err := newParser(&c, w, func(code int) { panic(helpPrinted{code}) })
	if err != nil {
		panic(err) // the struct above is wrong
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		_, _ = fmt.Fprintf(w.err, "tocsin: %v\nTry: tocsin --help\n", err)
		return exitUsage
	}
	parsed.BindTo(ctx, (*context.Context)(nil))
	return w.report(parsed.Run(w, parsed.Model))
}

// report turns the end of a command into an exit code and a line on stderr.
func (w process) report(err error) int {
	if err == nil {
		return exitOK
	}
	code := exitBad
	if exit := (*exitError)(nil); errors.As(err, &exit) {
		code = exit.code
	}
	if text := err.Error(); text != "" {
		_, _ = fmt.Fprintln(w.err, "tocsin: "+text)
	}
	return code
}
