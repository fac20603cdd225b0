package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"

	"tocsin/engine"
	"tocsin/engine/live"
	"tocsin/journal"
	"tocsin/notifier/message"
	"tocsin/rules/file"
	"tocsin/store"
	"tocsin/store/sqlite"
)

// A daemon is `tocsin run`: the driver with its store, its port and its reloads.
type daemon struct {
	process   process
	log       *slog.Logger
	listen    string // host:port
	webConfig string // file of TLS and basic auth; may be empty
	dryRun    bool
	journal   journalFlags
	// load reads the configuration anew.
	load func() (*file.Loaded, error)

	driver atomic.Pointer[live.Driver] // nil before it is there
	kept   engine.Store                // what the driver keeps its rows in
	book   *journal.Writer             // nil: no journal is written
	port   atomic.Pointer[port]
	face   atomic.Pointer[face] // of the configuration in force
	files  *watcher
	lost   string   // what the store could not give back
	unkept bool     // the store can't be written yet
	empty  []string // patterns of rule files that match nothing, of the configuration in force
	store  string   // the one that is open

	reloading  sync.Mutex // one reload at a time
	explaining sync.Mutex // one explanation at a time: each may read much of the history
	status     reloadStatus
}

// namespace is what a daemon's ids are made of.
const namespace = "default"

// gcPercent is how far the heap may grow beyond what is in use before rubbish is
// collected, unless GOGC says otherwise. A daemon at rest makes next to none, and in
// a storm memory is dearer than time.
const gcPercent = 40

func (w process) saveMemory() {
	if gogc, _ := w.getenv("GOGC"); gogc == "" {
		debug.SetGCPercent(gcPercent)
	}
}

// run starts everything, waits for the end and stops in order.
func (d *daemon) run(ctx context.Context, loaded *file.Loaded) error {
	d.process.saveMemory()
	d.store = loaded.Store
	d.warnEmpty(loaded)
	loaded.Core.Missing, d.empty = loaded.EmptyPatterns, loaded.EmptyPatterns
	world, face, err := d.build(loaded)
	if err != nil {
		return &exitError{exitBad, err}
	}
	d.face.Store(face)
	kept, err := d.openStore(ctx, loaded)
	if err != nil {
		world.Close()
		return &exitError{exitBad, err}
	}
	d.kept = kept
	options := live.Options{
		Core: engine.New(namespace), Store: kept, Config: loaded.Core, World: world, Logger: d.log, Lost: d.lost,
		Failing: d.unkept, Retention: loaded.Retention,
	}
	closeJournal := d.takeDown(&options)
	d.driver.Store(live.New(options))
	err = d.serve(ctx, loaded)
	closeJournal()
	if closing := kept.Close(); closing != nil {
		err = errors.Join(err, fmt.Errorf("close the store: %w", closing))
	}
	return err
}

// serve runs the driver with all that goes on beside it, until ctx ends or one
// of them fails.
func (d *daemon) serve(ctx context.Context, loaded *file.Loaded) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(ctx, d.process.stopSignals)()
	port, err := d.open(ctx, loaded)
	if err != nil {
		return &exitError{exitBad, err}
	}
	d.port.Store(port)
	d.status.set(true)
	d.files = watch(d.log, loaded)

	var wg sync.WaitGroup
	wg.Go(func() { d.reloadOnDemand(ctx) })
	wg.Go(func() { cancel(port.run(ctx)) })
	d.log.Info("starting", "rules", len(loaded.Core.Rules), "sources", len(loaded.Sources),
		"store", loaded.Store, "address", port.address(), "dry_run", d.dryRun)
	err = d.driver.Load().Run(ctx)
	cancel(nil)
	wg.Wait()
	d.files.close()
	if cause := context.Cause(ctx); err == nil && cause != nil && !errors.Is(cause, context.Canceled) {
		err = cause
	}
	d.log.Info("stopped")
	return err
}

// instead returns what takes the place of senders in a dry run.
func (d *daemon) instead() func(*message.Maker) engine.Sender {
	if !d.dryRun {
		return nil
	}
	mu := &sync.Mutex{}
	return func(maker *message.Maker) engine.Sender {
		return printer{mu: mu, out: d.process.out, maker: maker}
	}
}

// openStore opens what state is kept in. A dry run begins with what is there, and
// keeps nothing.
func (d *daemon) openStore(ctx context.Context, l *file.Loaded) (engine.Store, error) {
	o := store.Options{
		Damaged: func(damage sqlite.Damage) {
			d.log.Error("the store is damaged", "what", damage.String())
			d.lost = damage.String()
		},
		Standby: func(why error) {
			d.log.Error("the store can't be written: going on from memory until it can", "err", why,
				"hint", "is the volume mounted read-only, or does the folder belong to someone else? it is tried again with each commit")
			d.unkept = true
		},
	}
	if d.dryRun {
		return store.Copy(ctx, l.Store, l.Dir, o)
	}
	return store.Open(ctx, l.Store, l.Dir, o)
}

func (d *daemon) warnEmpty(l *file.Loaded) {
	for _, p := range l.EmptyPatterns {
		d.log.Warn("no rule file matches: state of rules that may be in it is held", "pattern", p)
	}
}

// reloadOnDemand reads the configuration anew on SIGHUP and when files change.
func (d *daemon) reloadOnDemand(ctx context.Context) {
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	defer signal.Stop(hup)
	for {
		select {
		case <-ctx.Done():
			return
		case <-hup:
			d.log.Info("reloading", "because", "SIGHUP")
		case <-d.files.changed:
			d.log.Info("reloading", "because", "files have changed")
		}
		_ = d.reload(ctx) // it has logged why not
	}
}

// reload reads the configuration and puts it in force, or leaves everything as
// it is, and logs which.
func (d *daemon) reload(ctx context.Context) error {
	d.reloading.Lock()
	defer d.reloading.Unlock()
	loaded, err := d.replace(ctx)
	switch {
	case err == nil:
		d.status.set(true)
		d.log.Info("reloaded", "rules", len(loaded.Core.Rules), "sources", len(loaded.Sources))
		if d.store != loaded.Store {
			d.log.Warn("another store takes a restart", "store", d.store)
		}
	case ctx.Err() == nil:
		d.status.set(false)
		d.log.Error("reload refused: the configuration before stays in force", "err", err)
	}
	return err
}

// replace puts the configuration of now in the place of the one before.
func (d *daemon) replace(ctx context.Context) (*file.Loaded, error) {
	loaded, err := d.load()
	if err == nil {
		err = d.vanished(loaded)
	}
	var world live.World
	var face *face
	if err == nil {
		world, face, err = d.build(loaded)
	}
	if err == nil {
		if err = d.driver.Load().Reload(ctx, loaded.Core, world); errors.Is(err, live.ErrStopped) {
			world.Close() // it was not taken over
		}
	}
	if err != nil {
		return nil, err
	}
	d.face.Store(face)
	d.files.follow(loaded)
	d.empty = loaded.EmptyPatterns
	return loaded, nil
}

// vanished refuses patterns that match nothing, but for those that matched
// nothing before either: what may be in them is held anyhow.
func (d *daemon) vanished(l *file.Loaded) error {
	for _, p := range l.EmptyPatterns {
		if !slices.Contains(d.empty, p) {
			return fmt.Errorf("no rule file matches %s", p)
		}
	}
	l.Core.Missing = l.EmptyPatterns
	return nil
}

// address is where the daemon's port is; empty before it is open.
func (d *daemon) address() string {
	if p := d.port.Load(); p != nil {
		return p.address()
	}
	return ""
}
