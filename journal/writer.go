package journal

import (
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/engine"
	"tocsin/evaluator"
	"tocsin/journal/image"
	"tocsin/rules"
)

// Options say where a journal is written. Dir, Core and Namespace are needed.
type Options struct {
	Dir string
	// Core is the one whose steps are taken down. It is only looked at while the loop
	// tells of a step.
	Core      *engine.Core
	Namespace string
	Program   string // version of the program
	Size      int64  // of all files together; 0: 1 GiB
	FileSize  int64  // at which the next one is begun; 0: 64 MiB
	Log       *slog.Logger

	open func(dir string) (io.WriteCloser, error) // for tests; nil: create
}

// Defaults of Options.
const (
	DefaultSize     = 1 << 30
	DefaultFileSize = 64 << 20
)

const (
	// waiting is how many steps may wait to be written before some are lost.
	waiting = 8192
	// behind is how many wait before each is made small.
	behind = 64
	// flushEvery is the longest that a step is not in the file yet, flushAt how many
	// bytes may be.
	flushEvery = time.Second
	flushAt    = 128 << 10
	// againAfter is how long a disk that failed is left alone.
	againAfter = time.Minute
	// farewell is how long the end of the daemon waits for a disk that hangs.
	farewell = time.Second
)

var errBlind = errors.New("there is no image of the core to begin another file with")

// Stats are figures of a journal.
type Stats struct {
	Bytes   uint64 // written since the start
	Steps   uint64 // taken down
	Lost    uint64 // steps that are not in the journal
	Failing bool   // it is not written at present
}

// A Writer takes down the steps of one core. Restored and Stepped are called by its
// loop and never wait; all else happens in a goroutine of the writer's own.
type Writer struct {
	o    Options
	in   chan entry
	done chan struct{}

	bytes, steps, lost atomic.Uint64
	failing            atomic.Bool
	wanted             atomic.Bool // an image, to begin a file with
	overflown          atomic.Bool // steps did not fit into the channel
	blind              atomic.Bool // images fail

	// What follows belongs to the loop.
	rows []rules.Stored // until the first step
	deaf bool           // steps are lost until there is an image
	seen bool           // the first step

	// What follows belongs to the writer's goroutine.
	file   io.WriteCloser
	stream *stream
	book   *book
	run    string
	part   int
	again  time.Time // when a disk that failed is tried again
	// unsure are the steps that were taken down and have not been flushed.
	unsure uint64
	// preface is what the file begins with: what its size is counted from, lest a core
	// that is larger than a file begin one with each step.
	preface int64
}

// An entry is a step on its way to the file.
type entry struct {
	seq   uint64
	at    model.Time
	input engine.Input
	total int
	batch engine.Batch

	rows  []rules.Stored // what the run began with; of the first step only
	first bool
	image []byte // of the core after the step: the next file begins with it
	after bool   // steps before this one are lost
}

// Open begins a journal. That nothing can be written is no reason not to begin: it is
// logged, counted, and tried again.
func Open(o Options) *Writer {
	if o.Size <= 0 {
		o.Size = DefaultSize
	}
	if o.FileSize <= 0 {
		o.FileSize = DefaultFileSize
	}
	o.FileSize = min(o.FileSize, max(o.Size/4, 1))
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.open == nil {
		o.open = func(dir string) (io.WriteCloser, error) { return create(dir) }
	}
	w := &Writer{o: o, in: make(chan entry, waiting), done: make(chan struct{}), run: newRun()}
	go w.write()
	return w
}

// newRun names a run, so that no other is taken for it.
func newRun() string { return rand.Text() }

// Close writes what is left and ends. The loop has ended by then. A disk that hangs is
// left to itself.
func (w *Writer) Close() {
	close(w.in)
	select {
	case <-w.done:
	case <-time.After(farewell):
		w.o.Log.Warn("the disk of the journal hangs: its end is not written")
	}
}

// Stats returns the figures of now.
func (w *Writer) Stats() Stats {
	return Stats{Bytes: w.bytes.Load(), Steps: w.steps.Load(), Lost: w.lost.Load(), Failing: w.failing.Load()}
}

// Restored takes a row down that the core is given before its first step.
func (w *Writer) Restored(row rules.Stored) { w.rows = append(w.rows, row) }

// Stepped takes a step down.
func (w *Writer) Stepped(at model.Time, in engine.Input, b engine.Batch) {
	b.Rows, b.Notes = nil, nil // not taken down, and not to be kept in memory for it
	e := entry{seq: b.Seq, at: at, input: in, batch: b, after: w.deaf}
	if !w.seen {
		e.first, e.rows = true, w.rows
		w.seen, w.rows = true, nil
	}
	if w.wanted.Load() {
		e.image = w.picture()
	}
	if w.deaf && e.image == nil {
		w.lost.Add(1)
		return
	}
	if a, ok := in.(engine.Answered); ok {
		e.total = len(a.Answer.Samples)
		a.Answer = cut(a.Answer, w.o.Core.Used())
		if len(w.in) > behind {
			own(a.Answer.Samples)
		}
		e.input = a
	}
	select {
	case w.in <- e:
		w.deaf = false
	default:
		w.deaf = true
		w.lost.Add(1)
		w.overflown.Store(true)
	}
}

// own gives texts memory of their own: those of an answer are slices of its body, of which
// no more than a few are to be kept in memory by a slow disk.
func own(samples []evaluator.Sample) {
	for i := range samples {
		samples[i].Raw = strings.Clone(samples[i].Raw)
	}
}

// picture takes an image of the core.
func (w *Writer) picture() []byte {
	w.wanted.Store(false)
	text, err := image.Take(w.o.Core)
	if err != nil {
		w.blind.Store(true)
		w.o.Log.Error("the journal can't begin another file: it ends with this one", "err", err)
		return nil
	}
	return text
}
