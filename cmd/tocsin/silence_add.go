package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/web/people"
)

type silenceAdd struct {
	matcherArgs
	Duration      string `short:"d" placeholder:"DURATION" help:"For how long, such as 30m, 2h or 1d."`
	UntilResolved bool   `name:"until-resolved" help:"Until nothing that it matches fires any more; for 30 days at most, or --duration."`
	Start         string `placeholder:"TIME" help:"When it begins, as in 2026-11-22T14:00:00Z (default now)."`
	End           string `placeholder:"TIME" help:"When it ends, in place of --duration."`
	Comment       string `short:"c" help:"Why."`
	Author        string `short:"a" placeholder:"NAME" help:"Who makes it (default: the user here)."`
	Yes           bool   `short:"y" help:"Ask nothing, however much or little it matches."`
	remoteFlags
}

// mostUnasked is how many alerts a silence may match without a question.
const mostUnasked = 20

// Run shows what a silence matches and makes it.
func (c silenceAdd) Run(ctx context.Context, w process) error {
	silence, err := c.silence(w, time.Now())
	if err != nil {
		return err
	}
	daemon, err := c.remote(w)
	if err != nil {
		return err
	}
	preview, err := daemon.preview(ctx, silence.Matchers)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintln(w.err, counted(preview.Count)+matched(preview)); err != nil {
		return err
	}
	if !c.Yes && (preview.Count == 0 || preview.Count > mostUnasked) && terminal(w.in) {
		if err := w.agreed("Make it all the same?"); err != nil {
			return err
		}
	}
	var made struct {
		SilenceID string `json:"silenceID"`
	}
	if err := daemon.ask(ctx, http.MethodPost, "/api/v2/silences", silence, &made); err != nil {
		return err
	}
	if c.Output == "json" {
		return writeJSON(w.out, made)
	}
	_, err = fmt.Fprintln(w.out, made.SilenceID)
	return err
}

// silence is what the flags ask for.
func (c silenceAdd) silence(w process, now time.Time) (people.PostableSilence, error) {
	ms, err := c.parse()
	if err != nil {
		return people.PostableSilence{}, err
	}
	s := people.PostableSilence{Matchers: ms, CreatedBy: c.Author, Comment: c.Comment}
	if s.CreatedBy == "" {
		s.CreatedBy = w.user()
	}
	if c.UntilResolved {
		s.UntilResolved = &c.UntilResolved
	}
	begin := now
	if c.Start != "" {
		if begin, err = time.Parse(time.RFC3339, c.Start); err != nil {
			return s, usageError("--start: %q is no time such as %s", c.Start, now.UTC().Format(time.RFC3339))
		}
		s.StartsAt = &begin
	}
	s.EndsAt, err = c.end(begin)
	return s, err
}

// end is when the silence ends; nil if that is not said.
func (c silenceAdd) end(begin time.Time) (*time.Time, error) {
	switch {
	case c.Duration != "" && c.End != "":
		return nil, usageError("--duration and --end say the same: give one of them")
	case c.Duration != "":
		d, err := model.ParseDuration(c.Duration)
		if err != nil || d == 0 {
			return nil, usageError("--duration: %q is no duration such as 30m, 2h or 1d", c.Duration)
		}
		end := begin.Add(time.Duration(d))
		return &end, nil
	case c.End != "":
		end, err := time.Parse(time.RFC3339, c.End)
		if err != nil {
			return nil, usageError("--end: %q is no time such as %s", c.End, begin.UTC().Format(time.RFC3339))
		}
		return &end, nil
	case !c.UntilResolved:
		return nil, usageError("for how long? --duration=2h, --end=TIME or --until-resolved")
	}
	return nil, nil
}

// agreed asks a person, and is an error unless they say yes.
func (w process) agreed(question string) error {
	if _, err := fmt.Fprint(w.err, question+" [y/N] "); err != nil {
		return err
	}
	line, _ := bufio.NewReader(w.in).ReadString('\n')
	if answer := strings.ToLower(strings.TrimSpace(line)); answer != "y" && answer != "yes" {
		return &exitError{exitBad, errors.New("nothing was done")}
	}
	return nil
}
