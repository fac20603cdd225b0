package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"tocsin/web/people"
)

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
