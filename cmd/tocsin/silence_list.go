package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"tocsin/rules"
	"tocsin/web/people"
)

type silenceList struct {
	Matchers []string `arg:"" optional:"" name:"matcher" complete:"nothing" help:"Only silences that have these matchers."`
	Expired  bool     `help:"List those that are over, too."`
	remoteFlags
}

// Run lists silences.
func (c silenceList) Run(ctx context.Context, w process) error {
	ms, err := people.ParseArguments(c.Matchers)
	if err != nil {
		return &exitError{exitUsage, err}
	}
	daemon, err := c.remote(w)
	if err != nil {
		return err
	}
	query := url.Values{"expired": {fmt.Sprint(c.Expired)}}
	for _, m := range ms {
		query.Add("filter", m.String())
	}
	var all []people.Silence
	if err := daemon.ask(ctx, http.MethodGet, "/api/v2/silences?"+query.Encode(), nil, &all); err != nil {
		return err
	}
	if c.Output == "json" {
		return writeJSON(w.out, all)
	}
	t, err := silenceTable(all, time.Now())
	if err != nil {
		return err
	}
	return t.write(w.out)
}

func silenceTable(all []people.Silence, now time.Time) (*table, error) {
	t := &table{heads: []string{"ID", "STATE", "WHEN", "MATCHES", "MATCHERS", "BY", "COMMENT"}}
	for _, s := range all {
		ms, err := people.ParseMatchers(s.Matchers)
		if err != nil {
			return nil, fmt.Errorf("silence %s: %w", s.ID, err)
		}
		t.add(s.ID, string(s.Status.State), when(s, now), fmt.Sprint(s.Matching), ms.String(), s.CreatedBy, s.Comment)
	}
	return t, nil
}

// when says how long a silence still lasts, or when it begins, or is over since.
func when(s people.Silence, now time.Time) string {
	switch s.Status.State {
	case rules.SilencePending:
		return "in " + span(s.StartsAt.Sub(now)) + " for " + span(s.EndsAt.Sub(s.StartsAt))
	case rules.SilenceExpired:
		return span(now.Sub(s.EndsAt)) + " ago"
	case rules.SilenceActive:
	}
	if s.UntilResolved {
		return "until resolved, " + span(s.EndsAt.Sub(now)) + " at most"
	}
	return "for " + span(s.EndsAt.Sub(now))
}

type silenceExpire struct {
	IDs []string `arg:"" name:"id" complete:"nothing" help:"Ids of silences, as silence add and silence list print them."`
	remoteFlags
}

// Run ends silences: all that there are, whichever of them there aren't.
func (c silenceExpire) Run(ctx context.Context, w process) error {
	daemon, err := c.remote(w)
	if err != nil {
		return err
	}
	var failed error
	for _, id := range c.IDs {
		err := daemon.ask(ctx, http.MethodDelete, "/api/v2/silence/"+url.PathEscape(id), nil, nil)
		failed = errors.Join(failed, err)
	}
	return failed
}
