package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/common/version"

	"tocsin/check"
	"tocsin/check/online"
	"tocsin/engine"
	"tocsin/evaluator"
	"tocsin/evaluator/promapi"
	"tocsin/rules"
	"tocsin/rules/file"
)

// onlineFlags say whether and how a source is asked about the rules.
type onlineFlags struct {
	Online      bool   `help:"Ask the source too: do the metrics, labels and values exist, are results empty, large or slow, was a threshold ever reached."`
	Period      string `name:"online.period" default:"7d" placeholder:"DURATION" help:"How much of the past is looked at."`
	Timeout     string `name:"online.timeout" default:"1m" placeholder:"DURATION" help:"How long one question about the past may take."`
	Concurrency int    `name:"online.concurrency" default:"4" placeholder:"N" help:"Rules to look at at once."`
	MaxTime     string `name:"online.max-time" default:"0s" placeholder:"DURATION" help:"How long all questions may take; the rules that are left are unchecked. 0s is no bound."`
}

// mostBytes bounds an answer: the questions are made so that it is small.
const mostBytes = 64 << 20

// An interview is what sources were asked about the rules, and what came of it.
type interview struct {
	asked   bool
	rules   int
	sources []string // those that answered, with their versions
	result  online.Result
	err     error // of usage
}

// online lets the check ask sources, if it is to.
func (c checkCommand) online(ctx context.Context, w process, o *check.Options) (*interview, error) {
	v := &interview{}
	if !c.Online {
		if len(c.Prometheus) > 0 || c.TrustConfig || c.HTTPConfig != "" {
			return nil, usageError("--prometheus.url, --http.config.file and --trust-config are for --online: without it no source is asked")
		}
		return v, nil
	}
	opts, bound, err := c.onlineFlags.options()
	if err != nil {
		return nil, err
	}
	o.Ask = func(all []check.Subject) []rules.Problem {
		pool := pool{
			command: c, process: w, files: o.Files, timeout: opts.Timeout,
			sources: map[string]prober{}, configs: map[string][]file.SourceConfig{},
		}
		if opts.Subjects, v.err = pool.subjects(all); v.err != nil {
			return nil
		}
		ctx, cancel := context.WithTimeoutCause(ctx, bound, errors.New("the time is up (--online.max-time)"))
		defer cancel()
		bar := w.meter()
		defer bar.end()
		opts.Progress = func(done int) {
			bar.show(float64(done)/float64(len(all)), fmt.Sprintf("%d of %d rules", done, len(all)))
		}
		v.asked, v.rules, v.result = true, len(all), online.Run(ctx, opts)
		v.sources = pool.versions(ctx, v.result.Skipped)
		return v.result.Problems
	}
	return v, nil
}

// options reads the flags.
func (f onlineFlags) options() (o online.Options, bound time.Duration, err error) {
	o = online.Options{Now: model.TimeFromUnixNano(time.Now().UnixNano()), Concurrency: f.Concurrency}
	if f.Concurrency < 1 {
		return o, 0, usageError("--online.concurrency: at least one rule must be looked at at once")
	}
	for _, d := range []struct {
		flag, text string
		least      time.Duration
		into       *time.Duration
	}{
		{"--online.period", f.Period, time.Hour, &o.Period},
		{"--online.timeout", f.Timeout, time.Millisecond, &o.Timeout},
		{"--online.max-time", f.MaxTime, 0, &bound},
	} {
		value, err := model.ParseDuration(d.text)
		if err != nil || time.Duration(value) < d.least {
			return o, 0, usageError("%s: %q is not a duration of at least %s, such as 7d or 30s", d.flag, d.text, model.Duration(d.least))
		}
		*d.into = time.Duration(value)
	}
	if bound == 0 {
		bound = 1 << 60
	}
	return o, bound, nil
}

// summary says in a line what was asked.
func (v *interview) summary() string {
	if !v.asked {
		return ""
	}
	left := v.rules - len(v.result.Unchecked)
	for _, s := range v.result.Skipped {
		left -= s.Rules
	}
	if len(v.sources) == 0 {
		return fmt.Sprintf("online: %d of %s looked at\n", left, countOf(v.rules, "rule"))
	}
	return fmt.Sprintf("online: %d of %s looked at, with %s to %s\n",
		left, countOf(v.rules, "rule"), countOf(int(v.result.Queries), "question"), strings.Join(v.sources, ", "))
}

// gaps say what could not be looked at.
func (v *interview) gaps() (all []string) {
	for _, s := range v.result.Skipped {
		all = append(all, fmt.Sprintf("online checks are skipped for %s, since source %s is down: %s", countOf(s.Rules, "rule"), s.Source, s.Why))
	}
	for _, u := range v.result.Unchecked {
		all = append(all, fmt.Sprintf("%s:%d: %s could not be looked at online: %s", u.Rule.File, u.Rule.Line, u.Rule.Alert, u.Why))
	}
	return all
}

