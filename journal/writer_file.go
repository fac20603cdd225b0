package journal

import (
	"encoding/json"
	"time"

	"tocsin/journal/image"
	"tocsin/rules"
)

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
