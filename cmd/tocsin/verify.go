package main

import (
	"context"
	"errors"

	"tocsin/journal"
)

// verifyCommand replays a journal. It is `backtest --verify` by another name.
type verifyCommand struct {
	Dir string `arg:"" placeholder:"DIR" help:"Folder of the journal."`
	sourceFlags
}

// Run verifies a journal.
func (c verifyCommand) Run(ctx context.Context, w process) error {
	return verifyJournal(ctx, w, c.Dir, c.sourceFlags)
}

// verifyJournal gives a core what the journal of a daemon says that the daemon was
// given, and says whether it decides the same; with sources, also where they now say
// something else than the daemon saw.
func verifyJournal(ctx context.Context, w process, dir string, _ sourceFlags) error {
	meter := w.meter()
	report, err := journal.Verify(ctx, dir, journal.VerifyOptions{
		Progress: func(done float64) { meter.show(done, "replaying "+dir) },
	})
	meter.end()
	if err != nil {
		return &exitError{exitUsage, err}
	}
	if err := report.Write(w.out); err != nil {
		return err
	}
	switch {
	case !report.Same():
		return &exitError{exitBad, errors.New("the core decides otherwise than the daemon did")}
	case !report.Complete():
		return &exitError{exitIncomplete, errors.New("the journal is not complete")}
	}
	return nil
}