// incomplete is an error if something could not be looked at.
func (v *interview) incomplete() error {
	all := v.gaps()
	if len(all) == 0 {
		return nil
	}
	if n := len(all); n > mostListed {
		all = append(all[:mostListed], fmt.Sprintf("and %d more", n-mostListed))
	}
	return errors.New(strings.Join(all, "\n"))
}

// mostListed is how many gaps are named one by one.
const mostListed = 20

func countOf(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// A pool makes the sources that rules ask, each once.
type pool struct {
	command checkCommand
	process process
	files   file.Files
	timeout time.Duration
	configs map[string][]file.SourceConfig // of configs by name
	sources map[string]prober
	made    []prober // in the order in which rules name them
}

// versions names the sources that answer, with what they call their version.
func (p *pool) versions(ctx context.Context, skipped []online.Skipped) (all []string) {
	for _, s := range p.made {
		if slices.ContainsFunc(skipped, func(x online.Skipped) bool { return x.Source == s.name }) {
			continue
		}
		ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
		version, err := s.source.Version(ctx)
		cancel()
		if err != nil || version == "" {
			all = append(all, s.name)
			continue
		}
		all = append(all, fmt.Sprintf("%s (version %s)", s.name, version))
	}
	return all
}

// subjects gives each rule its source and its bounds.
func (p *pool) subjects(all []check.Subject) (out []online.Subject, err error) {
	for _, s := range all {
		cfg, err := p.config(s)
		if err != nil {
			return nil, err
		}
		source, err := p.source(s.Config, cfg)
		if err != nil {
			return nil, err
		}
		out = append(out, online.Subject{Written: s.Written, Source: source, Timeout: cfg.Timeout, Limit: s.Limits.SeriesPerRule})
	}
	return out, nil
}

// config returns what is known of the source of a rule.
func (p *pool) config(s check.Subject) (file.SourceConfig, error) {
	configs, ok := p.configs[s.Config]
	if !ok {
		loaded, _, err := p.command.readFrom(p.process, p.files, s.Config, nil)
		if err != nil {
			return file.SourceConfig{}, err
		}
		if loaded != nil {
			configs = loaded.Sources
		}
		p.configs[s.Config] = configs
	}
	for _, c := range configs {
		if c.Name == s.Rule.Source {
			return c, nil
		}
	}
	return file.SourceConfig{}, unsourced(s.Rule)
}

// source makes a source. Two configs share one unless each says how to connect to its own.
func (p *pool) source(config string, c file.SourceConfig) (online.Source, error) {
	if !p.command.TrustConfig {
		config = ""
	}
	key := strings.Join(append([]string{config, c.Name}, c.URLs...), "\x00")
	if s, made := p.sources[key]; made {
		return s, nil
	}
	s, err := promapi.New(promapi.Options{
		Name: c.Name, URLs: c.URLs, HTTP: c.HTTP, Timeout: max(p.timeout, c.Timeout), MaxBytes: mostBytes, UserAgent: "tocsin/" + version.Version,
	})
	if err != nil {
		return nil, &exitError{exitUsage, err}
	}
	p.sources[key] = prober{c.Name, s}
	p.made = append(p.made, p.sources[key])
	return p.sources[key], nil
}

// prober is a Prometheus as the checks ask it.
type prober struct {
	name   string
	source *promapi.Source
}

func (p prober) Ask(ctx context.Context, expr string, at model.Time) evaluator.Answer {
	return p.source.Ask(ctx, engine.Ask{Expr: expr, At: at})
}

func (p prober) Range(ctx context.Context, ask online.RangeAsk) ([]online.Series, error) {
	m, err := p.source.Range(ctx, engine.RangeAsk{Expr: ask.Expr, From: ask.From, Until: ask.Until, Step: ask.Step})
	if err != nil {
		return nil, failure(err)
	}
	all := make([]online.Series, 0, len(m.Series))
	for _, s := range m.Series {
		ls, err := m.Parse(s.Raw)
		if err != nil {
			return nil, failure(err)
		}
		all = append(all, online.Series{Labels: ls, Times: s.Times, Values: s.Values})
	}
	return all, nil
}

func (p prober) Words(ctx context.Context, ask online.WordsAsk) ([]string, error) {
	words, err := p.source.Words(ctx, promapi.MetaAsk{Label: ask.Label, Match: ask.Match, From: ask.From, Until: ask.Until})
	return words, failure(err)
}

func failure(err error) error {
	if err == nil {
		return nil
	}
	if f, ok := errors.AsType[*engine.RangeError](err); ok {
		return &online.Failure{Outcome: f.Outcome, Text: f.Text}
	}
	return &online.Failure{Outcome: evaluator.Unavailable, Text: err.Error()}
}
