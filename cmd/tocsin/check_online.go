package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/check"
	"tocsin/check/online"
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

// An interview is what sources were asked about the rules, and what came of it.
type interview struct {
	rules   int      // that sources were to be asked about
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
		v.rules, v.result = len(all), online.Run(ctx, opts)
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
	if v.rules == 0 {
		return "" // nothing was to be asked, or there is no rule without mistakes
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
