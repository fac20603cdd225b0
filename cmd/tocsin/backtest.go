package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"tocsin/backtest"
	"tocsin/check"
	"tocsin/engine"
	"tocsin/evaluator/promapi"
	"tocsin/notifier"
	"tocsin/report/past"
	"tocsin/rules"
	"tocsin/rules/file"
)

type backtestCommand struct {
	Files      []string `arg:"" optional:"" help:"A config, or rule files, which replace those that the config names. Default: ${configfile}."`
	ConfigFile string   `name:"config.file" placeholder:"FILE" help:"Config with the routes and receivers, where FILES are rule files."`
	Verify     string   `name:"verify" placeholder:"DIR" help:"Replay the journal of a daemon (tocsin run --journal DIR) instead: does it decide the same? With --prometheus.url, also: what was late, or failed?"`
	pastFlags
	pastReportFlags
}

// pastFlags say which past is looked at, and how much may be asked for it.
type pastFlags struct {
	Since    string `default:"7d" placeholder:"TIME" help:"Begin of the period: how long ago (7d), or an instant (RFC 3339, or seconds since 1970). Default ${default}."`
	Until    string `placeholder:"TIME" help:"End of the period, in the same forms. Default: now."`
	Timezone string `default:"UTC" placeholder:"ZONE" help:"Where people sleep from 22:00 to 07:00, such as Europe/Berlin (default ${default})."`
	sourceFlags
	peopleFlags
	CacheDir    string        `name:"cache.dir" placeholder:"DIR" help:"Where pages of the past are kept (default: tocsin in the user's cache folder)."`
	NoCache     bool          `name:"no-cache" help:"Ask for everything anew, and keep nothing."`
	MaxQueries  int64         `name:"max-queries" placeholder:"N" help:"Stop after so many queries: the result is incomplete (exit 3)."`
	MaxSamples  int64         `name:"max-samples" placeholder:"N" help:"Stop after so many samples."`
	MaxTime     time.Duration `name:"max-time" placeholder:"DURATION" help:"Stop after so long."`
	Concurrency int           `default:"4" placeholder:"N" help:"Queries at once (default ${default})."`
}

// Help tells the exit codes.
func (backtestCommand) Help() string {
	return "Lives through the past as the daemon would have, with what the source knows of it, and tells which notifications would have been sent: after grouping, routing and all gates. Nothing is sent.\n\n" +
		"Exit codes: 0 done, 1 mistakes in the files, or a gate is exceeded, 2 a file can't be opened, or there is no rule, 3 incomplete: the source was down or does not reach back so far, a budget was used up, or the run was interrupted; what is known until then is told.\n\n" +
		"With --verify: 0 the daemon would decide the same again, 1 it would not, 2 there is no journal, 3 the journal has a hole, or history could not be had."
}

// Run backtests the files.
func (c backtestCommand) Run(ctx context.Context, w process) error {
	w.saveMemory()
	if c.Verify != "" {
		return c.verify(ctx, w)
	}
	asked, err := c.asked()
	if err != nil {
		return err
	}
	period, err := c.period(time.Now())
	if err != nil {
		return err
	}
	loaded, err := c.loadPast(w, c.ConfigFile, c.Files)
	if err != nil {
		return err
	}
	wanted, err := c.incidents(w)
	if err != nil {
		return err
	}
	result, err := c.run(ctx, w, loaded, period)
	if err != nil {
		return err
	}
	result.Judge(wanted)
	err = c.write(w, asked, period, func(format string, out io.Writer, o past.Options) error {
		return past.Write(format, out, result, o)
	})
	if err != nil {
		return err
	}
	return c.judge(result, incomplete(result))
}

// incomplete is exit 3 if not everything is known.
func incomplete(results ...*backtest.Result) error {
	for _, r := range results {
		if len(r.Incomplete) > 0 {
			return &exitError{exitIncomplete, errors.New("the result is incomplete: " + r.Incomplete[0])}
		}
	}
	return nil
}

// loadPast reads what is to be lived through: a config, rule files, or both.
func (f pastFlags) loadPast(w process, config string, files []string) (*file.Loaded, error) {
	read := remember()
	config, files, err := sortFiles(read, config, files)
	if err != nil {
		return nil, err
	}
	loaded, problems, err := f.readFrom(w, read, config, files)
	if err != nil {
		return nil, err
	}
	if err := w.showMistakes(read, problems); err != nil {
		return nil, err
	}
	if loaded == nil {
		return nil, &exitError{exitBad, refused(problems)}
	}
	if len(loaded.Core.Rules) == 0 {
		return nil, noRules(slices.DeleteFunc(append(files, config), func(name string) bool { return name == "" })...)
	}
	return loaded, f.sourced(loaded)
}

// noRules says that there is nothing to live through: that is no clean result.
func noRules(names ...string) error {
	return usageError("there is no alert in the rules of %s: nothing to look at", strings.Join(names, ", "))
}

// showMistakes prints what is wrong.
func (w process) showMistakes(files file.Files, problems []rules.Problem) error {
	return check.Render(w.err, mistakes(problems), files.Read, w.color(w.err))
}

