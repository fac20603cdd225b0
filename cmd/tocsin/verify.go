package main

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/engine"
	"tocsin/journal"
	"tocsin/rules/file"
)

// verify gives a core what the journal of a daemon says that the daemon was given, and
// says whether it decides the same; with sources, also where they now say something
// else than the daemon saw.
func (c backtestCommand) verify(ctx context.Context, w process) error {
	if len(c.Files) > 0 || c.ConfigFile != "" {
		return usageError("--verify takes no files: the journal holds the rules that were in force")
	}
	asked, err := c.reportFlags.asked("text")
	if err != nil {
		return err
	}
	bar := w.meter()
	defer bar.end()
	replayed, err := journal.Verify(ctx, c.Verify, journal.VerifyOptions{
		Progress: func(done float64) { bar.show(done, "replaying") },
	})
	if err != nil {
		return &exitError{exitUsage, err}
	}
	compared, err := c.compare(ctx, w, replayed, bar)
	if err != nil {
		return err
	}
	bar.end()
	for _, a := range asked {
		if err := a.write(w, func(out *bytes.Buffer) error { return writeVerified(out, replayed, compared) }); err != nil {
			return err
		}
	}
	switch {
	case !replayed.Same():
		return &exitError{exitBad, errors.New("from what it was given, the daemon would decide otherwise now")}
	case !replayed.Complete():
		return &exitError{exitIncomplete, errors.New("a part of the journal could not be verified: " + replayed.Holes[0])}
	case compared != nil && len(compared.Errors) > 0:
		return &exitError{exitIncomplete, errors.New("not all could be compared with history: " + compared.Errors[0])}
	}
	return nil
}

func writeVerified(out *bytes.Buffer, replayed *journal.Report, compared *journal.Comparison) error {
	if err := replayed.Write(out); err != nil || compared == nil {
		return err
	}
	var b strings.Builder
	compared.Write(&b)
	_, err := out.WriteString(b.String())
	return err
}

// compare compares what the daemon saw with what the sources say now; nil if none has
// a URL.
func (c backtestCommand) compare(ctx context.Context, w process, r *journal.Report, bar *meter) (*journal.Comparison, error) {
	urls, err := c.urls(w)
	if err != nil || len(urls) == 0 {
		return nil, err
	}
	http, err := c.http()
	if err != nil {
		return nil, err
	}
	loaded := &file.Loaded{}
	for _, s := range r.Sources() {
		loaded.Sources = append(loaded.Sources, file.SourceConfig{Source: *s})
	}
	loaded.Sources = c.allowed(loaded.Sources, urls, http)
	known := map[string]bool{}
	for _, s := range loaded.Sources {
		known[s.Name] = len(s.URLs) > 0
	}
	seen, endSeen, err := c.history(ctx, loaded, r)
	if err != nil {
		return nil, err
	}
	defer endSeen()
	lived, endLived, err := c.history(ctx, loaded, r)
	if err != nil {
		return nil, err
	}
	defer endLived()
	return journal.Compare(ctx, c.Verify, journal.CompareOptions{
		Seen: seen, Lived: lived, Known: func(name string) bool { return known[name] },
		Progress: func(done float64) { bar.show(done, "comparing with history") },
	})
}

// history is the past of the sources for the rules of a journal, for one pass through
// it.
func (c backtestCommand) history(ctx context.Context, l *file.Loaded, r *journal.Report) (engine.Source, func(), error) {
	pages, _, err := c.pages(l, r.Rules(), period{
		since: r.From, until: r.Until, now: model.TimeFromUnixNano(time.Now().UnixNano()),
	})
	if err != nil {
		return nil, nil, err
	}
	pages.Lenient = true
	_, end := pages.Open(ctx)
	return pages, end, nil
}
