package journal

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/klauspost/compress/zstd"
)

const (
	// magic begins every file; its last byte but one is the version of the format.
	magic = "tocsin journal 1\n"
	// window is how far back the compression looks: series come again with each
	// evaluation.
	window = 1 << 20
	// mostRecord bounds what is read as one record.
	mostRecord = 1 << 28
	// mostChunk bounds what is read as one chunk.
	mostChunk = 1 << 28
)

func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

// A stream writes records into a file. What was flushed is there for a reader even
// if nothing comes after it.
type stream struct {
	out     io.Writer
	zip     *zstd.Encoder
	packed  bytes.Buffer
	pending int   // bytes that were not flushed
	written int64 // bytes of the file
}

func newStream(out io.Writer) (*stream, error) {
	s := &stream{out: out}
	zip, err := zstd.NewWriter(&s.packed, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(window),
		zstd.WithEncoderLevel(zstd.SpeedDefault), zstd.WithLowerEncoderMem(true), zstd.WithEncoderCRC(false))
	if err != nil {
		return nil, err
	}
	s.zip = zip
	n, err := io.WriteString(out, magic)
	s.written = int64(n)
	return s, err
}

// put adds a record.
func (s *stream) put(record []byte) error {
	var size [binary.MaxVarintLen64]byte
	n := binary.PutUvarint(size[:], uint64(len(record)))
	if _, err := s.zip.Write(size[:n]); err != nil {
		return err
	}
	_, err := s.zip.Write(record)
	s.pending += n + len(record)
	return err
}

// flush writes what is pending as one chunk.
func (s *stream) flush() error {
	if s.pending == 0 {
		return nil
	}
	s.pending = 0
	if err := s.zip.Flush(); err != nil {
		return err
	}
	chunk := binary.LittleEndian.AppendUint32(nil, uint32(s.packed.Len()))
	chunk = binary.LittleEndian.AppendUint32(chunk, crc32.Checksum(s.packed.Bytes(), castagnoli()))
	chunk = append(chunk, s.packed.Bytes()...)
	s.packed.Reset()
	n, err := s.out.Write(chunk)
	s.written += int64(n)
	return err
}

// errDamaged is of a file in which something is wrong before its end; errCut of one
// whose last chunk is not complete.
var (
	errDamaged = errors.New("damaged")
	errCut     = errors.New("cut short")
)

// A chunks is the zstd stream in a file: it ends with io.EOF where the last chunk
// does, and with an error where a chunk is not what was written.
type chunks struct {
	in   io.Reader
	left []byte
	err  error
}

// Read is part of io.Reader.
func (c *chunks) Read(p []byte) (int, error) {
	for len(c.left) == 0 {
		if c.err == nil {
			c.left, c.err = c.next()
		}
		if c.err != nil {
			return 0, c.err
		}
	}
	n := copy(p, c.left)
	c.left = c.left[n:]
	return n, nil
}

func (c *chunks) next() ([]byte, error) {
	var head [8]byte
	switch _, err := io.ReadFull(c.in, head[:]); {
	case errors.Is(err, io.EOF):
		return nil, io.EOF
	case errors.Is(err, io.ErrUnexpectedEOF):
		return nil, errCut
	case err != nil:
		return nil, err
	}
	size := binary.LittleEndian.Uint32(head[:])
	if size > mostChunk {
		return nil, errDamaged
	}
	var body bytes.Buffer
	n, err := io.CopyN(&body, c.in, int64(size))
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return nil, err
	case n < int64(size):
		return nil, errCut
	case crc32.Checksum(body.Bytes(), castagnoli()) != binary.LittleEndian.Uint32(head[4:]):
		return nil, errDamaged
	}
	return body.Bytes(), nil
}

// A reader reads the records of a file.
type reader struct {
	chunks *chunks
	zip    *zstd.Decoder
	in     *byteReader
	buf    []byte
}

func newReader(in io.Reader) (*reader, error) {
	begin := make([]byte, len(magic))
	if _, err := io.ReadFull(in, begin); err != nil {
		return nil, errCut
	}
	if string(begin) != magic {
		return nil, fmt.Errorf("%w: not a journal of this version", errDamaged)
	}
	r := &reader{chunks: &chunks{in: in}}
	zip, err := zstd.NewReader(r.chunks, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(1<<30))
	if err != nil {
		return nil, err
	}
	r.zip, r.in = zip, &byteReader{in: zip}
	return r, nil
}

func (r *reader) close() { r.zip.Close() }

// next returns the next record, which is valid until the call after; io.EOF when
// all that was flushed has been read.
func (r *reader) next() ([]byte, error) {
	size, err := binary.ReadUvarint(r.in)
	if err != nil {
		return nil, r.why(err)
	}
	if size > mostRecord {
		return nil, errDamaged
	}
	if uint64(cap(r.buf)) < size {
		r.buf = make([]byte, size)
	}
	r.buf = r.buf[:size]
	if _, err := io.ReadFull(r.in, r.buf); err != nil {
		return nil, r.why(err)
	}
	return r.buf, nil
}

// why tells the end of the file from what is wrong in it: a zstd stream that goes on
// is always cut off in the eyes of its decoder.
func (r *reader) why(err error) error {
	switch {
	case r.chunks.err != nil:
		return r.chunks.err
	case errors.Is(err, io.EOF):
		return io.EOF
	}
	return fmt.Errorf("%w: %w", errDamaged, err)
}

// A byteReader reads byte by byte as well.
type byteReader struct {
	in  io.Reader
	one [1]byte
}

// Read is part of io.Reader.
func (b *byteReader) Read(p []byte) (int, error) { return b.in.Read(p) }

// ReadByte is part of io.ByteReader.
func (b *byteReader) ReadByte() (byte, error) {
	_, err := io.ReadFull(b.in, b.one[:])
	return b.one[0], err
}
