package sqlite

import (
	"encoding/binary"
	"errors"
	"io"
	"os"
)

// The journal (https://sqlite.org/fileformat.html, "The Write-Ahead Log") is a
// header and frames: each a page with its number, the salt of the header, and a
// checksum over itself and all before it.
const (
	walHeader   = 32
	frameHeader = 24
)

// A journal is what a -wal file holds.
type journal struct {
	file   *os.File
	frames []frame // of whole commits, in order
	// damaged is set if frames that were once committed don't hold any more. They
	// are among the others, since most of the rows on them will be right.
	damaged bool
}

// A frame is a page in a journal.
type frame struct {
	page   uint32
	commit bool // the last one of its commit
	bad    bool // its checksum doesn't hold
	at     int64
}

// readJournal reads the journal beside a file. None, or one without a commit,
// has no frames.
//
// SQLite believes a journal up to the first frame that doesn't hold, which a
// crash may have left half written, and drops the rest. A flipped bit looks the
// same to it, and commits that were acknowledged would be gone without a word.
// But a frame carries the checksum of all before it, so that what follows a bad
// frame can still be proved: if a commit does follow, it is damage.
func readJournal(path string) (*journal, error) {
	f, err := os.Open(path + "-wal")
	if errors.Is(err, os.ErrNotExist) {
		return &journal{}, nil
	}
	if err != nil {
		return nil, err
	}
	j := &journal{file: f}
	if err := j.scan(); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return j, nil
}

// scan finds the frames up to the last commit that holds.
func (j *journal) scan() error {
	header := make([]byte, walHeader)
	if _, err := io.ReadFull(j.file, header); err != nil {
		return ended(err)
	}
	c := newChain(header)
	b, following := newFrame(), newFrame()
	for at := int64(walHeader); ; at += int64(len(b)) {
		if _, err := j.file.ReadAt(b, at); err != nil {
			return ended(err)
		}
		n, err := j.file.ReadAt(following, at+int64(len(b)))
		if ended(err) != nil {
			return err
		}
		fr, ok := c.next(b, following[:n])
		if !ok {
			return nil
		}
		fr.at = at + frameHeader
		c.waiting = append(c.waiting, fr)
		if fr.commit && !fr.bad {
			j.frames = append(j.frames, c.waiting...)
			c.waiting = c.waiting[:0]
			j.damaged = c.bad
		}
	}
}

func newFrame() []byte { return make([]byte, frameHeader+pageSize) }

// ended turns the end of the journal into no error.
func ended(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	return err
}

func (j *journal) close() error {
	if j.file == nil {
		return nil
	}
	return j.file.Close()
}

// A chain follows the frames of a journal.
type chain struct {
	order   binary.ByteOrder
	sum     walSum // of all before, as the last frame says
	salt    string // of all frames that belong to the header; empty: of the first
	bad     bool   // something didn't hold
	pages   uint32 // of the database, after the last commit that held
	waiting []frame
}

func newChain(header []byte) *chain {
	c := &chain{order: binary.NativeEndian, sum: stored(header[24:]), salt: string(header[16:24])}
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		if (walSum{}).over(order, header[:24]) == c.sum {
			c.order = order
			return c
		}
	}
	c.bad, c.salt = true, ""
	return c
}

// next reads a frame; it is not ok if it was left by an older journal. The frame
// that follows tells which part of a bad one is to blame.
func (c *chain) next(b, following []byte) (_ frame, ok bool) {
	salt := string(b[8:16])
	if c.salt == "" {
		c.salt = salt
	}
	own, said := c.sum.frame(c.order, b), stored(b[16:24])
	good := own == said
	switch {
	case good && salt == c.salt:
	case good: // the salt is damaged, which no checksum covers
		c.bad = true
	case salt != c.salt:
		return frame{}, false
	default:
		c.bad = true
		if c.leads(own, following) { // the checksum itself is damaged
			good, said = true, own
		} else if binary.BigEndian.Uint32(b) > c.pages && rowsHold(b[frameHeader:]) {
			good = c.repair(b)
		}
	}
	c.sum = said
	size := binary.BigEndian.Uint32(b[4:])
	if good && size > 0 {
		c.pages = size
	}
	return frame{page: binary.BigEndian.Uint32(b), commit: size > 0, bad: !good}, true
}

// leads reports whether the frame that follows goes on from a checksum.
func (c *chain) leads(sum walSum, following []byte) bool {
	return len(following) == frameHeader+pageSize && sum.frame(c.order, following) == stored(following[16:24])
}

// repair looks for the one bit of a frame's number or commit mark that, turned,
// makes it hold. A page under a wrong number would hide another one. The checksum
// is weak enough for such a bit to make up for one in the page, too: so it is
// asked for only where the number can't be right.
func (c *chain) repair(b []byte) bool {
	for bit := range 64 {
		b[bit/8] ^= 1 << (bit % 8)
		if c.sum.frame(c.order, b) == stored(b[16:24]) {
			return true
		}
		b[bit/8] ^= 1 << (bit % 8)
	}
	return false
}

// A walSum is a running checksum of a journal.
type walSum [2]uint32

func stored(b []byte) walSum {
	return walSum{binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:])}
}

// over goes on with b, whose length is a multiple of 8.
func (s walSum) over(order binary.ByteOrder, b []byte) walSum {
	for ; len(b) >= 8; b = b[8:] {
		s[0] += order.Uint32(b) + s[1]
		s[1] += order.Uint32(b[4:]) + s[0]
	}
	return s
}

// frame goes on with a frame.
func (s walSum) frame(order binary.ByteOrder, b []byte) walSum {
	return s.over(order, b[:8]).over(order, b[frameHeader:])
}
