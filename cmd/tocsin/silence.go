package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/rules"
	"tocsin/web/people"
)

type silenceCommand struct {
	Add     silenceAdd     `cmd:"" help:"Make a silence: show what it matches, then print its id."`
	Preview silencePreview `cmd:"" help:"Show what a silence would match now; none is made."`
	List    silenceList    `cmd:"" help:"List silences that are in force or to come."`
	Expire  silenceExpire  `cmd:"" help:"End silences."`
}

// matcherArgs are the matchers of a silence.
type matcherArgs struct {
	Matchers []string `arg:"" name:"matcher" complete:"nothing" help:"Matchers as in Alertmanager, such as alertname=ApiLatencyP95 or 'route=~/api/.*'. A first one without an operator is the name of an alert."`
}

func (a matcherArgs) parse() ([]people.Matcher, error) {
	ms, err := people.ParseArguments(a.Matchers)
	if err != nil {
		return nil, &exitError{exitUsage, err}
	}
	return people.NewMatchers(ms), nil
}

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

type silencePreview struct {
	matcherArgs
	remoteFlags
}

// Run shows what a silence would match.
func (c silencePreview) Run(ctx context.Context, w process) error {
	ms, err := c.parse()
	if err != nil {
		return err
	}
	daemon, err := c.remote(w)
	if err != nil {
		return err
	}
	preview, err := daemon.preview(ctx, ms)
	if err != nil {
		return err
	}
	if c.Output == "json" {
		err = writeJSON(w.out, preview)
	} else {
		_, err = fmt.Fprintln(w.err, counted(preview.Count))
		err = errors.Join(err, alertTable(preview.Alerts, time.Now()).write(w.out))
	}
	if err == nil && preview.Count == 0 {
		err = &exitError{code: exitBad}
	}
	return err
}

func (r *remote) preview(ctx context.Context, ms []people.Matcher) (p people.Previewed, err error) {
	in := map[string]any{"matchers": ms}
	return p, r.ask(ctx, http.MethodPost, "/api/tocsin/v1/silences/preview", in, &p)
}

func counted(n int) string {
	switch n {
	case 0:
		return "it matches nothing that fires now"
	case 1:
		return "it matches 1 alert that fires now"
	}
	return fmt.Sprintf("it matches %d alerts that fire now", n)
}

// matched names the first alerts of a preview.
func matched(p people.Previewed) string {
	const few = 5
	t := alertTable(p.Alerts[:min(len(p.Alerts), few)], time.Now())
	if len(t.rows) == 0 {
		return ""
	}
	lines := strings.Split(strings.TrimSuffix(t.aligned(), "\n"), "\n")[1:]
	if p.Count > few {
		lines = append(lines, fmt.Sprintf("and %d more", p.Count-few))
	}
	return ":\n  " + strings.Join(lines, "\n  ")
}

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
