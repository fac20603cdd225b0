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
	"tocsin/rules/file"
)

// mostBytes bounds an answer: the questions are made so that it is small.
const mostBytes = 64 << 20

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
		loaded, problems, err := p.command.readFrom(p.process, p.files, s.Config, nil)
		if err != nil {
			return file.SourceConfig{}, err
		}
		if loaded == nil { // it can be read, but not with what the environment has
			return file.SourceConfig{}, &exitError{exitBad, refused(problems)}
		}
		configs = loaded.Sources
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
