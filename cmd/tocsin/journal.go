package main

import (
	"cmp"

	sizes "github.com/alecthomas/units"
	"github.com/prometheus/common/version"

	"tocsin/engine/live"
	"tocsin/journal"
)

// journalFlags say whether a daemon takes down what it is given and what it does.
type journalFlags struct {
	Journal         string           `name:"journal" placeholder:"DIR" help:"Folder to take down in what the daemon is given and what it decides, for tocsin backtest --verify. Holds no secrets."`
	JournalSize     sizes.Base2Bytes `name:"journal.size" default:"1GiB" placeholder:"SIZE" help:"How large the journal may become before its oldest files are removed (default ${default})."`
	JournalFileSize sizes.Base2Bytes `name:"journal.file-size" default:"64MiB" placeholder:"SIZE" help:"How large one of its files becomes (default ${default})."`
}

func (f journalFlags) validate(dryRun bool) error {
	switch {
	case f.Journal != "" && dryRun:
		return usageError("--journal: a dry run writes nothing")
	case f.JournalFileSize < 1<<16:
		return usageError("--journal.file-size: %s is less than 64KiB", f.JournalFileSize)
	case f.JournalSize < 4*f.JournalFileSize:
		return usageError("--journal.size: %s is less than four files of %s", f.JournalSize, f.JournalFileSize)
	}
	return nil
}

// takeDown has a journal written of what the driver does, if one is asked for, and
// returns what ends it.
func (d *daemon) takeDown(o *live.Options) (end func()) {
	if d.journal.Journal == "" {
		return func() {}
	}
	d.book = journal.Open(journal.Options{
		Dir: d.journal.Journal, Core: o.Core, Namespace: namespace, Program: cmp.Or(version.Version, "of no version"),
		Size: int64(d.journal.JournalSize), FileSize: int64(d.journal.JournalFileSize), Log: d.log,
	})
	o.Journal = d.book
	return d.book.Close
}
