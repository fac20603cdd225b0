package main

import (
	"crypto/sha256"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
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
	if w.fs != nil {
		defer func() { _ = w.fs.Close() }()
		events = w.fs.Events
	}
	w.watchFolders(l)
	seen := digest(l)
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
			seen = digest(l)
		case <-events:
			settle.Reset(settleFor)
			continue
		case <-poll.C:
		case <-settle.C:
		}
		now := digest(l)
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
		*seen = digest(*l)
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

// digest stands for the names and contents of all files of a configuration.
func digest(l *file.Loaded) string {
	names := slices.Clone(l.Files)
	for _, p := range l.Patterns {
		more, _ := filepath.Glob(p) // a bad pattern was refused when it was read
		names = append(names, more...)
	}
	slices.Sort(names)
	h := sha256.New()
	for _, name := range slices.Compact(names) {
		text, err := os.ReadFile(name)
		_, _ = fmt.Fprintf(h, "%q %d %v\n%s", name, len(text), err != nil, text)
	}
	return string(h.Sum(nil))
}