// mistakes are the problems that count here: warnings are for `check`, except that a
// pattern without files may be why nothing is told.
func mistakes(problems []rules.Problem) []rules.Problem {
	return slices.DeleteFunc(slices.Clone(problems), func(p rules.Problem) bool {
		return p.Warning && p.Code != string(file.CodeNoMatch)
	})
}

// sortFiles finds the config among the files.
func sortFiles(from file.Files, config string, files []string) (_ string, _ []string, err error) {
	if len(files) == 0 && config == "" {
		if config, err = orDefault(); err != nil {
			return "", nil, err
		}
	}
	var ruleFiles []string
	for _, pattern := range files {
		names, err := from.Glob(pattern)
		if err != nil || len(names) == 0 {
			names = []string{pattern}
		}
		for _, name := range names {
			src, err := from.Read(name)
			switch {
			case err != nil:
				return "", nil, &exitError{exitUsage, err}
			case !file.IsConfig(src):
				ruleFiles = append(ruleFiles, name)
			case config != "" && config != name:
				return "", nil, usageError("%s and %s are two configs: one at a time", config, name)
			default:
				config = name
			}
		}
	}
	if config != "" {
		if err := readable(config); err != nil {
			return "", nil, err
		}
	}
	return config, ruleFiles, nil
}

// sourced makes sure that there is a source for each rule.
func (f pastFlags) sourced(l *file.Loaded) error {
	known := map[string]bool{}
	for _, s := range l.Sources {
		known[s.Name] = true
	}
	for _, r := range l.Core.Rules {
		if known[r.Source] {
			continue
		}
		return unsourced(r)
	}
	return nil
}

// unsourced says that nobody named the URL of the source of a rule.
func unsourced(r *rules.Rule) error {
	hint := "--prometheus.url URL"
	if r.Source != "default" {
		hint = "--prometheus.url " + r.Source + "=URL"
	}
	return usageError("%s asks the source %q, which has no URL: say %s, or --trust-config", r.Alert, r.Source, hint)
}

// askTimeout is how long one page may take: it holds many instants.
const askTimeout = 2 * time.Minute

func (f pastFlags) run(ctx context.Context, w process, l *file.Loaded, p period) (*backtest.Result, error) {
	pages, sources, err := f.pages(l, l.Core.Rules, p)
	if err != nil {
		return nil, err
	}
	render, err := messages(l, sources)
	if err != nil {
		return nil, err
	}
	defer context.AfterFunc(ctx, w.stopSignals)() // the first one ends the run, with what is known by then
	bar := w.meter()
	defer bar.end()
	o := f.options(l, pages, p, render)
	o.Progress = p.progress(bar)
	if o.Silences, err = f.silences(); err != nil {
		return nil, err
	}
	return backtest.Run(ctx, o)
}

func (pastFlags) options(l *file.Loaded, pages *backtest.Pages, p period, render rendering) backtest.Options {
	return backtest.Options{Config: l.Core, Pages: pages, Since: p.since, Until: p.until, Zone: p.zone, Render: render}
}

// A rendering writes a message as people would read it.
type rendering func(context.Context, notifier.Delivery) string

// settles is how long after an instant its samples may still come.
const settles = 15 * time.Minute

// pages is the past of the sources of a configuration.
func (f pastFlags) pages(l *file.Loaded, all []*rules.Rule, p period) (*backtest.Pages, map[string]engine.Source, error) {
	connected, err := connectPast(l, askTimeout)
	if err != nil {
		return nil, nil, err
	}
	pasts, sources := map[string]backtest.Past{}, map[string]engine.Source{}
	for name, s := range connected {
		pasts[name], sources[name] = s, s
	}
	return backtest.NewPages(backtest.PagesOptions{
		Sources: pasts, Rules: all, Until: p.until, Cache: f.cache(l, p), Concurrency: f.Concurrency,
		Budget: &backtest.Budget{MaxQueries: f.MaxQueries, MaxSamples: f.MaxSamples, MaxTime: f.MaxTime},
	}), sources, nil
}

func (f pastFlags) cache(l *file.Loaded, p period) *backtest.Cache {
	if f.NoCache {
		return nil
	}
	dir := f.CacheDir
	if dir == "" {
		home, err := os.UserCacheDir()
		if err != nil {
			return nil // a machine without one has no cache
		}
		dir = filepath.Join(home, "tocsin")
	}
	identity := map[string]string{}
	for _, s := range l.Sources {
		identity[s.Name] = s.URLs[0]
		if s.HTTP != nil { // who asks may decide what is there, such as a tenant; secrets are not in it
			identity[s.Name] += "\n" + s.HTTP.String()
		}
	}
	c := &backtest.Cache{Dir: dir, Identity: identity, Settled: p.now.Add(-settles), Parse: promapi.ParseLabels}
	_ = c.Prune(cacheBytes) // what can't be removed takes room, no more
	return c
}

// cacheBytes is how large the cache may be between two runs.
const cacheBytes = 1 << 30

// messages renders deliveries as people would read them.
func messages(l *file.Loaded, sources map[string]engine.Source) (rendering, error) {
	maker, err := newMaker(l, sources)
	if err != nil {
		return nil, &exitError{exitBad, err}
	}
	return func(ctx context.Context, d notifier.Delivery) string {
		m := maker.Make(ctx, d, printedAlerts)
		return m.Plain()
	}, nil
}
