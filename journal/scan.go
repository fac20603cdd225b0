package journal

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"tocsin/rules"
)

// A file is an open file of a journal of which the head has been read.
type openFile struct {
	head
	name string
	last bool // of the ring: it may be in use
	f    *os.File
	r    *reader
	book *book
}

// open opens a file and reads its head.
func open(path string) (*openFile, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	o := &openFile{name: filepath.Base(path), f: f}
	if o.r, err = newReader(bufio.NewReaderSize(f, 1<<16)); err == nil {
		err = o.readHead()
	}
	if err != nil {
		o.close()
		return nil, fmt.Errorf("%s: %w", o.name, err)
	}
	return o, nil
}

func (o *openFile) close() {
	if o.r != nil {
		o.r.close()
	}
	_ = o.f.Close()
}

func (o *openFile) readHead() error {
	record, err := o.r.next()
	switch {
	case errors.Is(err, io.EOF):
		return errCut
	case err != nil:
		return err
	case len(record) == 0 || record[0] != headRecord:
		return errDamaged
	}
	d := decoder{b: record[1:]}
	if err := json.Unmarshal(d.bytes(), &o.head); err != nil {
		return fmt.Errorf("%w: %w", errDamaged, err)
	}
	o.book = newBook(o.Step)
	return nil
}

// What a record holds: one of the fields.
type record struct {
	row   *rules.Stored
	image []byte
	step  *step
	end   bool
}

// next returns the next record; io.EOF at the end of what was flushed.
func (o *openFile) next() (record, error) {
	text, err := o.r.next()
	if err != nil {
		return record{}, err
	}
	return o.parse(text)
}

// parse takes a record apart. A file may come from anyone: what makes no sense is an
// error, whoever stumbles over it.
func (o *openFile) parse(text []byte) (rec record, err error) {
	defer func() {
		if p := recover(); p != nil {
			rec, err = record{}, fmt.Errorf("%w: %v", errDamaged, p)
		}
	}()
	if len(text) == 0 {
		return record{}, errDamaged
	}
	d := &decoder{b: text[1:]}
	switch text[0] {
	case rowRecord:
		row := rules.Stored{Kind: d.text(), Key: d.text()}
		row.Value = append([]byte(nil), d.bytes()...)
		return record{row: &row}, d.err
	case imageRecord:
		return record{image: d.bytes()}, d.err
	case stepRecord:
		s, err := o.book.read(d)
		return record{step: &s}, err
	case endRecord:
		return record{end: true}, nil
	}
	return record{}, fmt.Errorf("%w: a record of the unknown kind %d", errDamaged, text[0])
}

// Dump writes all records of a journal as they are, unpacked: to look through it.
func Dump(out io.Writer, dir string) error {
	all, err := list(dir)
	if err != nil {
		return err
	}
	for _, rf := range all {
		if err := dump(out, rf.path); err != nil {
			return err
		}
	}
	return nil
}

func dump(out io.Writer, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	r, err := newReader(f)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	defer r.close()
	for {
		record, err := r.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			_, err = out.Write(append(record, '\n'))
		}
		if err != nil {
			return err
		}
	}
}
