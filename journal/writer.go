package journal

import (
	"crypto/rand"
	"encoding/json"
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

// write is the writer's goroutine.
func (w *Writer) write() {
	defer close(w.done)
	tick := time.NewTicker(flushEvery)
	defer tick.Stop()
	for {
		select {
		case e, open := <-w.in:
			if !open {
				w.end()
				return
			}
			w.take(e)
		case <-tick.C:
			w.flush()
			if w.overflown.Swap(false) {
				w.wanted.Store(true)
			}
		}
	}
}

// take writes an entry.
func (w *Writer) take(e entry) {
	switch {
	case e.first:
		w.begin(e.seq, func() error { return w.putRows(e.rows) })
	case e.after && w.file != nil: // a hole: nothing can come after it in this file
		w.finish()
	}
	switch {
	case w.file != nil:
		w.put(e)
	case e.image == nil:
		w.miss()
		return
	default: // the image is of after this step
		w.lost.Add(1)
	}
	if e.image != nil {
		w.finish()
		w.begin(e.seq+1, func() error {
			return w.record(imageRecord, func(enc *encoder) error { enc.bytes(e.image); return nil })
		})
	}
	if w.stream != nil && w.stream.written >= w.preface+w.o.FileSize {
		w.next()
	}
}

// next asks for an image to begin the next file with. Without one a file grows no
// further than to twice its size.
func (w *Writer) next() {
	switch {
	case !w.blind.Load():
		w.wanted.Store(true)
	case w.stream.written >= w.preface+2*w.o.FileSize:
		w.fail(errBlind)
	}
}

// miss counts a step that has no file, and asks for an image to go on with.
func (w *Writer) miss() {
	w.lost.Add(1)
	if !time.Now().Before(w.again) && !w.blind.Load() {
		w.wanted.Store(true)
	}
}

// begin opens a file and writes what it begins with.
func (w *Writer) begin(seq uint64, what func() error) {
	err := prune(w.o.Dir, w.o.Size, w.preface+w.o.FileSize)
	if err != nil {
		w.o.Log.Debug("old files of the journal can't be removed", "err", err)
	}
	if w.file, err = w.o.open(w.o.Dir); err == nil {
		w.stream, err = newStream(w.file)
	}
	if err == nil {
		w.book = newBook(seq)
		err = w.putHead(seq)
	}
	if err == nil {
		err = what()
	}
	if err != nil {
		w.fail(err)
		return
	}
	w.part++
	if w.failing.Swap(false) {
		w.o.Log.Info("the journal is written again", "lost", w.lost.Load())
	}
	w.flush()
	if w.stream != nil {
		w.preface = w.stream.written
	}
}

func (w *Writer) putHead(seq uint64) error {
	text, err := json.Marshal(head{
		Program: w.o.Program, Namespace: w.o.Namespace, Run: w.run, Part: w.part, Step: seq, Layout: image.Layout(),
	})
	if err != nil {
		return err
	}
	return w.record(headRecord, func(e *encoder) error { e.bytes(text); return nil })
}

func (w *Writer) putRows(rows []rules.Stored) error {
	for _, r := range rows {
		err := w.record(rowRecord, func(e *encoder) error {
			e.text(r.Kind)
			e.text(r.Key)
			e.bytes(r.Value)
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// record adds a record to the file.
func (w *Writer) record(kind byte, fill func(*encoder) error) error {
	e := encoder{b: []byte{kind}}
	if err := fill(&e); err != nil {
		return err
	}
	return w.stream.put(e.b)
}

func (w *Writer) put(e entry) {
	s := step{seq: e.seq, at: e.at, input: e.input, total: e.total}
	s.decided, s.asks = decided(e.batch)
	w.unsure++
	var enc encoder
	err := w.book.write(&enc, s)
	if err == nil {
		err = w.stream.put(enc.b)
	}
	if err != nil {
		w.fail(err)
		return
	}
	if w.stream.pending >= int(min(flushAt, w.o.FileSize)) {
		w.flush()
	}
}

// flush makes sure that what was taken down is in the file.
func (w *Writer) flush() {
	if w.file == nil {
		return
	}
	before := w.stream.written
	err := w.stream.flush()
	w.bytes.Add(uint64(w.stream.written - before))
	if err != nil {
		w.fail(err)
		return
	}
	w.steps.Add(w.unsure)
	w.unsure = 0
}

// finish ends a file that others may follow.
func (w *Writer) finish() {
	w.flush()
	if w.file == nil {
		return
	}
	if err := w.file.Close(); err != nil {
		w.fail(err)
	}
	w.file, w.stream = nil, nil
}

// end ends the journal in order.
func (w *Writer) end() {
	if w.file != nil {
		if err := w.record(endRecord, func(*encoder) error { return nil }); err != nil {
			w.fail(err)
		}
	}
	w.finish()
}

// fail leaves the file as it is. The daemon goes on without a journal; after a while
// a new file is tried.
func (w *Writer) fail(err error) {
	if w.file != nil {
		_ = w.file.Close()
	}
	w.file, w.stream = nil, nil
	w.lost.Add(w.unsure)
	w.unsure = 0
	w.again = time.Now().Add(againAfter)
	if !w.failing.Swap(true) {
		w.o.Log.Error("the journal can't be written: the daemon goes on without it", "err", err, "again_in", againAfter.String())
	}
}
