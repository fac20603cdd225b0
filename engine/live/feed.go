package live

import (
	"context"
	"sync"

	"tocsin/engine"
)

// An Event is a batch that was carried out.
type Event struct {
	Batch engine.Batch
	// Missed says that batches before this one were dropped because the watcher was
	// slow: what it made of them must be looked up anew. With Missed the batch may
	// be empty.
	Missed bool
}

// watchBuffer is how far a watcher may fall behind.
const watchBuffer = 256

// A feed passes batches on to whoever watches, and waits for nobody.
type feed struct {
	mu     sync.Mutex
	closed bool
	last   int
	all    map[int]*watcher
}

type watcher struct {
	ch     chan Event
	missed bool
}

func newFeed() *feed { return &feed{all: map[int]*watcher{}} }

// Watch returns the batches from now on, until ctx is cancelled or the driver
// has stopped; then the channel is closed.
func (d *Driver) Watch(ctx context.Context) <-chan Event {
	w := &watcher{ch: make(chan Event, watchBuffer)}
	id, ok := d.feed.join(w)
	if !ok {
		close(w.ch)
		return w.ch
	}
	context.AfterFunc(ctx, func() { d.feed.leave(id) })
	return w.ch
}

func (f *feed) join(w *watcher) (int, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return 0, false
	}
	f.last++
	f.all[f.last] = w
	return f.last, true
}

func (f *feed) leave(id int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if w, ok := f.all[id]; ok {
		delete(f.all, id)
		close(w.ch)
	}
}

// publish gives a batch to all who have room for it.
func (f *feed) publish(b engine.Batch) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, w := range f.all {
		w.offer(Event{Batch: b, Missed: w.missed})
	}
}

// flush tells those who missed something and have caught up since.
func (f *feed) flush() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, w := range f.all {
		if w.missed {
			w.offer(Event{Missed: true})
		}
	}
}

func (w *watcher) offer(e Event) {
	select {
	case w.ch <- e:
		w.missed = false
	default:
		w.missed = true
	}
}

// close ends all watching.
func (f *feed) close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
	for id, w := range f.all {
		delete(f.all, id)
		close(w.ch)
	}
}
