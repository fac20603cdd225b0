package main

import (
	"crypto/sha256"
	"fmt"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"

	"tocsin/rules/file"
)

const (
	settleFor = 5 * time.Second  // a git checkout or a ConfigMap swap takes its time
	pollEvery = 30 * time.Second // for file systems that tell of nothing
)

// A watcher says when the files of a configuration have changed. It watches
// their folders, since editors and ConfigMaps replace files rather than write
// them, and looks at their contents now and then.
type watcher struct {
	changed chan struct{}
	log     *slog.Logger
	fs      *fsnotify.Watcher // nil where the system has none
	next    chan *file.Loaded
	done    chan struct{}
	ended   chan struct{}
}

func watch(log *slog.Logger, l *file.Loaded) *watcher {
	w := &watcher{
		changed: make(chan struct{}), log: log,
		next: make(chan *file.Loaded), done: make(chan struct{}), ended: make(chan struct{}),
	}
	fs, err := fsnotify.NewWatcher()
	if err != nil {
		log.Warn("files are looked at every 30 s only: the system does not tell of changes", "err", err)
	} else {
		w.fs = fs
	}
	go w.run(l)
	return w
}

// follow turns to the files of another configuration.
func (w *watcher) follow(l *file.Loaded) {
	select {
	case w.next <- l:
	case <-w.done:
	}
}

func (w *watcher) close() {
	close(w.done)
	<-w.ended
}

func (w *watcher) run(l *file.Loaded) {
	defer close(w.ended)
	var events chan fsnotify.Event
	var failures chan error // most often that there were too many events
	if w.fs != nil {
		defer func() { _ = w.fs.Close() }()
		events, failures = w.fs.Events, w.fs.Errors
	}
	w.watchFolders(l)
	seen := wanted(l)
	settle := time.NewTimer(settleFor)
	settle.Stop()
	poll := time.NewTicker(pollEvery)
	defer poll.Stop()
	for {
		select {
		case <-w.done:
			return
		case l = <-w.next:
			w.watchFolders(l)
			if seen = wanted(l); seen != found(l) {
				settle.Reset(settleFor)
			}
			continue
		case event := <-events:
			if concerns(l, event) {
				settle.Reset(settleFor)
			}
			continue
		case err := <-failures:
			w.log.Debug("changes of files may have been missed", "err", err)
			settle.Reset(settleFor)
			continue
		case <-poll.C:
		case <-settle.C:
		}
		now := found(l)
		if now == seen {
			continue
		}
		seen = now
		w.announce(&l, &seen)
	}
}

// announce waits until somebody takes notice; a configuration that is put in
// force meanwhile makes it void.
func (w *watcher) announce(l **file.Loaded, seen *string) {
	select {
	case w.changed <- struct{}{}:
	case *l = <-w.next:
		w.watchFolders(*l)
		*seen = wanted(*l)
	case <-w.done:
	}
}

func (w *watcher) watchFolders(l *file.Loaded) {
	if w.fs == nil {
		return
	}
	for _, dir := range folders(l) {
		if err := w.fs.Add(dir); err != nil {
			w.log.Warn("changes in a folder are seen every 30 s only", "folder", dir, "err", err)
		}
	}
}

func folders(l *file.Loaded) (all []string) {
	for _, name := range append(slices.Clone(l.Files), l.Patterns...) {
		all = append(all, filepath.Dir(name))
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// wanted stands for the files of a configuration as they were when it was read:
// what changed since, during a reload for one, is a change.
func wanted(l *file.Loaded) string {
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(l.Sums)) {
		_, _ = fmt.Fprintf(h, "%q %x\n", name, l.Sums[name])
	}
	return string(h.Sum(nil))
}

// found stands for them as they are now, with those that have come to match a
// pattern.
func found(l *file.Loaded) string {
	names := slices.Collect(maps.Keys(l.Sums))
	for _, p := range l.Patterns {
		more, _ := file.Disk{}.Glob(p) // a bad pattern was refused when it was read
		names = append(names, more...)
	}
	slices.Sort(names)
	h := sha256.New()
	for _, name := range slices.Compact(names) {
		text, err := file.Disk{}.Read(name)
		if err != nil {
			_, _ = fmt.Fprintf(h, "%q cannot be read\n", name)
			continue
		}
		_, _ = fmt.Fprintf(h, "%q %x\n", name, file.SumOf(text))
	}
	return string(h.Sum(nil))
}

// concerns reports whether an event is about a file of the configuration. Logs
// and the store often lie beside it and change all the time: nothing would ever
// be quiet. Names with two dots are how a ConfigMap is swapped.
func concerns(l *file.Loaded, event fsnotify.Event) bool {
	name := filepath.Clean(event.Name)
	if strings.HasPrefix(filepath.Base(name), "..") {
		return true
	}
	for known := range l.Sums {
		if filepath.Clean(known) == name {
			return true
		}
	}
	return slices.ContainsFunc(l.Patterns, func(p string) bool {
		ok, err := filepath.Match(filepath.Clean(p), name)
		return ok && err == nil
	})
}
